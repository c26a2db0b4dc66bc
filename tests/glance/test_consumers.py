"""Octavia's and Nova's own code, with the service in front of a Glance: what they find, change and download is Glance's."""

import hashlib
import itertools
import pathlib
import random
import threading

import pytest
from consumer import ConsumerError, consumers
from credentials import Logins
from race import connect, request

DATA = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Start the code of a consumer."""
    with consumers(tmp_path_factory.mktemp) as start:
        yield start


@pytest.fixture(scope="module")
def logins(glance, front):
    """The logins to the Keystone, in whose catalog the service is the only image service."""
    import cloud

    glance.identity.point("image", front.url)
    accounts = {user: (cloud.PASSWORDS[user], project) for user, (project, _) in cloud.USERS.items()}
    return Logins(glance.identity.url + "/v3", accounts, "image-tags")


@pytest.fixture(scope="module")
def octavia(logins, start):
    return start("octavia", f"[service_auth]{logins.options('member')}[glance]\nregion_name = RegionOne\n")


@pytest.fixture(scope="module")
def nova(logins, start, tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    configuration = f"[DEFAULT]\nstate_path = {state}\n[glance]\nregion_name = RegionOne\n{logins.token_validation()}"
    return start("nova", configuration, accounts=logins.accounts)


@pytest.fixture
def data(request):
    """The data of a disk, which differs from test to test: it takes many pieces to transfer."""
    return random.Random(request.node.nodeid).randbytes(3_000_000)


def of_glance(glance, image):
    """The image as Glance itself shows it."""
    status, image = request(glance, "GET", f"/v2/images/{image}")
    assert status == 200, image
    return image


def data_of_glance(glance, image, data=None):
    """The data of an image as Glance itself sends it, after Glance itself has received `data` for it."""
    connection = connect(glance)
    token, path = {"X-Auth-Token": glance.token}, f"/v2/images/{image}/file"
    if data is not None:
        connection.request("PUT", path, data, token | DATA)
        response = connection.getresponse()
        assert (response.status, response.read()) == (204, b"")
    connection.request("GET", path, headers=token)
    response = connection.getresponse()
    sent = response.read()
    assert response.status == 200
    connection.close()
    return sent


def found_by_glance(glance, query):
    """The images that Glance itself finds, the newest first."""
    status, found = request(glance, "GET", f"/v2/images?{query}&sort=created_at:desc")
    assert status == 200, found
    return [image["id"] for image in found["images"]]


@pytest.fixture
def new(glance):
    """Let Glance itself create an image with data. Images of one test are created in different seconds."""

    def create(name, data=b"data", **attributes):
        glance.identity.settle()
        body = {"name": name, "disk_format": "raw", "container_format": "bare", **attributes}
        status, image = request(glance, "POST", "/v2/images", body)
        assert status == 201, image
        assert data is None or data_of_glance(glance, image["id"], data) == data
        return image["id"]

    return create


def move(front, glance, image, tag="prod"):
    assert front.send("PUT", f"/v2/images/{image}/tags/{tag}", glance.token).status == 204


def test_octavia_finds_the_image_to_which_an_exclusive_tag_has_moved(octavia, glance, front, new):
    older, newer = new("amphora-1"), new("amphora-2")
    for image in (newer, older, newer):
        move(front, glance, image)
        assert octavia("by_tag", "prod") == image
        assert found_by_glance(glance, "tag=prod") == [image]
    assert octavia.log.read_text().count("at least two were found") == 0


def test_octavia_finds_exactly_one_image_while_an_exclusive_tag_moves(octavia, glance, front, new):
    images = [new(f"moving-{number}") for number in range(3)]
    move(front, glance, images[0])
    is_over, moves = threading.Event(), []

    def promote():
        for image in itertools.cycle(images):
            if is_over.is_set():
                return
            moves.append(front.send("PUT", f"/v2/images/{image}/tags/prod", glance.token).status)

    mover = threading.Thread(target=promote)
    mover.start()
    try:
        found = [octavia("by_tag", "prod") for _ in range(40)]
    finally:
        is_over.set()
        mover.join()
    assert set(moves) == {204} and len(moves) > len(images), moves
    assert len(set(found)) > 1 and set(found) <= set(images), found
    assert "at least two were found" not in octavia.log.read_text()


def test_octavia_finds_the_newest_active_image_with_a_tag(octavia, glance, new):
    older, newest = [new(f"amphora-{number}", tags=["amphora"]) for number in range(2)]
    new("without data", data=None, tags=["amphora"])
    new("with another tag", tags=["amphora-arm"])
    assert octavia("by_tag", "amphora") == newest
    assert found_by_glance(glance, "tag=amphora&status=active") == [newest, older]
    # So a warning of the tests above would have been seen.
    assert "at least two were found" in octavia.log.read_text()


def test_octavia_finds_what_the_database_of_glance_takes_for_the_tag(octavia, glance, front, new):
    """Glance answers its look-up. To the service, the tags are two, and `Prod` is not exclusive."""
    image, other = new("promoted"), new("alike")
    move(front, glance, image)
    move(front, glance, other, "Prod")
    assert octavia("by_tag", "prod") == other == octavia("by_tag", "PROD")
    assert front.send("GET", "/v2/tags/prod/image", glance.token).json["id"] == image
    assert front.send("DELETE", f"/v2/images/{other}/tags/Prod", glance.token).status == 204
    assert octavia("by_tag", "prod") == image


def test_octavia_finds_the_image_of_an_owner(octavia, glance, new):
    image = new("owned", tags=["owned"])
    owner = of_glance(glance, image)["owner"]
    assert octavia("by_tag", "owned", owner) == image
    for tag, project in (("owned", "another"), ("none", owner), ("none", None)):
        with pytest.raises(ConsumerError, match=f"ImageGetException.*{tag}"):
            octavia("by_tag", tag, project)


def test_nova_shows_an_image_as_glance_has_it(nova, glance, data, new):
    image = new("shown", data, tags=["lts"], min_disk=2, os_distro="debian")
    shown, kept = nova("show", "member", image), of_glance(glance, image)
    for key in ("name", "status", "size", "checksum", "min_disk", "min_ram", "owner", "disk_format"):
        assert shown[key] == kept[key], key
    assert (shown["size"], shown["checksum"]) == (len(data), hashlib.md5(data).hexdigest())
    assert shown["properties"]["os_distro"] == "debian"
    with pytest.raises(ConsumerError, match="ImageNotFound"):
        nova("show", "stranger", image)


def test_nova_lists_the_images_that_glance_finds(nova, glance, front, new):
    first = new("listed", None, tags=["one"], os_distro="debian")
    second = new("listed", None, os_distro="ubuntu")
    for image in (first, second):
        move(front, glance, image, "both")

    def listed(**filters):
        return [image["id"] for image in nova("list", "member", filters=filters, sort_key="created_at", sort_dir="desc")]

    assert listed(name="listed") == [second, first] == listed(tag=["both"])
    assert listed(tag=["one", "both"]) == [first] == found_by_glance(glance, "tag=one&tag=both")
    assert listed(name="listed", os_distro="ubuntu") == [second]
    assert listed() == found_by_glance(glance, "limit=1000")


def test_nova_changes_properties_and_leaves_tags_that_were_moved(nova, glance, front, new):
    image = new("changed", None, tags=["stays"], old="0", kept="1")
    move(front, glance, image)
    wanted = {"name": "renamed", "properties": {"kept": "2", "new": "1"}}
    assert nova("update", "member", image, wanted, purge_props=True)["properties"] == wanted["properties"]
    kept = of_glance(glance, image)
    assert (kept["name"], kept["kept"], kept["new"], "old" in kept) == ("renamed", "2", "1", False)
    assert sorted(kept["tags"]) == ["prod", "stays"]
    assert found_by_glance(glance, "tag=prod") == [image]


def test_nova_downloads_the_bytes_that_glance_keeps(nova, glance, front, data, new, tmp_path):
    image = new("booted", data)
    nova("fetch", "member", image, str(tmp_path / "disk"))
    assert (tmp_path / "disk").read_bytes() == data
    assert nova("size_of_chunks", "member", image) == len(data)
    assert f"/v2/images/{image}/file" in front.log, "the data has passed the service"
    empty = new("without data", None)
    with pytest.raises(ConsumerError, match="ImageUnacceptable.*Image has no associated data"):
        nova("fetch", "member", empty, str(tmp_path / "empty"))


def test_nova_notices_data_that_is_not_that_of_the_image(nova, glance, sql, data, new, tmp_path):
    """So the downloads of the other tests were verified by their checksums."""
    image = new("damaged", data)
    [[location]] = sql(f"SELECT value FROM image_locations WHERE image_id = '{image}' AND deleted = 0")
    file = pathlib.Path(location.removeprefix("file://"))
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ConsumerError, match="Corrupt image download"):
        nova("fetch", "member", image, str(tmp_path / "disk"))
    file.write_bytes(data)
    nova("fetch", "member", image, str(tmp_path / "disk"))
    assert (tmp_path / "disk").read_bytes() == data


def test_nova_uploads_a_snapshot_and_glance_has_its_bytes(nova, glance, data, new, tmp_path):
    (tmp_path / "disk").write_bytes(data)
    base = new("base", tags=["base"], os_distro="debian")
    created, uploaded = nova("snapshot", "member", "snapshot", base, str(tmp_path / "disk"))
    assert (created["status"], uploaded["status"]) == ("queued", "active")
    kept = of_glance(glance, created["id"])
    assert (kept["status"], kept["size"], kept["tags"]) == ("active", len(data), [])
    assert kept["checksum"] == uploaded["checksum"] == hashlib.md5(data).hexdigest()
    assert (kept["image_type"], kept["base_image_ref"], kept["os_distro"]) == ("snapshot", base, "debian")
    assert data_of_glance(glance, created["id"]) == data


def test_nova_deletes_an_image_unless_a_tag_makes_it_immutable(nova, glance, new):
    kept, deleted = new("released", tags=["released"]), new("deleted")
    with pytest.raises(ConsumerError, match="ImageNotAuthorized"):
        nova("delete", "member", kept)
    assert data_of_glance(glance, kept) == b"data"
    assert nova("delete", "member", deleted)
    assert request(glance, "GET", f"/v2/images/{deleted}")[0] == 404
    with pytest.raises(ConsumerError, match="ImageNotFound"):
        nova("show", "member", deleted)
