"""A list of 1,000 images arrives compressed, and clients read it as they do without compression."""

import gzip
import json
import shutil
import subprocess
import urllib.request
import zlib

import pytest

from conftest import TOKENS

LIST = "/v2/images?limit=1000"
NAMES = sorted(f"image-{number:04}" for number in range(1000))


@pytest.fixture
def many(service):
    """The service with 1,000 images more than the example has."""
    for name in NAMES:
        service.create(name, tags=["compressed"])
    return service


def head_and_body(url, coding):
    headers = {"X-Auth-Token": TOKENS["member"], "Accept-Encoding": coding}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as response:
        return response.headers, response.read()


def names(body):
    return sorted(image["name"] for image in json.loads(body)["images"])


def test_a_long_list_is_read_by_curl_and_openstackclient(many, openstack):
    url = many.url + LIST + "&tag=compressed"
    plain_head, plain = head_and_body(url, "identity")
    assert names(plain) == NAMES
    assert plain_head["Content-Encoding"] is None and plain_head["Vary"] is None
    for coding, decompress in [("gzip", gzip.decompress), ("deflate", zlib.decompress)]:
        head, body = head_and_body(url, coding)
        assert (head["Content-Encoding"], head["Vary"]) == (coding, "accept-encoding")
        assert decompress(body) == plain
        assert len(body) * 5 < len(plain)

    if shutil.which("curl"):
        curl = ["curl", "--silent", "--fail", "--compressed", "-H", f"X-Auth-Token: {TOKENS['member']}", url]
        assert subprocess.check_output(curl) == plain

    listed = openstack("image", "list", "--tag", "compressed", "-f", "value", "-c", "Name")
    assert sorted(listed.split()) == NAMES
