"""Fixtures: one Keystone and one service for all tests.

A test that breaks something starts its own service.
"""

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
    """The service, with an endpoint in the catalog."""
    with running(keystone) as service:
        keystone.point("image", service.url)
        yield service


@pytest.fixture(scope="session")
def tokens(keystone):
    """A project-scoped token of each user."""
    return {user: keystone.login(user) for user in cloud.USERS}


class ClientError(Exception):
    """A client exited with a code other than 0."""


@pytest.fixture
def client(service, tmp_path):
    """Run an OpenStack client with the variables that an RC file sets, and return its output."""

    def call(program, *arguments, **environment):
        command = [pathlib.Path(sys.executable).parent / program, *map(str, arguments)]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUTF8": "1", **environment}
        done = subprocess.run(command, capture_output=True, env=environment, timeout=120, text=True)
        if done.returncode:
            raise ClientError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done.stdout

    return call


@pytest.fixture
def variables(keystone, service):
    """Return the variables of an RC file for a user. The catalog has the service."""
    return keystone.variables
