"""python-glanceclient: the `glance` commands."""

import hashlib

import pytest

from conftest import DEBIAN, UBUNTU, Failed


def test_image_create(glance, service, tmp_path):
    file = tmp_path / "data"
    file.write_bytes(b"data")
    formats = ["--disk-format", "raw", "--container-format", "bare"]
    shown = glance("image-create", "--name", "new", *formats, "--tags", "a", "é", "--file", file)
    image = service.named("new")
    assert image["id"] in shown
    assert image["tags"] == ["a", "é"]
    assert (image["status"], image["checksum"]) == ("active", hashlib.md5(b"data").hexdigest())


@pytest.mark.parametrize("tag", ["plain", "with blanks", "é", "😀"])
def test_image_tag_update_and_delete(glance, service, tag):
    assert DEBIAN in glance("image-tag-update", DEBIAN, tag)
    assert service.tags(DEBIAN) == [tag]
    glance("image-tag-delete", DEBIAN, tag)
    assert service.tags(DEBIAN) == []
    with pytest.raises(Failed, match="404"):
        glance("image-tag-delete", DEBIAN, tag)


def test_image_list_by_tag(glance, service):
    service.create("one", tags=["a", "b"])
    service.create("two", tags=["a"])
    listed = glance("image-list", "--tag", "a", "--tag", "b")
    assert "one" in listed and "two" not in listed and "debian" not in listed


def test_image_list_over_several_pages(glance, service):
    for number in range(30):
        service.create(f"image-{number:02}")
    listed = glance("image-list", "--page-size", "7")
    assert all(name in listed for name in service.names())


def test_image_show(glance):
    shown = glance("image-show", UBUNTU)
    assert "ubuntu-24.04" in shown and "lts" in shown


def test_image_update(glance, service):
    glance("image-update", DEBIAN, "--name", "debian-13", "--min-disk", "3", "--property", "os_version=13")
    image = service.image(DEBIAN)
    assert (image["name"], image["min_disk"], image["os_version"]) == ("debian-13", 3, "13")
    glance("image-update", DEBIAN, "--remove-property", "os_version", "--hidden", "True", "--visibility", "shared")
    image = service.image(DEBIAN)
    assert "os_version" not in image and image["os_hidden"] is True and image["visibility"] == "shared"


def test_image_deactivate_and_reactivate(glance, service):
    glance("image-deactivate", DEBIAN)
    assert service.image(DEBIAN)["status"] == "deactivated"
    glance("image-reactivate", DEBIAN)
    assert service.image(DEBIAN)["status"] == "active"


def test_image_delete(glance, service):
    glance("image-delete", DEBIAN)
    assert "debian-12" not in service.names()
