"""One Keystone and one program for all tests. Those that break something bring a program of their own."""

import os
import pathlib
import subprocess
import sys

import pytest

import cloud
from stack import Keystone, running


@pytest.fixture(scope="session")
def keystone(tmp_path_factory):
    keystone = Keystone(tmp_path_factory.mktemp("cloud") / "keystone")
    yield keystone
    keystone.stop()


@pytest.fixture(scope="session")
def service(keystone):
    """The program, with an endpoint in the catalog."""
    with running(keystone) as service:
        keystone.point("image", service.url)
        yield service


@pytest.fixture(scope="session")
def tokens(keystone):
    """A token of each user's for its project."""
    return {user: keystone.login(user) for user in cloud.USERS}


class Failed(Exception):
    """A client that ended with another exit code than 0."""


@pytest.fixture
def client(service, tmp_path):
    """Runs one of the clients with the variables that an RC file sets, and gives its output."""

    def call(program, *arguments, **environment):
        command = [pathlib.Path(sys.executable).parent / program, *map(str, arguments)]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUTF8": "1", **environment}
        done = subprocess.run(command, capture_output=True, env=environment, timeout=120, text=True)
        if done.returncode:
            raise Failed(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done.stdout

    return call


@pytest.fixture
def variables(keystone, service):
    """The variables of an RC file for a user."""

    def of(user):
        return {
            "OS_AUTH_URL": keystone.url + "/v3",
            "OS_USERNAME": user,
            "OS_PASSWORD": cloud.PASSWORDS[user],
            "OS_PROJECT_NAME": cloud.USERS[user][0],
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_REGION_NAME": cloud.REGION,
            "OS_IDENTITY_API_VERSION": "3",
        }

    return of
