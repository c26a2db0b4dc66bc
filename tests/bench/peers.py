"""A Glance that is running already: PEER_URL, PEER_TOKEN, and in PEER_PID the first of its processes.

PEER_STORE is the URL of an empty database of the same server, for the service to be measured beside it.
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
# uWSGI's backlog is 100, and it turns away what does not fit in.
CONNECTIONS = [1, 16]


@contextlib.contextmanager
def glance():
    """The Glance, with images for as long as it is measured."""
    process = int(os.environ["PEER_PID"])
    processes = [process, *descendants(process)]
    # Glance takes no id again that was once an image's.
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

