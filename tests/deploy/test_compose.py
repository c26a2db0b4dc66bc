"""compose.yaml: its form, its files, and the Keystone and the configuration that it starts, without a container engine."""

import contextlib
import os
import shutil
import stat
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import yaml

from conftest import DEPLOY, ROOT, check_config, run
from ports import free_port
from program import serving

FILE = DEPLOY / "compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text())
FOLDER = DEPLOY / "compose"


def test_the_file_has_the_form_of_the_specification():
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILE)


def test_what_the_services_name_exists():
    for service in COMPOSE["services"].values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            # Folders and no files: a file that was replaced would stay the old one in the container.
            assert source in COMPOSE["volumes"] or (DEPLOY / source).is_dir(), source
        assert service["logging"]["options"]["max-size"]
        for name, dependency in service.get("depends_on", {}).items():
            needed = COMPOSE["services"][name]
            # The image of the service has a health check of its own.
            assert dependency["condition"] != "service_healthy" or "healthcheck" in needed


@pytest.fixture
def secrets(tmp_path):
    """The passwords, as the script makes them."""
    shutil.copy(FOLDER / "secrets", tmp_path)
    run(tmp_path / "secrets")
    made = tmp_path / "secrets.d"
    assert sorted(f"compose/secrets.d/{file.name}" for file in made.iterdir()) == sorted(
        secret["file"] for secret in COMPOSE["secrets"].values()
    )
    return made


def test_passwords_are_made_once_and_kept_from_others(secrets):
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    assert all(len(password) == 48 for password in before.values()) and len(set(before.values())) == 3
    run(secrets.parent / "secrets")
    assert before == {file.name: file.read_text() for file in secrets.iterdir()}
    (secrets / "postgres").chmod(0o600)
    (secrets / "postgres").write_text("")
    run(secrets.parent / "secrets")
    assert len((secrets / "postgres").read_text()) == 48


def files_of(secrets):
    return {
        "IMAGE_TAGS__STORE__PASSWORD_FILE": str(secrets / "postgres"),
        "IMAGE_TAGS__AUTH__KEYSTONE__PASSWORD_FILE": str(secrets / "keystone_service"),
    }


def test_the_program_accepts_the_configuration(secrets, tmp_path):
    config = FOLDER / "image-tags" / "config.toml"
    text = config.read_text()
    for secret in ["postgres", "keystone_service"]:
        assert f'"/run/secrets/{secret}"' in text
    check_config(config, {**files_of(secrets), "IMAGE_TAGS__DATA__URL": f"file://{tmp_path}/data"})


@contextlib.contextmanager
def keystone(secrets, home):
    """The Keystone as its container starts it, on a free port: as an unknown user who writes to its volume alone."""
    configuration = home / "keystone.conf"
    text = (FOLDER / "keystone" / "keystone.conf").read_text()
    configuration.write_text(text.replace("/var/lib/keystone", str(home)))
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{os.environ['KEYSTONE']}/bin:{os.environ['PATH']}",
        "KEYSTONE_CONFIGURATION": str(configuration),
        "KEYSTONE_SECRETS": str(secrets),
        "KEYSTONE_HOST": "127.0.0.1",
        "KEYSTONE_PORT": str(port),
    }
    container = ["bwrap", "--die-with-parent", "--unshare-user", "--uid", "42425", "--gid", "42425"]
    container += ["--ro-bind", "/", "/", "--bind", home, home, "--dev", "/dev", "--proc", "/proc"]
    process = subprocess.Popen([*container, FOLDER / "keystone" / "start"], env=environment, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/v3"
        while process.poll() is None:
            with contextlib.suppress(urllib.error.URLError):
                urllib.request.urlopen(url, timeout=5)
                break
            time.sleep(0.2)
        assert process.poll() is None, "Keystone ended"
        yield url, environment
    finally:
        process.terminate()
        process.wait()


# Asks Keystone's catalog for the image service, and lists images there.
CLIENT = """
import sys
from keystoneauth1 import identity, session
auth_url, password = sys.argv[1:]
user = dict(username="admin", project_name="admin", user_domain_id="default", project_domain_id="default")
admin = session.Session(identity.V3Password(auth_url=auth_url, password=password, **user))
image = dict(service_type="image", interface="public", region_name="RegionOne")
created = admin.post("/v2/images", endpoint_filter=image, json={"name": "a"}).json()
assert admin.put(f"/v2/images/{created['id']}/tags/b", endpoint_filter=image).status_code == 204
print(admin.get("/v2/images?tag=b", endpoint_filter=image).json()["images"][0]["name"])
"""


def test_the_catalog_of_keystone_leads_to_the_service_which_accepts_its_tokens(namespaces, secrets, tmp_path):
    home = tmp_path / "keystone"
    home.mkdir()
    with keystone(secrets, home) as (url, environment):
        variables = {**files_of(secrets), "IMAGE_TAGS__AUTH__KEYSTONE__AUTH_URL": url}
        store = {"IMAGE_TAGS__STORE__URL": "memory:", "IMAGE_TAGS__STORE__PASSWORD_FILE": ""}
        # Keystone's own URL in the catalog is that of its container.
        interface = {"IMAGE_TAGS__AUTH__KEYSTONE__REGION_NAME": "none"}
        with serving({**variables, **store, **interface}, FOLDER / "image-tags" / "config.toml") as service:
            python = f"{os.environ['KEYSTONE']}/bin/python"
            # A second time changes nothing.
            for _ in range(2):
                run(python, FOLDER / "keystone" / "catalog.py", url, service, env=environment)
            password = (secrets / "keystone_admin").read_text()
            assert run(python, "-c", CLIENT, url, password, env=environment).strip() == "a"


def test_the_dockerfile_of_keystone_has_no_fault():
    run("hadolint", FOLDER / "keystone" / "Dockerfile")
    assert "tests/keystone/requirements.txt" in (ROOT / ".dockerignore").read_text()
