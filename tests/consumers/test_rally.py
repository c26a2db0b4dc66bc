"""Rally: a task of its own with the scenarios of images, several at once, and its report; and single scenarios."""

import hashlib
import json
import os
import random
import re
import subprocess
import uuid

import pytest

from program import PASSWORDS, ROOT

RALLY = ROOT / "target/consumers-rally/bin/rally"
TIMES = 4
DATA = random.Random("rally").randbytes(500_000)
# The default waits for seconds between two looks at an image.
OPTIONS = """
[openstack]
glance_image_create_prepoll_delay = 0
glance_image_create_poll_interval = 0.1
glance_image_import_poll_interval = 0.1
glance_image_delete_poll_interval = 0.1
"""

# The actions of each scenario that Rally measures.
SCENARIOS = {
    "list_images": ["list_images"],
    "create_and_list_image": ["create_image", "list_images"],
    "create_and_get_image": ["create_image", "get_image"],
    "create_and_delete_image": ["create_image", "delete_image"],
    "create_and_update_image": ["create_image", "update_image"],
    "create_and_deactivate_image": ["create_image", "deactivate_image"],
    "create_and_download_image": ["create_image", "download_image"],
    "import_and_delete_image": ["create_image_for_import", "stage_image_data", "import_image", "delete_image"],
    "import_and_delete_image from a URL": ["create_image_for_import", "import_image", "delete_image"],
}


def workload(title, image, url):
    """The part of the task for a scenario."""
    scenario = title.partition(" ")[0]
    arguments = {} if scenario == "list_images" else image
    if scenario == "create_and_update_image":
        arguments = {**image, "create_min_disk": 1, "update_min_disk": 2, "create_properties": {"a": "b"}, "remove_props": ["a"]}
    if scenario == "import_and_delete_image":
        # A Glance with one store refuses the form in which glanceclient asks for all stores.
        arguments = {**image, "all_stores": False}
    if title.endswith("from a URL"):
        arguments |= {"image_location": url, "import_method": "web-download"}
    return {
        "scenario": {f"GlanceImages.{scenario}": arguments},
        "runner": {"constant": {"times": TIMES, "concurrency": TIMES}},
        "sla": {"failure_rate": {"max": 0}},
    }


def login(user, project):
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    return {"username": user, "password": PASSWORDS[user], "project_name": project, **domains}


@pytest.fixture(scope="module")
def names(service):
    """The images before the task."""
    return service.names()


@pytest.fixture(scope="module")
def report(service, files, names, tmp_path_factory):
    """Runs the task. Returns what Rally reports about each of its parts."""
    home = tmp_path_factory.mktemp("rally")
    (home / "disk").write_bytes(DATA)
    (home / "rally.conf").write_text(f"{OPTIONS}[database]\nconnection = sqlite:///{home}/rally.db\n")
    logins = {"admin": login("admin", "admin"), "users": [login("demo", "demo")]}
    cloud = {"auth_url": service.url + "/identity/v3", "region_name": "RegionOne", "endpoint_type": "public", **logins}
    (home / "cloud.json").write_text(json.dumps({"existing@openstack": cloud}))
    image = {"image_location": str(home / "disk"), "container_format": "bare", "disk_format": "raw"}
    url = files.add("rally.raw", DATA)
    parts = [{"title": title, "workloads": [workload(title, image, url)]} for title in SCENARIOS]
    (home / "task.json").write_text(json.dumps({"version": 2, "title": "images", "subtasks": parts}))

    def rally(*arguments, codes=(0,)):
        command = [RALLY, "--config-file", home / "rally.conf", *arguments]
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
        assert done.returncode in codes, done.stdout[-5000:] + done.stderr[-3000:]
        return done.stdout

    rally("db", "create")
    rally("env", "create", "--name", "cloud", "--spec", home / "cloud.json", "--no-use")
    # The code is 2 if a part of the task has failed, of which each test asks for one.
    done = rally("task", "start", "--env", "cloud", "--task", home / "task.json", "--no-use", codes=(0, 2))
    [task] = re.findall(r"^Task +(\S+): started$", done, re.MULTILINE)
    rally("task", "report", task, "--json", "--out", home / "report.json")
    [task] = json.loads((home / "report.json").read_text())["tasks"]
    return {part["title"]: part["workloads"][0] for part in task["subtasks"]}


@pytest.mark.parametrize("title", SCENARIOS)
def test_a_scenario_succeeds_each_time(report, title):
    runs = report[title]["data"]
    assert [run["error"] for run in runs] == [[]] * TIMES
    for run in runs:
        assert [action["name"] for action in run["atomic_actions"]] == ["glance_v2." + name for name in SCENARIOS[title]]
        assert not any(action.get("failed") for action in run["atomic_actions"])
    assert report[title]["pass_sla"]


def test_a_task_deletes_its_images(report, service, names):
    assert service.names() == names


@pytest.fixture(scope="module")
def rally(start):
    return start("rally", OPTIONS, "rally")


@pytest.fixture
def image(data, tmp_path):
    (tmp_path / "disk").write_bytes(data)
    properties = {"made_by": uuid.uuid4().hex}
    return {"image_location": str(tmp_path / "disk"), "container_format": "bare", "disk_format": "raw", "properties": properties}


def test_an_image_has_what_the_scenario_gives_it(rally, service, image, data):
    rally("run", service.url, "CreateAndGetImage", {**image, "min_ram": 512, "visibility": "shared"})
    [kept] = service.get("/v2/images?made_by=" + image["properties"]["made_by"])["images"]
    assert (kept["status"], kept["min_ram"], kept["visibility"], kept["size"]) == ("active", 512, "shared", len(data))
    assert kept["checksum"] == hashlib.md5(data).hexdigest()
    assert service.data(kept["id"]) == data


def test_an_image_is_deactivated(rally, service, image, data):
    image.pop("properties")
    before = service.names()
    rally("run", service.url, "CreateAndDeactivateImage", image)
    [name] = [name for name in service.names() if name not in before]
    kept = service.named(name)
    assert (kept["status"], kept["checksum"]) == ("deactivated", hashlib.md5(data).hexdigest())


def test_an_image_is_deleted(rally, service, image):
    before = service.names()
    rally("run", service.url, "CreateAndDeleteImage", image)
    assert service.names() == before
