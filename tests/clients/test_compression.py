"""A list of 1,000 images arrives compressed, and clients read it as they do without compression."""

import gzip
import json
import shutil
import subprocess
import urllib.error
import urllib.request
import zlib

import pytest

from program import TOKENS

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


def test_a_compressed_image_has_a_weak_entity_tag_for_the_same_state(service):
    image = service.create("large", description="x" * 10_000)
    url = f"{service.url}/v2/images/{image['id']}"
    strong = head_and_body(url, "identity")[0]["ETag"]
    weak = head_and_body(url, "gzip")[0]["ETag"]
    assert weak == "W/" + strong
    headers = {"X-Auth-Token": TOKENS["member"], "Accept-Encoding": "gzip", "If-None-Match": weak}
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)
    known = unchanged.value
    assert (known.code, known.headers["ETag"], known.headers["Vary"]) == (304, weak, "accept-encoding")
    headers = {"X-Auth-Token": TOKENS["member"], "If-Match": weak}
    request = urllib.request.Request(url + "/tags/new", headers=headers, method="PUT")
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 204
    with pytest.raises(urllib.error.HTTPError, match="412"):
        urllib.request.urlopen(request, timeout=60)


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
