"""Fixtures: the program on a free port, a web server with files to import, and the code of the consumers."""

import functools
import http.server
import json
import random
import threading

import pytest

from consumer import consumers
from program import serving
from service import Service


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """The tests say what they asked for."""


class Files:
    """A directory, and the URL under which a web server serves it."""

    def __init__(self, directory, port):
        self.directory = directory
        self.url = f"http://127.0.0.1:{port}"

    def add(self, name, data):
        (self.directory / name).write_bytes(data)
        return f"{self.url}/{name}"


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    directory = tmp_path_factory.mktemp("files")
    handler = functools.partial(Quiet, directory=directory)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Files(directory, server.server_port)
        server.shutdown()


@pytest.fixture(scope="session")
def service(files):
    """The program, which runs for all tests. It may import from the web server."""
    with serving({"IMAGE_TAGS__IMPORT__ALLOW": json.dumps([files.url])}) as url:
        yield Service(url)


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """Starts the code of a consumer, which ends after the last test."""
    with consumers(tmp_path_factory.mktemp) as start:
        yield start


@pytest.fixture
def data(request):
    """The data of a disk, which differs from test to test: it takes many pieces to transfer."""
    return random.Random(request.node.nodeid).randbytes(500_000)
