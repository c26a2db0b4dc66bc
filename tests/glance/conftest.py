"""Fixtures: a Glance 33 under uWSGI for the tests of one module, and the program on its database."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse
from dataclasses import dataclass

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bench"))
from glance import stack  # noqa: E402

THREADS = 4
RULES = """
[[tags.rules]]
pattern = "prod"
exclusive = "project"

[[tags.rules]]
pattern = "released"
immutable = true
"""


@pytest.fixture
def start(tmp_path_factory):
    """Start a Glance with filters of requests. Its database goes with it."""
    with_glance = []

    def running(*filters):
        home = tmp_path_factory.mktemp("glance")
        context = stack.running(home, THREADS, filters, os.environ["MODULES"])
        with_glance.append(context)
        return context.__enter__()

    yield running
    for context in with_glance:
        context.__exit__(None, None, None)
        drop_databases()


def drop_databases():
    for database in ("glance", "beside", "glance_tags"):
        stack.mariadb(os.environ["IMAGE_TAGS_TEST_MARIADB"], f"DROP DATABASE IF EXISTS {database}")


def store_url(database="glance"):
    server = urllib.parse.urlsplit(os.environ["IMAGE_TAGS_TEST_MARIADB"])
    return f"glance+mysql://{server.netloc}/{database}"


@pytest.fixture(scope="module")
def glance(tmp_path_factory):
    with stack.running(tmp_path_factory.mktemp("glance"), THREADS) as glance:
        yield glance
    drop_databases()


@contextlib.contextmanager
def beside(glance, config=None, **variables):
    """The service on the database of the Glance, with its Keystone. It changes tags without a check."""
    stack.mariadb(os.environ["IMAGE_TAGS_TEST_MARIADB"], "CREATE DATABASE IF NOT EXISTS glance_tags")
    environment = {"IMAGE_TAGS__STORE__URL": store_url(), "IMAGE_TAGS__GLANCE__ASSUME_CHECKED": "true", **variables}
    with stack.keystone.running(glance.identity, environment, config) as service:
        yield service


@pytest.fixture(scope="module")
def service(glance):
    with beside(glance) as service:
        yield service


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """A configuration with an exclusive and an immutable tag."""
    config = tmp_path_factory.mktemp("rules") / "config.toml"
    config.write_text((HERE.parent / "keystone/config.toml").read_text() + RULES)
    return config


@pytest.fixture(scope="module")
def front(glance, rules):
    """The service in front of the Glance, with these rules."""
    with beside(glance, config=rules, IMAGE_TAGS__GLANCE__UPSTREAM=glance.url) as service:
        yield service


@dataclass
class Done:
    code: int
    output: str
    error: str

    @property
    def json(self):
        return json.loads(self.output)


@pytest.fixture
def program(glance, program_on):
    """Run `image-tags glance …` on the database of the Glance of the module."""
    return program_on


@pytest.fixture
def program_on():
    """Run `image-tags glance …` on the database of a Glance that was started."""

    def run(*arguments, database="glance", **variables):
        command = [os.environ["IMAGE_TAGS"], "--config", "/dev/null", "glance", *arguments]
        environment = os.environ | {"IMAGE_TAGS__STORE__URL": store_url(database), **variables}
        done = subprocess.run(command, capture_output=True, env=environment, timeout=120, text=True)
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def sql(glance):
    """Run a statement on the database of the Glance, and return its rows."""

    def run(statement):
        server = urllib.parse.urlsplit(os.environ["IMAGE_TAGS_TEST_MARIADB"])
        command = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--default-character-set=utf8mb4"]
        command += ["--host", server.hostname, "--port", str(server.port), "--user", server.username, "glance"]
        done = subprocess.run([*command, "--execute", statement], capture_output=True, check=True, text=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    return run
