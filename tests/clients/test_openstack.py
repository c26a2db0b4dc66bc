"""python-openstackclient: the `openstack image` commands."""

import hashlib
import json

import pytest

from conftest import DEBIAN, Failed

TAGS = ["plain", "with blanks", "é", "😀", "a/b", "sys.cidr=10.0.0.0/18"]


def test_create_without_file_and_with_tags(openstack, service):
    openstack("image", "create", "new", *[f"--tag={tag}" for tag in TAGS])
    image = service.named("new")
    assert image["tags"] == sorted(TAGS)
    assert image["status"] == "active" and image["size"] == 0


def test_create_with_file(openstack, service, tmp_path):
    data = bytes(range(256)) * 4096
    file = tmp_path / "data"
    file.write_bytes(data)
    openstack("image", "create", "--disk-format", "raw", "--container-format", "bare", "--file", file, "--tag", "x", "new")
    image = service.named("new")
    assert image["status"] == "active"
    assert image["size"] == image["virtual_size"] == len(data)
    assert image["checksum"] == hashlib.md5(data).hexdigest()
    assert image["os_hash_algo"] == "sha512"
    assert image["os_hash_value"] == hashlib.sha512(data).hexdigest()
    assert image["tags"] == ["x"]


@pytest.mark.parametrize("by", ["debian-12", DEBIAN])
def test_set_and_unset_tags(openstack, service, by):
    for tag in TAGS:
        openstack("image", "set", "--tag", tag, by)
    assert service.tags(DEBIAN) == sorted(TAGS)
    # The client does not escape a slash, so the path names another resource: it cannot unset these.
    unset = [tag for tag in TAGS if "/" not in tag]
    openstack("image", "unset", *[f"--tag={tag}" for tag in unset], by)
    assert service.tags(DEBIAN) == sorted(tag for tag in TAGS if "/" in tag)
    with pytest.raises(Failed, match="nonexistent tag"):
        openstack("image", "unset", "--tag", "absent", by)


@pytest.mark.parametrize("by", ["debian-12", DEBIAN])
def test_set_properties_and_name(openstack, service, by):
    openstack("image", "set", "--property", "os_version=13", "--property", "new=é", "--name", "debian-13", "--protected", by)
    image = service.image(DEBIAN)
    assert (image["os_version"], image["new"], image["name"], image["protected"]) == ("13", "é", "debian-13", True)
    openstack("image", "unset", "--property", "new", "debian-13")
    assert "new" not in service.image(DEBIAN)


def test_only_an_admin_publishes(openstack, service):
    with pytest.raises(Failed, match="403"):
        openstack("image", "set", "--public", DEBIAN)
    assert service.image(DEBIAN)["visibility"] == "private"
    openstack("image", "set", "--public", DEBIAN, user="admin")
    assert service.image(DEBIAN)["visibility"] == "public"


def test_list_by_tags(openstack, service):
    for name, tags in [("one", ["a", "b"]), ("two", ["a", "b", "c"]), ("three", ["a"])]:
        service.create(name, tags=tags)
    listed = openstack("image", "list", "--tag", "a", "--tag", "b", "-f", "json")
    assert sorted(image["Name"] for image in json.loads(listed)) == ["one", "two"]


def test_list_by_limit_and_order(openstack, service):
    for number in range(30):
        service.create(f"image-{number:02}")
    # The server applies the limit to the newest images; the client then sorts what it gets.
    listed = openstack("image", "list", "--limit", "3", "--sort", "name:asc", "-f", "json")
    assert [image["Name"] for image in json.loads(listed)] == ["image-27", "image-28", "image-29"]
    listed = openstack("image", "list", "--sort", "name:asc", "-f", "json")
    assert [image["Name"] for image in json.loads(listed)] == sorted(service.names())


@pytest.mark.parametrize("by", ["debian-12", DEBIAN])
def test_show(openstack, by):
    image = json.loads(openstack("image", "show", by, "-f", "json"))
    assert (image["id"], image["name"], image["status"]) == (DEBIAN, "debian-12", "active")
    assert image["properties"]["os_distro"] == "debian"


@pytest.mark.parametrize("by", ["debian-12", DEBIAN])
def test_delete(openstack, service, by):
    openstack("image", "delete", by)
    assert "debian-12" not in service.names()


def test_a_protected_image_is_not_deleted(openstack, service):
    image = service.create("kept", protected=True)
    with pytest.raises(Failed, match="protected"):
        openstack("image", "delete", "kept")
    assert service.image(image["id"])["name"] == "kept"


def test_a_stranger_cannot_see_or_change_images(openstack, service):
    with pytest.raises(Failed, match="No Image found|could not be found|404"):
        openstack("image", "show", DEBIAN, user="stranger")
    with pytest.raises(Failed, match="403"):
        openstack("image", "set", "--tag", "x", "ubuntu-24.04", user="stranger")
    assert service.named("ubuntu-24.04")["tags"] == ["lts"]
