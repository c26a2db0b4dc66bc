"""Fixtures: a Glance 33 under uWSGI for the tests of one module, and the program on its database."""

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
    for database in ("glance", "beside"):
        stack.mariadb(os.environ["IMAGE_TAGS_TEST_MARIADB"], f"DROP DATABASE {database}")


@pytest.fixture(scope="module")
def glance(tmp_path_factory):
    with stack.running(tmp_path_factory.mktemp("glance"), THREADS) as glance:
        yield glance
    drop_databases()


@dataclass
class Done:
    code: int
    output: str
    error: str

    @property
    def json(self):
        return json.loads(self.output)


@pytest.fixture
def program(glance):
    """Run `image-tags glance …` on the database of the Glance."""

    def run(*arguments, database="glance"):
        server = urllib.parse.urlsplit(os.environ["IMAGE_TAGS_TEST_MARIADB"])
        url = f"glance+mysql://{server.netloc}/{database}"
        command = [os.environ["IMAGE_TAGS"], "--config", "/dev/null", "glance", *arguments]
        environment = os.environ | {"IMAGE_TAGS__STORE__URL": url}
        done = subprocess.run(command, capture_output=True, env=environment, timeout=60, text=True)
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
