"""Cinder: its own image module shows, lists and changes images, and transfers volumes from and to them."""

import hashlib

import pytest

from consumer import ConsumerError
from credentials import embedded
from program import PROJECT_IDS


@pytest.fixture(scope="module")
def cinder(service, start, tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    return start("cinder", f"[DEFAULT]\nstate_path = {state}\n{embedded(service.url).token_validation()}")


def test_an_image_is_shown_with_its_tags_and_properties(cinder, service, data):
    image = service.create("of-cinder-shown", data, tags=["lts"], min_disk=2, os_distro="debian")["id"]
    shown = cinder("show", "demo", image)
    assert (shown["name"], shown["status"], shown["size"], shown["min_disk"]) == ("of-cinder-shown", "active", len(data), 2)
    assert shown["checksum"] == hashlib.md5(data).hexdigest()
    assert (shown["tags"], shown["properties"]) == (["lts"], {"os_distro": "debian"})


def test_images_are_listed_by_tag_and_property(cinder, service):
    first = service.create("of-cinder-listed", tags=["cinder-one", "cinder-both"], os_distro="debian")["id"]
    second = service.create("of-cinder-listed", tags=["cinder-both"], os_distro="ubuntu")["id"]

    def listed(**filters):
        return [image["id"] for image in cinder("list", "demo", filters=filters, sort_key="created_at", sort_dir="asc")]

    assert listed(name="of-cinder-listed") == [first, second] == listed(tag=["cinder-both"])
    assert listed(tag=["cinder-one", "cinder-both"]) == [first]
    assert listed(name="of-cinder-listed", os_distro="ubuntu") == [second]


def test_the_data_of_an_image_arrives_in_a_volume(cinder, service, data, tmp_path):
    image = service.create("of-cinder-volume", data)["id"]
    cinder("fetch", "demo", image, str(tmp_path / "volume"))
    assert (tmp_path / "volume").read_bytes() == data
    assert cinder("size_of_chunks", "demo", image) == len(data)


def test_a_volume_becomes_an_image(cinder, service, data, tmp_path):
    (tmp_path / "volume").write_bytes(data)
    attributes = {"name": "from-volume", "disk_format": "raw", "container_format": "bare", "properties": {"os_distro": "debian"}}
    image = cinder("create", "demo", attributes)["id"]
    assert service.image(image)["status"] == "queued"
    cinder("image_from_volume", "demo", image, str(tmp_path / "volume"))
    kept = service.image(image)
    assert (kept["status"], kept["size"], kept["os_distro"]) == ("active", len(data), "debian")
    assert kept["checksum"] == hashlib.md5(data).hexdigest()
    assert service.data(image) == data
    # An image that has data keeps it.
    (tmp_path / "volume").write_bytes(b"other")
    with pytest.raises(ConsumerError, match="409"):
        cinder("image_from_volume", "demo", image, str(tmp_path / "volume"))
    assert service.data(image) == data


def test_a_change_of_properties_leaves_the_tags(cinder, service):
    image = service.create("of-cinder-changed", tags=["stays"], old="1", kept="1")["id"]
    changed = cinder("update", "demo", image, {"name": "of-cinder-renamed", "properties": {"kept": "2", "new": "1"}})
    assert changed["properties"] == {"kept": "2", "new": "1"}
    kept = service.image(image)
    assert (kept["name"], kept["kept"], kept["new"], kept["tags"]) == ("of-cinder-renamed", "2", "1", ["stays"])
    assert "old" not in kept


def test_tags_are_set(cinder, service):
    image = service.create("of-cinder-tagged", tags=["old"])["id"]
    assert cinder("update", "demo", image, {"tags": ["new", "é"]}, purge_props=False)["tags"] == ["new", "é"]
    assert service.tags(image) == ["new", "é"]


def test_the_members_of_an_image_are_listed(cinder, service):
    ubuntu = service.named("ubuntu-24.04")["id"]
    [member] = cinder("members", "demo", ubuntu)
    assert (member["member_id"], member["status"]) == (PROJECT_IDS["other"], "accepted")
    assert cinder("show", "other", ubuntu)["tags"] == service.tags(ubuntu)


def test_an_image_is_deleted_unless_it_is_protected(cinder, service, data):
    image = service.create("of-cinder-deleted", data, protected=True)["id"]
    with pytest.raises(ConsumerError, match="HTTPForbidden"):
        cinder("delete", "demo", image)
    assert service.data(image) == data
    service.change(image, protected=False)
    assert cinder("delete", "demo", image)
    assert "of-cinder-deleted" not in service.names()
    with pytest.raises(ConsumerError, match="ImageNotFound"):
        cinder("delete", "demo", image)


def test_a_private_image_of_another_project_is_not_found(cinder, service, tmp_path):
    image = service.create("of-cinder-private", b"data", visibility="private")["id"]
    for call in [("show", "other", image), ("fetch", "other", image, str(tmp_path / "volume"))]:
        with pytest.raises(ConsumerError, match="ImageNotFound"):
            cinder(*call)
    assert not (tmp_path / "volume").exists()
