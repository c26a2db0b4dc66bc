"""Zun: its own driver finds images of containers by name and tag, downloads them and uploads committed containers."""

import pathlib

import pytest

from consumer import ConsumerError
from credentials import embedded


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Where a compute node keeps the archives that it has downloaded."""
    return tmp_path_factory.mktemp("archives")


@pytest.fixture(scope="module")
def zun(service, start, archives, tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    logins = embedded(service.url)
    login = f"[keystone_auth]{logins.options('admin')}"
    return start(
        "zun",
        f"[DEFAULT]\nstate_path = {state}\n[glance]\nimages_directory = {archives}\n{login}{logins.token_validation()}",
    )


@pytest.fixture
def container(service):
    def call(name, data, *tags):
        return service.create(name, data, container_format="docker", disk_format="raw", tags=tags)["id"]

    return call


def test_images_of_containers_are_found_by_name_and_tag(zun, service, container):
    old, new = container("of-zun-web", b"old", "1.0"), container("of-zun-web", b"new", "2.0", "latest")
    service.create("of-zun-web", b"disk", tags=["latest"])
    assert set(zun("search", "demo", "of-zun-web", None, True)) == {old, new}
    assert zun("search", "demo", "of-zun-web", "1.0", True) == [old]
    assert zun("search", "demo", "zun-web", "latest", False) == [new]
    assert zun("search", "demo", "zun-web", "latest", True) == []
    assert zun("search", "demo", "of-zun-web", "3.0", True) == []
    assert zun("search", "demo", new, None, True) == [new]


def test_the_archive_of_the_image_with_the_tag_is_downloaded(zun, service, container, archives, data):
    container("of-zun-pulled", b"old", "1.0")
    image = container("of-zun-pulled", data, "2.0")
    pulled, is_loaded = zun("pull", "demo", "of-zun-pulled", "2.0", "always")
    assert (pulled["image"], pulled["tags"], is_loaded) == ("of-zun-pulled", ["2.0"], False)
    assert pathlib.Path(pulled["path"]) == archives / f"{image}.tar"
    assert (archives / f"{image}.tar").read_bytes() == data

    # An archive with the checksum of the image stays, and another one is downloaded again.
    [kept, is_loaded] = zun("pull", "demo", "of-zun-pulled", "2.0", "ifnotpresent")
    assert (kept["checksum"], is_loaded) == (service.image(image)["checksum"], True)
    (archives / f"{image}.tar").write_bytes(b"broken")
    assert not zun("pull", "demo", "of-zun-pulled", "2.0", "ifnotpresent")[1]
    assert (archives / f"{image}.tar").read_bytes() == data
    zun("delete_archive", "demo", "of-zun-pulled:2.0")
    assert not (archives / f"{image}.tar").exists()


def test_an_image_without_the_tag_is_not_downloaded(zun, container, archives):
    container("of-zun-tagged", b"data", "1.0")
    before = set(archives.iterdir())
    with pytest.raises(ConsumerError, match="ImageNotFound"):
        zun("pull", "demo", "of-zun-tagged", "2.0", "always")
    assert set(archives.iterdir()) == before


def test_a_container_is_committed_downloaded_and_deleted(zun, service, archives, data, tmp_path):
    (tmp_path / "container.tar").write_bytes(data)
    image = zun("commit", "demo", "of-zun-committed", "2.0", str(tmp_path / "container.tar"))
    kept = service.image(image)
    assert (kept["name"], kept["status"], kept["tags"]) == ("of-zun-committed", "active", ["2.0"])
    assert (kept["container_format"], kept["size"]) == ("docker", len(data))
    assert service.data(image) == data
    zun("pull", "demo", "of-zun-committed", "2.0", "always")
    assert (archives / f"{image}.tar").read_bytes() == data
    zun("delete", "demo", image)
    assert "of-zun-committed" not in service.names()
