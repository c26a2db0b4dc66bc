"""openstack-image-manager, which keeps the images of a cloud as a file describes them: its own command."""

import copy
import datetime
import hashlib
import json
import os
import subprocess

import pytest
import yaml

from program import PASSWORDS, PROJECT_IDS, ROOT

COMMAND = ROOT / "target/consumers-image_manager/bin/openstack-image-manager"
# The properties that the tool demands of each image.
META = {
    "architecture": "x86_64",
    "hw_disk_bus": "virtio",
    "hypervisor_type": "qemu",
    "os_distro": "debian",
    "os_purpose": "minimal",
    "provided_until": "none",
    "replace_frequency": "never",
    "uuid_validity": "none",
}
IMAGE = {
    "enable": True,
    "format": "raw",
    "login": "debian",
    "meta": META,
    "min_ram": 512,
    "multi": False,
    "status": "active",
    "tags": ["lts", "été"],
    "visibility": "private",
}


@pytest.fixture
def manage(service, tmp_path):
    """Runs the command with a description of images."""

    def call(*arguments, images=(), user="demo", returncode=0):
        names = {"project_name": "demo", "user_domain_name": "Default", "project_domain_name": "Default"}
        login = {"auth_url": service.url + "/identity/v3", "username": user, "password": PASSWORDS[user], **names}
        (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"here": {"auth": login, "region_name": "RegionOne"}}}))
        (tmp_path / "images.yml").write_text(yaml.safe_dump({"images": images}))
        command = [COMMAND, "--cloud", "here", "--images", tmp_path / "images.yml", *arguments]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OS_CLIENT_CONFIG_FILE": str(tmp_path / "clouds.yaml")}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, cwd=tmp_path)
        assert done.returncode == returncode, done.stdout + done.stderr
        return done.stderr

    return call


def described(name, *versions, **attributes):
    return {**copy.deepcopy(IMAGE), "name": name, "versions": list(versions), **attributes}


def version(number, url, **attributes):
    return {"version": number, "url": url, "build_date": datetime.date(2026, 11, int(number)), **attributes}


def test_an_image_is_created_from_a_url(manage, service, files, data):
    url = files.add("debian.raw", data)
    output = manage(images=[described("Debian", version("12", url))])
    assert "Import of 'Debian 12' successfully completed" in output
    kept = service.named("Debian 12")
    assert (kept["status"], kept["size"], kept["min_ram"], kept["min_disk"]) == ("active", len(data), 512, 1)
    assert kept["tags"] == ["lts", "managed_by_osism", "os:debian", "été"]
    assert META.items() <= kept.items()
    assert (kept["os_version"], kept["image_source"], kept["image_build_date"]) == ("12", url, "2026-11-12")
    assert kept["checksum"] == hashlib.md5(data).hexdigest()
    assert service.data(kept["id"]) == data


def test_an_image_is_created_from_a_file(manage, service, data, tmp_path):
    (tmp_path / "local.raw").write_bytes(data)
    checksum = "sha256:" + hashlib.sha256(data).hexdigest()
    manage(images=[described("Local", version("1", f"file://{tmp_path}/local.raw", checksum=checksum))])
    kept = service.named("Local 1")
    assert (kept["status"], kept["size"], kept["image_source"]) == ("active", len(data), "file:local.raw")
    assert kept["checksum"] == hashlib.md5(data).hexdigest()
    assert service.data(kept["id"]) == data


def test_a_second_run_changes_nothing(manage, service, files, data):
    images = [described("Same", version("1", files.add("same.raw", data)))]
    manage(images=images)
    before = service.named("Same 1")
    manage(images=images)
    assert service.named("Same 1") == before


def test_a_changed_description_changes_tags_properties_and_state(manage, service, files, data):
    newest = version("1", files.add("changed.raw", data))
    manage(images=[described("Changed", newest)])
    image = service.named("Changed 1")["id"]
    changes = {"tags": ["new"], "min_ram": 1024, "status": "deactivated", "meta": {**META, "os_purpose": "custom"}}
    manage(images=[described("Changed", newest, **changes)], user="admin")
    # Only an image that was just imported gets them.
    assert service.image(image)["min_ram"] == 512
    second = version("2", files.add("changed.raw", data))
    manage("--keep", images=[described("Changed", second, **changes)], user="admin")
    kept = service.named("Changed 2")
    assert (kept["tags"], kept["min_ram"], kept["status"]) == (["managed_by_osism", "new", "os:debian"], 1024, "deactivated")
    assert kept["os_purpose"] == "custom"


def test_images_rotate(manage, service, files):
    old, new = b"old" * 1000, b"new" * 1000
    first, second = version("1", files.add("1.raw", old)), version("2", files.add("2.raw", new))
    attributes = {"multi": True, "meta": {**META, "uuid_validity": "last-3"}}
    manage("--use-os-hidden", images=[described("Rotating", first, **attributes)])
    image = service.named("Rotating")["id"]
    assert service.image(image)["os_hidden"] is False
    manage("--use-os-hidden", images=[described("Rotating", first, second, **attributes)])

    # The name is that of the newer image. The older one has its version in the name, and is hidden if asked for.
    newest = service.named("Rotating")
    assert (newest["internal_version"], service.data(newest["id"])) == ("2", new)
    manage("--use-os-hidden", "--hide", images=[described("Rotating", first, second, **attributes)])
    renamed = service.image(image)
    assert (renamed["name"], renamed["internal_version"], renamed["os_hidden"]) == ("Rotating (1)", "1", True)
    assert service.data(image) == old
    assert "Rotating (1)" not in service.names()


def test_an_outdated_image_is_hidden_and_then_deleted(manage, service, files, data):
    first, second = version("1", files.add("outdated.raw", data)), version("2", files.add("newer.raw", data))
    manage(images=[described("Outdated", first)])
    image = service.named("Outdated 1")["id"]
    images = [described("Outdated", second)]
    output = manage("--hide", "--use-os-hidden", "--hidden-visibility", "shared", images=images)
    assert "Image Outdated 1 should be deleted, but deletion is disabled" in output
    assert (service.image(image)["os_hidden"], service.image(image)["visibility"]) == (True, "shared")
    manage("--delete", "--yes-i-really-know-what-i-do", "--use-os-hidden", images=images)
    assert image not in [image["id"] for image in service.get("/v2/images?os_hidden=true")["images"]]
    assert service.named("Outdated 2")["status"] == "active"


def test_an_image_is_shared_with_a_project_and_unshared(manage, service, data):
    image = service.create("to-share", data)["id"]
    share = ["--share-image", "to-share", "--share-target", "other", "--share-domain", "default"]
    manage(*share, user="admin", images=[described("Any", version("1", "https://example.org/any"))])
    [member] = service.get(f"/v2/images/{image}/members")["members"]
    assert (member["member_id"], member["status"]) == (PROJECT_IDS["other"], "accepted")
    assert service.data(image, "stranger") == data
    manage(*share, "--share-action", "del", user="admin", images=[described("Any", version("1", "https://example.org/any"))])
    assert service.get(f"/v2/images/{image}/members")["members"] == []


def test_a_file_with_another_checksum_is_not_imported(manage, service, data, tmp_path):
    (tmp_path / "wrong.raw").write_bytes(data)
    checksum = "sha256:" + hashlib.sha256(b"other").hexdigest()
    images = [described("Wrong", version("1", f"file://{tmp_path}/wrong.raw", checksum=checksum))]
    assert "Checksum mismatch for image Wrong 1" in manage(images=images, returncode=1)
    assert "Wrong 1" not in service.names()
