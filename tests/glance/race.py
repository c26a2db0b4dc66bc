"""Clients add and remove tags of the same images at the same time.

Each client has tags of its own, so that after the race the tags of an image are those that were acknowledged.
"""

import collections
import http.client
import json
import os
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

IMAGES = 12 if os.environ.get("FULL") == "1" else 3
CLIENTS = 32
# Their removals are acknowledged too.
TAGS_OF_CLIENT = 3


@dataclass
class Outcome:
    lost: int = 0
    back: int = 0
    doubled: int = 0
    acknowledged: int = 0
    statuses: collections.Counter = field(default_factory=collections.Counter)

    def is_clean(self):
        return not (self.lost or self.back or self.doubled or self.failed())

    def failed(self):
        return sum(count for status, count in self.statuses.items() if status >= 500)


def connect(glance):
    return http.client.HTTPConnection(urllib.parse.urlsplit(glance.url).netloc, timeout=120)


def request(glance, method, path, body=None):
    connection = connect(glance)
    headers = {"X-Auth-Token": glance.token, "Content-Type": "application/json"}
    connection.request(method, path, body and json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text and response.status < 300 else text


def client(glance, image, number, outcome, has):
    def change(method, tag):
        status, _ = request(glance, method, f"{image}/tags/{tag}")
        outcome.statuses[status] += 1
        outcome.acknowledged += status == 204
        return status == 204

    for place in range(TAGS_OF_CLIENT):
        tag = f"client-{number}-{place}"
        if change("PUT", tag):
            has.add(tag)
        # Each but the last is removed again. A removal without an answer of success leaves it open.
        if place < TAGS_OF_CLIENT - 1 and tag in has and change("DELETE", tag):
            has.discard(tag)


def race(glance):
    outcome = Outcome()
    for _ in range(IMAGES):
        status, image = request(glance, "POST", "/v2/images", {"name": "race"})
        assert status == 201, status
        path, has = f"/v2/images/{image['id']}", [set() for _ in range(CLIENTS)]
        threads = [threading.Thread(target=client, args=(glance, path, number, outcome, has[number])) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tags = request(glance, "GET", path)[1]["tags"]
        expected = set().union(*has)
        outcome.lost += len(expected - set(tags))
        outcome.back += len(set(tags) - expected)
        outcome.doubled += len(tags) - len(set(tags))
    return outcome


def wait_for_status(glance, path, status):
    for _ in range(200):
        if request(glance, "GET", path)[1]["status"] == status:
            return
        time.sleep(0.05)
    raise TimeoutError(status)
