"""What the tests of deploy/ have in common."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def run(*command, succeeds=True, **options):
    """Runs a command, and returns its standard output, or its standard error if it has to fail."""
    result = subprocess.run(command, capture_output=True, text=True, **options)
    assert (result.returncode == 0) == succeeds, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout if succeeds else result.stderr


def check_config(path, environment):
    """Lets the program check a configuration with these variables of the environment."""
    run(os.environ["IMAGE_TAGS"], "--config", path, "check-config", env=environment)


@pytest.fixture(scope="session")
def namespaces():
    """What the tests need that take bubblewrap for a container engine."""
    if subprocess.run(["bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"]).returncode:
        pytest.skip("this machine allows no user namespaces")
