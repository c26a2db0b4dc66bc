"""The OpenStack clients: they log in at Keystone and find the service in the catalog."""

import os

import pytest

from conftest import ClientError

TAGS = ["plain", "with blanks", "é", "😀"]


@pytest.fixture
def image(service, tokens):
    return service.create(tokens["member"])


def test_openstack_tags_an_image(client, variables, service, tokens, image):
    member = variables("member")
    client("openstack", "image", "set", *[f"--tag={tag}" for tag in TAGS], image, **member)
    assert service.tags(image, tokens["member"]) == sorted(TAGS)
    assert image in client("openstack", "image", "list", "--tag", "é", "-f", "value", **member)
    client("openstack", "image", "unset", "--tag", "é", image, **member)
    assert "é" not in service.tags(image, tokens["member"])


def test_openstack_shows_why_a_reader_may_not_tag(client, variables, image):
    with pytest.raises(ClientError, match="403"):
        client("openstack", "image", "set", "--tag", "x", image, **variables("reader"))


def test_openstack_shares_an_image_with_a_project_by_its_name(client, variables, image):
    client("openstack", "image", "add", "project", image, "beta", **variables("admin"))
    client("openstack", "image", "set", "--accept", image, **variables("stranger"))
    assert image in client("openstack", "image", "list", "--shared", "-f", "value", **variables("stranger"))


def test_openstack_accepts_an_application_credential(client, keystone, service):
    credential = keystone.seed["credential"]
    environment = {
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_AUTH_URL": keystone.url,
        "OS_APPLICATION_CREDENTIAL_ID": credential["id"],
        "OS_APPLICATION_CREDENTIAL_SECRET": credential["secret"],
    }
    # Its role has no effect on images.
    with pytest.raises(ClientError, match="403"):
        client("openstack", "image", "list", **environment)


def test_glance_tags_an_image(client, variables, service, tokens, image):
    member = variables("member")
    client("glance", "image-tag-update", image, "é", **member)
    assert service.tags(image, tokens["member"]) == ["é"]
    client("glance", "image-tag-delete", image, "é", **member)
    assert service.tags(image, tokens["member"]) == []


def test_openstacksdk_tags_an_image(variables, service, tokens, monkeypatch, image):
    import openstack

    for name in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)
    for name, value in variables("member").items():
        monkeypatch.setenv(name, value)
    with openstack.connect(load_yaml_config=False) as cloud:
        for tag in TAGS:
            cloud.image.add_tag(image, tag)
        assert service.tags(image, tokens["member"]) == sorted(TAGS)
        cloud.image.remove_tag(image, "é")
        assert image in [found.id for found in cloud.image.images(tag="😀")]
    assert "é" not in service.tags(image, tokens["member"])
