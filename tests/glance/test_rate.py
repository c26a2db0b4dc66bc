"""What it costs Glance's clients that the service stands in front: the rates of both, in turns."""

import http.client
import statistics
import threading
import time
import urllib.parse

from conftest import beside
from race import request

ROUNDS, SECONDS, CLIENTS = 6, 1.5, 8
# Of a median of a few rounds on a noisy machine.
MIN_RATIO = 0.8


def rate(url, token, path):
    """Requests in a second, over kept connections."""
    end, counts = time.monotonic() + SECONDS, [0] * CLIENTS

    def client(number):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        while time.monotonic() < end:
            connection.request("GET", path, headers={"X-Auth-Token": token})
            response = connection.getresponse()
            response.read()
            assert response.status == 200
            counts[number] += 1
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def test_forwarding_costs_a_small_part_of_what_glance_takes(glance):
    _, image = request(glance, "POST", "/v2/images", {"name": "rate", "tags": ["a"]})
    path = f"/v2/images/{image['id']}"
    with beside(glance, IMAGE_TAGS__GLANCE__UPSTREAM=glance.url, IMAGE_TAGS__LOG__LEVEL="info") as service:
        for url in (glance.url, service.url):
            rate(url, glance.token, path)
        pairs = [(rate(glance.url, glance.token, path), rate(service.url, glance.token, path)) for _ in range(ROUNDS)]
    ratio = statistics.median(through / alone for alone, through in pairs)
    alone = statistics.median(alone for alone, _ in pairs)
    print(f"GET of an image: {alone:.0f}/s by Glance alone, {ratio:.2f} of it through the service", flush=True)
    assert ratio > MIN_RATIO, pairs
