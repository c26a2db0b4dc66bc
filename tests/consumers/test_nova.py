"""Nova: its own image module shows, lists, changes and downloads images, and uploads a snapshot."""

import hashlib

import pytest

from consumer import ConsumerError
from credentials import embedded
from program import PROJECT_IDS


@pytest.fixture(scope="module")
def nova(service, start, tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    return start("nova", f"[DEFAULT]\nstate_path = {state}\n[glance]\nregion_name = RegionOne\n{embedded(service.url).token_validation()}")


def test_an_image_is_shown_with_its_size_checksum_and_properties(nova, service, data):
    image = service.create("of-nova-shown", data, tags=["lts"], min_disk=2, os_distro="debian")
    shown = nova("show", "demo", image["id"])
    assert (shown["name"], shown["status"], shown["size"]) == ("of-nova-shown", "active", len(data))
    assert shown["checksum"] == hashlib.md5(data).hexdigest()
    assert (shown["min_disk"], shown["properties"]) == (2, {"os_distro": "debian"})


def test_images_are_listed_by_name_tag_and_property(nova, service):
    first = service.create("of-nova-listed", tags=["nova-one", "nova-both"], os_distro="debian")["id"]
    second = service.create("of-nova-listed", tags=["nova-both"], os_distro="ubuntu")["id"]

    def listed(**filters):
        return {image["id"] for image in nova("list", "demo", filters=filters)}

    assert listed(name="of-nova-listed") == {first, second} == listed(tag=["nova-both"])
    assert listed(tag=["nova-one", "nova-both"]) == {first}
    assert listed(name="of-nova-listed", os_distro="ubuntu") == {second}
    assert {first, second} <= listed()


def test_the_data_of_an_image_arrives_on_the_compute_node(nova, service, data, tmp_path):
    image = service.create("of-nova-booted", data)["id"]
    nova("fetch", "demo", image, str(tmp_path / "disk"))
    assert (tmp_path / "disk").read_bytes() == data
    assert nova("size_of_chunks", "demo", image) == len(data)


def test_an_image_without_data_is_not_booted(nova, service, tmp_path):
    image = service.create("of-nova-without-data")["id"]
    with pytest.raises(ConsumerError, match="ImageUnacceptable.*Image has no associated data"):
        nova("fetch", "demo", image, str(tmp_path / "disk"))
    assert not (tmp_path / "disk").exists()


def test_a_snapshot_is_created_and_uploaded(nova, service, data, tmp_path):
    (tmp_path / "disk").write_bytes(data)
    base = service.create("of-nova-base", b"base", tags=["base"], os_distro="debian")["id"]
    created, uploaded = nova("snapshot", "demo", "of-nova-snapshot", base, str(tmp_path / "disk"))
    assert (created["status"], uploaded["status"]) == ("queued", "active")
    kept = service.image(created["id"])
    assert (kept["status"], kept["size"], kept["visibility"]) == ("active", len(data), "private")
    assert kept["checksum"] == uploaded["checksum"] == hashlib.md5(data).hexdigest()
    assert (kept["image_type"], kept["base_image_ref"], kept["image_state"]) == ("snapshot", base, "available")
    assert (kept["os_distro"], kept["tags"]) == ("debian", [])
    assert service.data(created["id"]) == data


def test_a_snapshot_by_another_project_is_shared_with_the_owner_of_the_instance(nova, service):
    attributes = {"name": "of-nova-shelved", "visibility": "shared", "properties": {"instance_owner": PROJECT_IDS["demo"]}}
    image = nova("create", "other", attributes)["id"]
    [member] = service.get(f"/v2/images/{image}/members", "stranger")["members"]
    assert (member["member_id"], member["status"]) == (PROJECT_IDS["demo"], "pending")
    assert nova("show", "demo", image)["name"] == "of-nova-shelved"


def test_an_image_of_size_zero_becomes_active(nova, service):
    image = nova("create", "demo", {"name": "of-nova-empty", "size": 0, "properties": {"block_device_mapping": "[]"}})
    kept = service.image(image["id"])
    assert (kept["status"], kept["size"], kept["checksum"]) == ("active", 0, hashlib.md5(b"").hexdigest())


def test_a_change_of_properties_leaves_the_tags(nova, service):
    image = service.create("of-nova-changed", tags=["stays"], old="1", kept="1")["id"]
    changed = nova("update", "demo", image, {"name": "of-nova-renamed", "properties": {"kept": "2", "new": "1"}}, purge_props=True)
    assert changed["properties"] == {"kept": "2", "new": "1"}
    kept = service.image(image)
    assert (kept["name"], kept["kept"], kept["new"], kept["tags"]) == ("of-nova-renamed", "2", "1", ["stays"])
    assert "old" not in kept


def test_an_image_is_deleted_unless_it_is_protected(nova, service, data):
    image = service.create("of-nova-deleted", data, protected=True)["id"]
    with pytest.raises(ConsumerError, match="ImageNotAuthorized"):
        nova("delete", "demo", image)
    assert service.data(image) == data
    service.change(image, protected=False)
    assert nova("delete", "demo", image)
    assert "of-nova-deleted" not in service.names()
    with pytest.raises(ConsumerError, match="ImageNotFound"):
        nova("show", "demo", image)


def test_a_private_image_of_another_project_is_not_found(nova, service, tmp_path):
    image = service.create("of-nova-private", b"data", visibility="private")["id"]
    for call in [("show", "other", image), ("fetch", "other", image, str(tmp_path / "disk")), ("delete", "other", image)]:
        with pytest.raises(ConsumerError, match="ImageNotFound"):
            nova(*call)
    assert service.data(image) == b"data"
