"""The forms of an endpoint: at the root, with a version, and below a path."""

import json
import urllib.error
import urllib.request

import pytest

from conftest import DEBIAN
from program import TOKENS

pytestmark = pytest.mark.parametrize("login", ["token"], indirect=True)


@pytest.mark.parametrize("auth_type", ["admin_token", "token_endpoint"])
@pytest.mark.parametrize("path", ["", "/", "/v2", "/v2/"])
def test_openstack(openstack, service, auth_type, path):
    openstack("image", "set", "--tag", "x", "debian-12", endpoint=service.url + path, auth_type=auth_type, OS_URL=service.url + path)
    assert service.tags(DEBIAN) == ["x"]


@pytest.mark.parametrize("path", ["/image", "/image/v2"])
def test_openstack_below_a_path(openstack, prefixed, path):
    openstack("image", "set", "--tag", "x", "debian-12", endpoint=prefixed.url + path)
    assert prefixed.tags(DEBIAN) == ["x"]


# With a path and a version, glanceclient doubles the version (`/image/v2/v2/images`).
@pytest.mark.parametrize("path", ["", "/v2"])
def test_glance(glance, service, path):
    glance("image-tag-update", DEBIAN, "x", endpoint=service.url + path)
    assert service.tags(DEBIAN) == ["x"]


def test_glance_below_a_path(glance, prefixed):
    glance("image-tag-update", DEBIAN, "x", endpoint=prefixed.url + "/image")
    assert prefixed.tags(DEBIAN) == ["x"]


def test_the_links_of_the_versions_have_the_path(prefixed, login):
    for path in ["/image", "/image/", "/image/versions", "/image/v2/versions"]:
        request = urllib.request.Request(prefixed.url + path, headers={"X-Auth-Token": TOKENS["member"]})
        try:
            with urllib.request.urlopen(request) as answer:
                versions = json.load(answer)
        except urllib.error.HTTPError as answer:
            assert answer.code == 300
            versions = json.load(answer)
        assert versions["versions"][0]["links"][0]["href"] == prefixed.url + "/image/v2/"


@pytest.mark.parametrize("path", ["", "/v2"])
def test_sdk(connect, service, path):
    connect(endpoint=service.url + path).image.add_tag(DEBIAN, "x")
    assert service.tags(DEBIAN) == ["x"]
