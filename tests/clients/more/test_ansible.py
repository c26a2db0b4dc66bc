"""The Ansible collection openstack.cloud: the modules image and image_info, with the logins of clouds.yaml."""

import hashlib
import json

import pytest

from conftest import Failed, run
from program import PROJECT_IDS, ROOT

pytestmark = pytest.mark.parametrize("login", ["password"], indirect=True)


@pytest.fixture
def ansible(service, login, tmp_path):
    """Runs a module as one task of Ansible and returns its result."""
    clouds = tmp_path / "clouds.yaml"
    clouds.write_text((ROOT / "clouds.yaml").read_text().replace("http://127.0.0.1:9292", service.url))

    def call(module, cloud="demo", **arguments):
        task = ["localhost", "-m", "openstack.cloud." + module, "-a", json.dumps({"cloud": cloud, **arguments})]
        answer = run(ROOT / "target/clients-ansible/bin/ansible", *task, home=tmp_path, OS_CLIENT_CONFIG_FILE=str(clouds), LC_ALL="C.UTF-8")
        return json.loads(answer[answer.index("{") :])

    return call


def test_image_is_created_and_a_second_run_changes_nothing(ansible, service, tmp_path):
    data = tmp_path / "disk.raw"
    data.write_bytes(b"disk" * 1000)
    wanted = dict(name="made", disk_format="raw", filename=str(data), tags=["prod", "été"], properties={"os_distro": "debian"})
    made = ansible("image", visibility="shared", **wanted)
    assert made["changed"] and made["image"]["status"] == "active"
    image = service.named("made")
    assert (sorted(image["tags"]), image["os_distro"]) == (["prod", "été"], "debian")
    assert image["checksum"] == hashlib.md5(data.read_bytes()).hexdigest()
    assert not ansible("image", visibility="shared", **wanted)["changed"]
    assert service.named("made") == image


def test_image_changes_tags_properties_and_state(ansible, service):
    image_id = service.create("plain", tags=["old"], colour="red")["id"]
    changed = ansible("image", name="plain", visibility="shared", tags=["new"], properties={"colour": "blue"}, is_protected=True)
    assert changed["changed"]
    image = service.image(image_id)
    assert (image["tags"], image["colour"], image["protected"]) == (["new"], "blue", True)
    assert not ansible("image", name="plain", visibility="shared", tags=["new"], is_protected=True)["changed"]

    assert ansible("image", name="debian-12", visibility="shared", state="inactive")["changed"]
    assert service.named("debian-12")["status"] == "deactivated"
    assert ansible("image", name="debian-12", visibility="shared")["changed"]
    assert service.named("debian-12")["status"] == "active"


def test_image_is_removed(ansible, service):
    service.create("plain")
    assert ansible("image", name="plain", state="absent")["changed"]
    assert "plain" not in service.names()
    assert not ansible("image", name="plain", state="absent")["changed"]


def test_a_refusal_is_reported(ansible, service):
    with pytest.raises(Failed, match="403"):
        ansible("image", name="ubuntu-24.04", visibility="public", tags=["mine"])
    assert "mine" not in service.named("ubuntu-24.04")["tags"]


def test_image_info(ansible, service):
    service.create("plain", tags=["x"])
    [image] = ansible("image_info", image="plain")["images"]
    assert image["tags"] == ["x"]
    assert {image["name"] for image in ansible("image_info")["images"]} == set(service.names())
    private = ansible("image_info", filters={"visibility": "private"})["images"]
    assert [image["name"] for image in private] == ["debian-12"]
    assert "debian-12" not in {image["name"] for image in ansible("image_info", cloud="other")["images"]}


def test_an_admin_creates_an_image_for_a_project(ansible, service, tmp_path):
    data = tmp_path / "disk.raw"
    data.write_bytes(b"disk")
    wanted = dict(name="for-other", disk_format="raw", filename=str(data), visibility="private", owner="other")
    assert ansible("image", cloud="admin", **wanted)["image"]["owner"] == PROJECT_IDS["other"]
    assert "for-other" in {image["name"] for image in ansible("image_info", cloud="other")["images"]}
