"""A Glance that already runs: PEER_URL, PEER_TOKEN, and PEER_PID, the id of its first process.

PEER_STORE is the URL of an empty database on the same server, for the service that is compared with it.
"""

import contextlib
import http.client
import json
import os
import secrets
import urllib.parse

from measure import Subject, descendants
from servers import tags

IMAGES = 512
# The backlog of uWSGI is 100; it refuses connections beyond that.
CONNECTIONS = [1, 16]


@contextlib.contextmanager
def glance():
    """The Glance, with images that exist while it is measured."""
    process = int(os.environ["PEER_PID"])
    processes = [process, *descendants(process)]
    # Glance never reuses the id of a deleted image.
    family = secrets.token_hex(4)
    subject = Subject("Glance", os.environ["PEER_URL"], processes, os.environ["PEER_TOKEN"], IMAGES, family)
    try:
        for number in range(IMAGES):
            image = {"id": identifier(family, number), "name": f"image-{number}", "visibility": "private", "tags": tags(number)}
            image |= {"disk_format": "qcow2", "container_format": "bare", "os_distro": "debian", "os_version": "12"}
            ask(subject, "POST", "/v2/images", image)
        yield subject
    finally:
        for number in range(IMAGES):
            ask(subject, "DELETE", f"/v2/images/{identifier(family, number)}")


def identifier(family, number):
    return f"{family}-0000-4000-8000-{number:012}"


def ask(subject, method, path, body=None):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(subject.url).netloc, timeout=60)
    headers = {"X-Auth-Token": subject.token, "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    status = connection.getresponse().status
    connection.close()
    if status not in (201, 204, 404):
        raise SystemExit(f"Glance answers {status} to {method} {path}")

