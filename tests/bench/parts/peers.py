"""The service beside a Glance 33, on databases of the same MariaDB server."""

import http.client
import json
import urllib.parse

import images
import servers
import tables
from glance import stack as peers
from goals import at_least
from measure import Subject, descendants
from rounds import measured

IMAGES = 512
# The backlog of uWSGI is 100; it refuses connections beyond that.
CONNECTIONS = [1, 16]
KINDS = ["set", "new", "get", "list"]
# How many times the rate of Glance the service should reach.
GOALS = {"set": 60, "get": 30, "list": 40}


def run(programs, home, stack):
    running = stack.enter_context(peers.running(home))
    peer = with_images(running)
    subject = stack.enter_context(servers.service(programs, home, store=running.store, count=IMAGES))
    results = measured([peer, subject], KINDS, all_connections=CONNECTIONS)

    def rate(kind):
        keys = {number: [(one.name, kind, number) for one in (subject, peer)] for number in CONNECTIONS}
        return {number: results.ratio(*pair, "rate") for number, pair in keys.items()}

    goals = [
        at_least(f"MariaDB, {tables.NAMES[kind]}: rate by Glance 33 on the same server", bound, rate(kind))
        for kind, bound in GOALS.items()
    ]
    return tables.of_peers(results, [peer, subject], KINDS, CONNECTIONS), goals


def with_images(glance):
    """The Glance as a subject, once it has images."""
    processes = [glance.process, *descendants(glance.process)]
    subject = Subject("Glance", glance.url, processes, glance.token, IMAGES)
    for number in range(IMAGES):
        image = {"id": f"00000000-0000-4000-8000-{number:012}", "name": f"image-{number}", "visibility": "private"}
        image |= {"disk_format": "qcow2", "container_format": "bare", "os_distro": "debian", "os_version": "12"}
        create(subject, image | {"tags": images.tags(number)})
    return subject


def create(subject, image):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(subject.url).netloc, timeout=60)
    headers = {"X-Auth-Token": subject.token, "Content-Type": "application/json"}
    connection.request("POST", "/v2/images", json.dumps(image), headers)
    response = connection.getresponse()
    if response.status != 201:
        raise SystemExit(f"Glance answers {response.status} to a new image: {response.read()}")
    connection.close()
