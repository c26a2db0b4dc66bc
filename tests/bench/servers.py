"""The servers under test. Each runs on a free port of the loopback interface and stops at the end."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import images
from measure import Subject, descendants
from ports import free_port

TOKEN = "5f0d7c3e9b1a48d2a6c4e8f0b2d4c6a8"
# Enough that a new tag is set long before its removal, half of the images later.
IMAGES = 4096
# The number of connections to a database, for the service and for pgbench.
POOL = 16

LIMITS = """
[limits]
connections = 2000
"""

STATIC = f"""
[[auth.tokens]]
token = "{TOKEN}"
user = "member"
project = "{images.PROJECT}"
roles = ["member"]
"""

NGINX = """
daemon off;
worker_processes auto;
pid nginx.pid;
events {{ worker_connections 2048; }}
http {{
    access_log {log};
    keepalive_requests 1000000000;
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 204; }}
    }}
}}
"""


def wait_until_it_answers(process, url):
    # A million images take their time.
    for _ in range(6000):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                sys.exit(f"{process.args[0]} ended")
            time.sleep(0.05)
    sys.exit(f"no response from {url}")


@contextlib.contextmanager
def running(command, url, **options):
    process = subprocess.Popen(command, **options)
    try:
        wait_until_it_answers(process, url)
        yield process
    finally:
        process.terminate()
        process.wait(60)


@contextlib.contextmanager
def bare(programs):
    """The axum route that responds with 204."""
    url = f"http://127.0.0.1:{free_port()}"
    with running([programs / "bench-bare", url.removeprefix("http://")], url) as process:
        yield Subject("bare axum route", url, [process.pid])


@contextlib.contextmanager
def nginx(home, logs):
    """An nginx that responds with 204, with or without an access log."""
    port = free_port()
    home = home / f"nginx-{port}"
    home.mkdir()
    log = home / "access.log" if logs else "off"
    (home / "nginx.conf").write_text(NGINX.format(port=port, log=log))
    url = f"http://127.0.0.1:{port}"
    with running(["nginx", "-c", home / "nginx.conf", "-p", home, "-e", home / "error.log"], url) as process:
        name = "nginx, with its log" if logs else "nginx, without a log"
        yield Subject(name, url, [process.pid, *descendants(process.pid)])


@contextlib.contextmanager
def service(programs, home, store="memory:", count=IMAGES, logs=True, auth=STATIC, token=TOKEN, name=None):
    """The service with images from its configuration."""
    command = [programs / "image-tags", "--config", settings(home, auth + images.configured(count))]
    name = name or f"image-tags, {'with' if logs else 'without'} the request log"
    with logged(command, logs, store) as (url, process):
        yield Subject(name, url, [process.pid], token, count)


def settings(home, more):
    file = home / f"{free_port()}.toml"
    file.write_text(LIMITS + more)
    return file


@contextlib.contextmanager
def logged(command, logs=True, store="memory:", **options):
    """A program of the service, with its access log in a pipe that is drained, or without an access log."""
    address = f"127.0.0.1:{free_port()}"
    own = {
        "IMAGE_TAGS__SERVER__LISTEN": address,
        "IMAGE_TAGS__STORE__URL": store,
        "IMAGE_TAGS__STORE__CONNECTIONS": str(POOL),
        "IMAGE_TAGS__LOG__LEVEL": "info" if logs else "warn",
    }
    reader = subprocess.Popen(["wc", "-l"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    url = f"http://{address}"
    try:
        with running(command, f"{url}/healthcheck", env=os.environ | own, stderr=reader.stdin, **options) as process:
            reader.stdin.close()
            yield url, process
    finally:
        print("lines of log:", int(reader.stdout.read()), file=sys.stderr)
        reader.wait()
