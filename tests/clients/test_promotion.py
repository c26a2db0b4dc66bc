"""Clients that know nothing of exclusive tags: whichever way they set one, it leaves the image before at the same instant."""

import concurrent.futures
import contextlib
import threading

import pytest

# The tag that the example configuration makes exclusive.
TAG = "production"


def carriers(service, tag=TAG):
    return [image["id"] for image in service.get(f"/v2/images?tag={tag}")["images"]]


@contextlib.contextmanager
def watched(service):
    """Lists the images with the tag without pause. Each list must have exactly one of them."""
    lists, is_over = [], threading.Event()

    def watch():
        while not is_over.is_set():
            lists.append(carriers(service))

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            yield
        finally:
            is_over.set()
        watching.result()
    assert len(lists) > 20
    assert {len(found) for found in lists} == {1}


def moves(service):
    """The images that had the tag, oldest first. The history must take it from each of them before the next one."""
    events = service.get(f"/v2/tags/{TAG}/history?limit=1000")["events"][::-1]
    line = [(event["action"], event["image"]) for event in events]
    images = [image for action, image in line if action == "added"]
    expected = [("added", images[0])]
    for before, after in zip(images, images[1:]):
        expected += [("removed", before), ("added", after)]
    assert line == expected
    return images


@pytest.fixture
def images(service):
    """Six images, each with a tag of its own. The first has the exclusive tag."""
    first = service.create("image-0", tags=["build-0", TAG])
    others = [service.create(f"image-{number}", tags=[f"build-{number}"]) for number in range(1, 6)]
    return [image["id"] for image in [first, *others]]


def test_each_client_promotes_an_image(openstack, glance, connect, service, images):
    with watched(service):
        openstack("image", "set", "--tag", TAG, "image-1")
        assert carriers(service) == [images[1]]
        glance("image-tag-update", images[2], TAG)
        assert carriers(service) == [images[2]]
        sdk = connect().image
        sdk.add_tag(images[3], TAG)
        assert carriers(service) == [images[3]]
        # By the object, the client sends an operation on a single tag.
        sdk.update_image(sdk.get_image(images[4]), tags=[TAG, "build-4"])
        assert carriers(service) == [images[4]]
        openstack("image", "create", "image-6", "--tag", TAG)
        assert carriers(service) == [service.named("image-6")["id"]]
    assert moves(service) == [*images[:5], service.named("image-6")["id"]]
    for number, image in enumerate(images):
        assert service.tags(image) == [f"build-{number}"]


@pytest.mark.parametrize("login", ["token"], indirect=True)
def test_clients_that_promote_at_once_leave_the_tag_on_one_image(openstack, glance, connect, service, images):
    sdk = connect().image
    promotions = [
        lambda: openstack("image", "set", "--tag", TAG, images[1]),
        lambda: glance("image-tag-update", images[2], TAG),
        lambda: openstack("image", "set", "--tag", TAG, images[3]),
        lambda: glance("image-tag-update", images[4], TAG),
        lambda: [sdk.update_image(image, tags=[TAG, f"build-{number}"]) for number, image in enumerate(images)],
        lambda: [sdk.add_tag(image, TAG) for image in images * 5],
    ]
    with watched(service), concurrent.futures.ThreadPoolExecutor(len(promotions)) as pool:
        for promotion in [pool.submit(promotion) for promotion in promotions]:
            promotion.result()
    line = moves(service)
    assert carriers(service) == [line[-1]]
    assert set(line) == set(images)
    for number, image in enumerate(images):
        assert sorted(service.tags(image)) == sorted({f"build-{number}", *([TAG] if image == line[-1] else [])})


@pytest.mark.parametrize("login", ["token"], indirect=True)
def test_each_project_has_an_image_of_its_own_in_production(openstack, service, images):
    openstack("image", "create", "theirs", "--tag", TAG, user="stranger")
    assert carriers(service) == [images[0]]
    [theirs] = service.get(f"/v2/images?tag={TAG}", user="stranger")["images"]
    assert theirs["name"] == "theirs"
