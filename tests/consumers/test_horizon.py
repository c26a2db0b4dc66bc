"""Horizon, the dashboard of OpenStack: its own application over HTTP, with its default settings and policies.

The scripts of its pages call `/api/glance/...`; these tests send the same calls.
"""

import os
import pathlib
import subprocess

import pytest

from browser import Browser
from program import PASSWORDS, PROJECT_IDS, ROOT

HORIZON = pathlib.Path(__file__).resolve().parent / "horizon"
IMAGE = {
    "name": "from-horizon",
    "visibility": "private",
    "disk_format": "raw",
    "container_format": "bare",
    "min_disk": 1,
    "min_ram": 0,
    "protected": False,
    "os_distro": "debian",
    "source_type": "url",
    "image_url": "",
}


@pytest.fixture(scope="module")
def url(service, tmp_path_factory):
    """Horizon, with the program as its Identity service."""
    environment = {
        **os.environ,
        "HORIZON_HOME": str(tmp_path_factory.mktemp("horizon")),
        "IDENTITY_URL": service.url + "/identity/v3",
        "PYTHONPATH": str(HORIZON),
        "PYTHONWARNINGS": "ignore",
    }
    command = [ROOT / "target/consumers-horizon/bin/python", HORIZON / "serve.py"]
    log = tmp_path_factory.mktemp("log") / "horizon.log"
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
    port = process.stdout.readline().strip()
    assert port, log.read_text()[-3000:]
    yield f"http://127.0.0.1:{port}"
    process.stdin.close()
    assert process.wait(timeout=20) == 0


@pytest.fixture
def logged_in(url):
    def call(user):
        browser = Browser(url)
        page = browser.log_in(user, PASSWORDS[user])
        assert (page.status, page.url) == (200, url + "/project/images/"), page.text[:3000]
        return browser

    return call


def created(browser, **attributes):
    answer = browser.call("PUT", "/glance/images/", {**IMAGE, **attributes})
    assert answer.status == 201, answer.text
    return answer.json["id"]


@pytest.mark.parametrize("user", ["demo", "reader", "other"])
def test_a_user_logs_in_and_sees_the_page_of_images(logged_in, user):
    session = logged_in(user).call("GET", "/keystone/user-session/").json
    assert session["username"] == user
    assert session["project_name"] == ("other" if user == "other" else "demo")
    assert {"name": "reader"} in session["roles"]


def test_a_wrong_password_leads_back_to_the_login_page(url):
    browser = Browser(url)
    page = browser.log_in("demo", "wrong")
    assert page.url == url + "/auth/login/"
    assert "Invalid credentials" in page.text
    assert browser.call("GET", "/glance/images/").status == 401


def test_an_admin_changes_to_another_project(logged_in):
    browser = logged_in("admin")
    names = set()
    for project in ["demo", "admin"]:
        page = browser.get(f"/auth/switch/{PROJECT_IDS[project]}/?next=/project/images/")
        assert page.status == 200
        session = browser.call("GET", "/keystone/user-session/").json
        names.add(session["project_name"])
        assert session["project_id"] == PROJECT_IDS[project]
    assert names == {"demo", "admin"}


def test_images_are_listed_and_filtered(logged_in):
    browser = logged_in("demo")
    listed = browser.call("GET", "/glance/images/").json["items"]
    assert {"debian-12", "ubuntu-24.04"} <= {image["name"] for image in listed}
    [filtered] = browser.call("GET", "/glance/images/?name=debian-12").json["items"]
    assert filtered["name"] == "debian-12"
    assert browser.call("GET", "/glance/images/?name=nothing").json["items"] == []


def test_an_image_is_created_edited_and_deleted(logged_in, service):
    browser = logged_in("demo")
    image = created(browser)
    shown = browser.call("GET", f"/glance/images/{image}/").json
    assert (shown["name"], shown["min_disk"], shown["status"]) == ("from-horizon", 1, "queued")
    assert service.get(f"/v2/images/{image}")["os_distro"] == "debian"

    edited = browser.call("PATCH", f"/glance/images/{image}/", {**IMAGE, "name": "edited", "min_disk": 2, "protected": True})
    assert edited.status == 204, edited.text
    kept = service.get(f"/v2/images/{image}")
    assert (kept["name"], kept["min_disk"], kept["protected"]) == ("edited", 2, True)

    # A protected image stays, and the page says that it may not be deleted.
    assert browser.call("DELETE", f"/glance/images/{image}/").status == 403
    assert browser.call("PATCH", f"/glance/images/{image}/", {**IMAGE, "name": "edited"}).status == 204
    assert browser.call("DELETE", f"/glance/images/{image}/").status == 204
    assert "edited" not in service.names()


def test_the_properties_of_an_image_are_changed(logged_in, service):
    browser = logged_in("demo")
    image = created(browser)
    properties = f"/glance/images/{image}/properties/"
    changed = browser.call("PATCH", properties, {"updated": {"hw_disk_bus": "virtio", "os_distro": "ubuntu"}, "removed": []})
    assert changed.status == 204, changed.text
    shown = browser.call("GET", properties).json
    assert (shown["hw_disk_bus"], shown["os_distro"]) == ("virtio", "ubuntu")
    assert browser.call("PATCH", properties, {"updated": {}, "removed": ["hw_disk_bus"]}).status == 204
    kept = service.get(f"/v2/images/{image}")
    assert "hw_disk_bus" not in kept and kept["os_distro"] == "ubuntu"
    assert browser.call("DELETE", f"/glance/images/{image}/").status == 204


def test_a_reader_changes_nothing(logged_in, service):
    browser = logged_in("reader")
    before = service.get("/v2/images?limit=100")["images"]
    image = before[0]["id"]
    assert browser.call("PUT", "/glance/images/", IMAGE).status == 403
    assert browser.call("PATCH", f"/glance/images/{image}/", IMAGE).status == 403
    assert browser.call("DELETE", f"/glance/images/{image}/").status == 403
    assert service.get("/v2/images?limit=100")["images"] == before


def test_the_types_of_resources_of_metadata_definitions_are_read(logged_in):
    """Horizon 27 cannot list the namespaces of any Glance that has none: it starts no worker for none, and fails."""
    assert logged_in("demo").call("GET", "/glance/metadefs/resourcetypes/").status == 200


def test_a_user_logs_out(url, logged_in):
    browser = logged_in("demo")
    assert browser.log_out().url.startswith(url + "/auth/login/")
    assert browser.call("GET", "/glance/images/").status == 401
