"""Sends requests with `http.client`, eight at a time, over persistent connections. Prints the number by outcome."""

import collections
import concurrent.futures
import http.client
import json
import sys
import time
import urllib.parse

given = json.loads(sys.argv[1])
url = urllib.parse.urlsplit(given["url"])
WORKERS = 8


def body():
    """The body in one piece, after the delay."""
    time.sleep(given["delay"] / 1000)
    yield b"x" * given["size"]


def work(count):
    """Sends `count` requests over one connection and counts the outcomes: the status, or the error."""
    outcomes = collections.Counter()
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    headers = {"X-Auth-Token": given["token"], "Content-Type": given["type"], "Content-Length": str(given["size"])}
    for _ in range(count):
        try:
            # http.client sends the head before it reads a generator. Without a delay, the body is bytes.
            connection.request(given["method"], url.path, body=body() if given["delay"] else next(body()), headers=headers)
            answer = connection.getresponse()
            answer.read()
            outcomes[str(answer.status)] += 1
        except (OSError, http.client.HTTPException) as error:
            outcomes[repr(error)] += 1
            connection.close()
    return outcomes


with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
    shares = [len(range(worker, given["count"], WORKERS)) for worker in range(WORKERS)]
    print(json.dumps(sum(pool.map(work, shares), collections.Counter())))
