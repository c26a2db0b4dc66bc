"""openstacksdk."""

import hashlib

import openstack.exceptions
import pytest

from conftest import DEBIAN, UBUNTU


def test_create_image_with_upload_and_checksum(connect, service, tmp_path):
    file = tmp_path / "data"
    file.write_bytes(b"data" * 100_000)
    image = connect().create_image("new", filename=str(file), disk_format="raw", container_format="bare", wait=True, validate_checksum=True, tags=["a"])
    kept = service.image(image.id)
    assert (kept["status"], kept["size"], kept["tags"]) == ("active", 400_000, ["a"])
    assert kept["checksum"] == hashlib.md5(file.read_bytes()).hexdigest()


def test_a_wrong_checksum_is_reported(connect, service):
    with pytest.raises(openstack.exceptions.SDKException, match="checksum"):
        connect().image.create_image("new", data=b"data", disk_format="raw", container_format="bare", validate_checksum=True, md5="0" * 32)


def test_images_by_tags_over_several_pages(connect, service):
    wanted = {service.create(f"image-{number}", tags=["a", "b"])["id"] for number in range(12)}
    service.create("other", tags=["a"])
    found = [image.id for image in connect().image.images(tag=["a", "b"], limit=5)]
    assert len(found) == 12 and set(found) == wanted


def test_find_image(connect):
    connection = connect()
    assert connection.image.find_image("debian-12").id == DEBIAN
    assert connection.image.find_image(UBUNTU).name == "ubuntu-24.04"
    assert connection.image.find_image("nothing") is None
    assert connect(user="stranger").image.find_image("debian-12") is None


def test_find_a_hidden_image(connect, service):
    hidden = service.create("hidden", os_hidden=True)
    assert "hidden" not in service.names()
    assert connect().image.find_image("hidden").id == hidden["id"]


def test_update_tags_by_id(connect, service):
    connect().image.update_image(DEBIAN, tags=["b", "é", "a/b"])
    assert service.tags(DEBIAN) == ["a/b", "b", "é"]
    connect().image.update_image(DEBIAN, tags=[])
    assert service.tags(DEBIAN) == []


@pytest.mark.parametrize("before", [[], ["a"], ["a", "b", "c"], ["b", "x"]])
@pytest.mark.parametrize("after", [["a"], ["c", "b"], ["b", "c", "d", "e"], ["x", "a"], []])
def test_update_tags_by_object(connect, service, before, after):
    """The client generates operations on single tags, such as an add at /tags/2."""
    image = service.create("new", tags=before)
    connection = connect()
    connection.image.update_image(connection.image.get_image(image["id"]), tags=after)
    assert service.tags(image["id"]) == sorted(after)


def test_update_properties(connect, service):
    connection = connect()
    connection.image.update_image(connection.image.get_image(DEBIAN), os_version="13", min_disk=7)
    image = service.image(DEBIAN)
    assert (image["os_version"], image["min_disk"]) == ("13", 7)


@pytest.mark.parametrize("tag", ["plain", "with blanks", "é", "😀"])
def test_add_and_remove_tag(connect, service, tag):
    connection = connect()
    connection.image.add_tag(DEBIAN, tag)
    connection.image.add_tag(DEBIAN, tag)
    assert service.tags(DEBIAN) == [tag]
    connection.image.remove_tag(DEBIAN, tag)
    assert service.tags(DEBIAN) == []
    with pytest.raises(openstack.exceptions.NotFoundException):
        connection.image.remove_tag(DEBIAN, tag)


def test_all_tags_at_once(connect, service):
    images = connect().image
    image = images.get_image(UBUNTU)
    image.set_tags(images, ["b", "é", "a/b"])
    assert service.tags(UBUNTU) == ["a/b", "b", "é"]
    assert sorted(image.tags) == ["a/b", "b", "é"]
    image.add_tag(images, "c")
    image.remove_tag(images, "b")
    assert service.tags(UBUNTU) == ["a/b", "c", "é"]
    images.add_tag(UBUNTU, "by another client")
    assert image.fetch_tags(images).tags == ["a/b", "by another client", "c", "é"]
    image.remove_all_tags(images)
    assert service.tags(UBUNTU) == [] and image.tags == []
    assert image.fetch_tags(images).tags == []


def test_check_a_tag(connect):
    images = connect().image
    image = images.get_image(UBUNTU)
    image.check_tag(images, "lts")
    for absent in ("absent", "x" * 256):
        with pytest.raises(openstack.exceptions.NotFoundException, match="Tag does not exist"):
            image.check_tag(images, absent)


def test_the_refusals_of_all_tags_at_once_have_their_reason(connect, service):
    reader, stranger, images = (connect(user=user).image for user in ("reader", "stranger", "member"))
    image = images.get_image(DEBIAN)
    with pytest.raises(openstack.exceptions.ForbiddenException, match="not authorized to complete modify_image"):
        image.set_tags(reader, ["x"])
    with pytest.raises(openstack.exceptions.NotFoundException, match=f"Image {DEBIAN} not found"):
        image.fetch_tags(stranger)
    with pytest.raises(openstack.exceptions.HttpException, match="Image tag limit exceeded"):
        image.set_tags(images, [f"tag-{number}" for number in range(129)])
    assert service.tags(DEBIAN) == []


def test_deactivate_and_reactivate(connect, service):
    connection = connect()
    connection.image.deactivate_image(DEBIAN)
    assert service.image(DEBIAN)["status"] == "deactivated"
    connection.image.reactivate_image(DEBIAN)
    assert service.image(DEBIAN)["status"] == "active"


def test_delete_image(connect, service):
    connect().delete_image("debian-12")
    assert "debian-12" not in service.names()


def test_a_refusal_has_the_reason(connect):
    with pytest.raises(openstack.exceptions.ForbiddenException, match="not authorized to complete modify_image"):
        connect(user="reader").image.add_tag(DEBIAN, "x")
    with pytest.raises(openstack.exceptions.HttpException, match="is too long"):
        connect().image.add_tag(DEBIAN, "x" * 256)
