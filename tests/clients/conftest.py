"""Fixtures: the program on a free port, the real clients, and a plain HTTP client for the assertions."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

from program import CONFIG, EXAMPLE, PASSWORDS, ROOT, TOKENS, serving
from service import Service

# For each static token, the user of the embedded identity with the same project and role.
USERS = {"admin": "admin", "member": "demo", "reader": "reader", "stranger": "other"}
PROJECTS = {user["name"]: next(iter(user["projects"])) for user in CONFIG["identity"]["users"]}
DEBIAN = "82c96579-ba53-4a84-a69a-716382fe0293"
UBUNTU = "e7db3b45-8db7-47ad-8109-3fb55c2c24fd"


def new_store(directory):
    """The URL of an empty store on the backend that IMAGE_TAGS_TEST_BACKEND names, or in memory."""
    backend = os.environ.get("IMAGE_TAGS_TEST_BACKEND", "memory")
    if backend == "memory":
        return "memory:"
    return subprocess.check_output([ROOT / "tests/databases/fresh", backend, directory], text=True).strip()


@contextlib.contextmanager
def running(configuration=EXAMPLE, **environment):
    with tempfile.TemporaryDirectory() as directory:
        with serving({"IMAGE_TAGS__STORE__URL": new_store(directory), **environment}, configuration) as url:
            yield Service(url)


@pytest.fixture
def service():
    """A program that runs for one test."""
    with running() as service:
        yield service


@pytest.fixture
def prefixed():
    """The same program below the path /image."""
    with running(IMAGE_TAGS__SERVER__PATH_PREFIX="/image") as service:
        yield service


class Failed(Exception):
    """A client exited with a code other than 0."""


def run(program, *arguments, home, data=None, **environment):
    """Runs a client in a clean environment and returns its output."""
    command = [pathlib.Path(sys.executable).parent / program, *map(str, arguments)]
    kept = {name: os.environ[name] for name in ("PATH", "REQUESTS_CA_BUNDLE") if name in os.environ}
    environment = {**kept, "HOME": str(home), "PYTHONUTF8": "1", **environment}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=120, input=data or b"")
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}\n{done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


@pytest.fixture(params=["token", "password"])
def login(request):
    """How a client authenticates. The whole suite runs once with each method."""
    return request.param


def account(user, service):
    """The options of keystoneauth for a login with a password."""
    name = USERS[user]
    return {
        "auth_url": service.url + "/identity",
        "username": name,
        "password": PASSWORDS[name],
        "project_name": PROJECTS[name],
        "user_domain_id": "default",
        "project_domain_id": "default",
    }


@pytest.fixture
def openstack(service, login, tmp_path):
    """The openstack command line, configured with only an endpoint and a token, or with a login."""

    def call(*arguments, user="member", endpoint=service.url + "/v2", auth_type="admin_token", **options):
        given = {"OS_AUTH_TYPE": auth_type, "OS_ENDPOINT": endpoint, "OS_TOKEN": TOKENS[user]}
        if login == "password":
            given = {f"OS_{key.upper()}": value for key, value in account(user, service).items()}
            given["OS_IDENTITY_API_VERSION"] = "3"
        return run("openstack", *arguments, home=tmp_path, **given, **options)

    return call


@pytest.fixture
def glance(service, login, tmp_path):
    """The glance command line, configured in the same way."""

    def call(*arguments, user="member", endpoint=service.url, **options):
        given = ["--os-image-url", endpoint, "--os-auth-token", TOKENS[user]]
        if login == "password":
            given = [word for key, value in account(user, service).items() for word in ("--os-" + key.replace("_", "-"), value)]
        return run("glance", *given, *arguments, home=tmp_path, **options)

    return call


@pytest.fixture
def connect(service, login):
    """A connection of openstacksdk, configured in the same way."""
    import openstack
    from keystoneauth1 import session, token_endpoint

    def call(user="member", endpoint=service.url + "/v2"):
        if login == "password":
            return openstack.connect(load_yaml_config=False, load_envvars=False, region_name="RegionOne", auth=account(user, service))
        auth = token_endpoint.Token(endpoint, TOKENS[user])
        return openstack.connection.Connection(
            session=session.Session(auth=auth), image_endpoint_override=endpoint, image_api_version="2"
        )

    return call
