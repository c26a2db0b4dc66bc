"""The servers under test. Each runs on a free port of the loopback interface and stops at the end."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from measure import Subject, descendants

TOKEN = "5f0d7c3e9b1a48d2a6c4e8f0b2d4c6a8"
PROJECT = "5ef70662f8b34079a6eddb8da9d75fe8"
# Enough that a new tag is set long before its removal, half of the images later.
IMAGES = 4096
# The number of connections to a database, for the service and for pgbench.
POOL = 16

SETTINGS = """
[limits]
connections = 2000
[[auth.tokens]]
token = "{token}"
user = "member"
project = "{project}"
roles = ["member"]
"""

IMAGE = """
[[images]]
id = "00000000-0000-4000-8000-{number:012}"
name = "image-{number}"
owner = "{project}"
visibility = "private"
disk_format = "qcow2"
container_format = "bare"
tags = {tags}
created_at = "2026-01-05T09:00:00Z"
properties = {{ os_distro = "debian", os_version = "12" }}
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


def tags(number):
    """The initial tags of an image. The first 40 are in the list by tag."""
    return ["set", "listed"] if number < 40 else ["set"]


def configuration(images):
    images = [IMAGE.format(number=number, project=PROJECT, tags=tags(number)) for number in range(images)]
    return SETTINGS.format(token=TOKEN, project=PROJECT) + "".join(images).replace("'", '"')


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_it_answers(url):
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"no response from {url}")


@contextlib.contextmanager
def running(command, url, **options):
    process = subprocess.Popen(command, **options)
    try:
        wait_until_it_answers(url)
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
def service(programs, home, logs=False, store="memory:", images=IMAGES):
    """The service, with its access log in a pipe that is drained, or without an access log."""
    port = free_port()
    file = home / f"{port}.toml"
    file.write_text(configuration(images))
    own = {
        "IMAGE_TAGS__SERVER__LISTEN": f"127.0.0.1:{port}",
        "IMAGE_TAGS__STORE__URL": store,
        "IMAGE_TAGS__STORE__CONNECTIONS": str(POOL),
        "IMAGE_TAGS__LOG__LEVEL": "info" if logs else "warn",
    }
    reader = subprocess.Popen(["wc", "-l"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    command = [programs / "image-tags", "--config", file]
    try:
        with running(command, f"{url}/healthcheck", env=os.environ | own, stderr=reader.stdin) as process:
            reader.stdin.close()
            name = f"image-tags, {'with' if logs else 'without'} the request log"
            yield Subject(name, url, [process.pid], TOKEN, images)
    finally:
        print("lines of log:", int(reader.stdout.read()), file=sys.stderr)
        reader.wait()

