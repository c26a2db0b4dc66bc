"""Starts Keystone and the program and runs Tempest against them. Fails unless all tests pass."""

import contextlib
import functools
import http.server
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

import cloud
from stack import Keystone, running

# The number of tests that the two lists select. None may be skipped or missing.
TESTS = 62

HERE = pathlib.Path(__file__).resolve().parent
TEMPEST = pathlib.Path(sys.executable).parent / "tempest"


def tempest(*arguments, home):
    command = [TEMPEST, *arguments, "--workspace-path", home / "workspaces.yaml"]
    environment = {**os.environ, "HOME": str(home)}
    with subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, text=True) as process:
        printed = []
        for line in process.stdout:
            print(line, end="", flush=True)
            printed.append(line)
    if process.returncode:
        sys.exit(process.returncode)
    return "".join(printed)


def stores(home, address):
    """What two processes share, and where they import from."""
    return {
        "IMAGE_TAGS__STORE__URL": f"sqlite://{home}/images.db",
        "IMAGE_TAGS__DATA__URL": f"file://{home}/data",
        "IMAGE_TAGS__IMPORT__ALLOW": f'["{address}", "http://does-not.exist"]',
    }


@contextlib.contextmanager
def web(home):
    """A web server with an image to import."""
    (home / "web").mkdir()
    header = b"QFI\xfb" + (3).to_bytes(4, "big") + bytes(16) + (1 << 20).to_bytes(8, "big")
    (home / "web/image.qcow2").write_bytes(header.ljust(65536, b"\0"))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=home / "web")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


with tempfile.TemporaryDirectory() as home:
    home = pathlib.Path(home)
    keystone = Keystone(home / "keystone")
    try:
        with web(home) as address, running(keystone, stores(home, address)) as service, running(keystone, stores(home, address)) as other:
            keystone.point("image", service.url)
            keystone.point("image_remote", other.url)
            filled = {"web": f"{address}/image.qcow2", "home": home, "keystone": keystone.url, "password": cloud.PASSWORDS["admin"], "region": cloud.REGION}
            configuration = home / "tempest.conf"
            text = (HERE / "tempest.conf").read_text()
            configuration.write_text(re.sub(r"\{(\w+)\}", lambda key: str(filled[key[1]]), text))
            tempest("init", "--name", "tests", home / "tests", home=home)
            lists = ["--include-list", HERE / "tests.txt", "--exclude-list", HERE / "left_out.txt"]
            printed = tempest("run", "--workspace", "tests", "--config-file", configuration, "--serial", *lists, home=home)
    finally:
        keystone.stop()
    assert f"- Passed: {TESTS}\n" in printed, f"{TESTS} tests should pass"
