"""Heat: stacks of its own engine create, change and delete images from a URL, as OS::Glance::WebImage."""

import hashlib

import pytest

from consumer import ConsumerError
from credentials import embedded
from program import PROJECT_IDS


@pytest.fixture(scope="module")
def heat(service, start):
    # The default method stores a trust, for changes after the token has expired. The Identity service has none.
    default = "[DEFAULT]\nregion_name_for_services = RegionOne\ndeferred_auth_method = password\n"
    keystone = f"[clients_keystone]\nauth_uri = {service.url}/identity\n"
    return start("heat", f"{default}{keystone}[database]\nconnection = sqlite://\n{embedded(service.url).token_validation()}")


@pytest.fixture
def image(files, data):
    """The properties of a resource with an image that a web server has."""
    location = files.add("heat.raw", data)
    return {"location": location, "disk_format": "raw", "container_format": "bare", "visibility": "private"}


def test_a_stack_creates_an_image_from_a_url(heat, service, image, data):
    properties = {**image, "name": "of-heat", "tags": ["b", "a"], "min_ram": 512, "extra_properties": {"hw_disk_bus": "scsi"}}
    *state, created = heat("create", "demo", "created", properties)
    assert state == ["CREATE", "COMPLETE", "Stack CREATE completed successfully"]
    kept = service.image(created)
    assert (kept["name"], kept["status"], kept["size"]) == ("of-heat", "active", len(data))
    assert (kept["tags"], kept["min_ram"], kept["hw_disk_bus"]) == (["a", "b"], 512, "scsi")
    assert (kept["visibility"], kept["owner"]) == ("private", PROJECT_IDS["demo"])
    assert kept["checksum"] == hashlib.md5(data).hexdigest()
    assert service.data(created) == data
    assert heat("find", "demo", "of-heat") == created


def test_an_update_of_the_stack_changes_tags_and_properties(heat, service, image, data):
    properties = {**image, "name": "of-heat-changed", "tags": ["stays", "goes"], "extra_properties": {"old": "1", "kept": "1"}}
    created = heat("create", "demo", "changed", properties)[-1]
    changes = {"tags": ["stays", "comes"], "extra_properties": {"kept": "2", "new": "1"}}
    *state, _, updated = heat("update", "demo", "changed", {**properties, **changes})
    assert (state, updated) == (["UPDATE", "COMPLETE"], created)
    kept = service.image(created)
    assert (kept["tags"], kept["kept"], kept["new"]) == (["comes", "stays"], "2", "1")
    assert "old" not in kept
    assert service.data(created) == data


def test_a_change_that_heat_makes_by_replacement_leaves_one_image(heat, service, image, data):
    properties = {**image, "name": "of-heat-replaced", "tags": ["stays"]}
    first = heat("create", "demo", "replaced", properties)[-1]
    *state, _, second = heat("update", "demo", "replaced", {**properties, "min_disk": 3})
    assert state == ["UPDATE", "COMPLETE"] and second != first
    kept = service.named("of-heat-replaced")
    assert (kept["id"], kept["min_disk"], kept["tags"]) == (second, 3, ["stays"])
    assert service.data(second) == data


def test_a_stack_shares_an_image_with_a_project(heat, service, image):
    properties = {**image, "name": "of-heat-shared", "visibility": "shared", "members": [PROJECT_IDS["other"]]}
    created = heat("create", "demo", "shared", properties)[-1]
    [member] = service.get(f"/v2/images/{created}/members")["members"]
    assert (member["member_id"], member["status"]) == (PROJECT_IDS["other"], "pending")


def test_a_stack_deactivates_the_image_of_an_admin(heat, service, image, data):
    created = heat("create", "admin", "inactive", {**image, "name": "of-heat-inactive", "active": False})[-1]
    assert service.get(f"/v2/images/{created}", "admin")["status"] == "deactivated"
    assert service.data(created, "admin") == data


def test_the_deletion_of_the_stack_deletes_the_image(heat, service, image):
    heat("create", "demo", "deleted", {**image, "name": "of-heat-deleted"})
    assert service.named("of-heat-deleted")["status"] == "active"
    assert heat("delete", "deleted") == ["DELETE", "COMPLETE"]
    assert "of-heat-deleted" not in service.names()


def test_a_stack_with_an_address_that_the_service_may_not_open_fails(heat, service, image):
    *state, created = heat("create", "demo", "refused", {**image, "name": "of-heat-refused", "location": "http://127.0.0.1:1/disk"})
    assert state[:2] == ["CREATE", "FAILED"], state
    assert "400" in state[2]
    assert service.image(created)["status"] == "queued"


def test_images_are_found_by_name_and_by_id(heat, service):
    debian = service.named("debian-12")["id"]
    assert heat("find", "demo", "debian-12") == debian == heat("find", "demo", debian)
    with pytest.raises(ConsumerError, match="EntityMatchNotFound"):
        heat("find", "other", "debian-12")
