"""Octavia and Trove: their own code finds the image to start an instance from, by its tags.

`tests/clients/more/test_services.py` promotes images meanwhile.
"""

import uuid

import pytest

from consumer import ConsumerError
from credentials import embedded
from program import PROJECT_IDS


@pytest.fixture(scope="module")
def octavia(service, start):
    return start("octavia", f"[service_auth]{embedded(service.url).options('demo')}[glance]\nregion_name = RegionOne\n")


@pytest.fixture(scope="module")
def trove(service, start):
    login = embedded(service.url).options("demo").replace("auth_type = password\n", "")
    return start("trove", f"[service_credentials]{login}")


def test_octavia_finds_the_newest_active_image_with_the_tag(octavia, service):
    service.create("amphora-1", b"old", tags=["amphora"])
    newest = service.create("amphora-2", b"new", tags=["amphora"])["id"]
    service.create("amphora-3", tags=["amphora"])
    service.create("amphora-4", b"other", tags=["amphora-arm"])
    assert octavia("by_tag", "amphora") == newest
    assert service.image(newest)["name"] == "amphora-2"


def test_octavia_finds_the_image_of_the_owner(octavia, service):
    attributes = {"tags": ["amphora-owned"], "visibility": "public"}
    own = service.create("amphora-own", b"own", **(attributes | {"visibility": "shared"}))["id"]
    public = service.create("amphora-public", b"public", user="admin", **attributes)["id"]
    assert octavia("by_tag", "amphora-owned") == public
    assert octavia("by_tag", "amphora-owned", PROJECT_IDS["admin"]) == public
    assert octavia("by_tag", "amphora-owned", PROJECT_IDS["demo"]) == own
    with pytest.raises(ConsumerError, match="ImageGetException"):
        octavia("by_tag", "amphora-owned", PROJECT_IDS["other"])


def test_octavia_finds_no_image_without_the_tag(octavia, service):
    service.create("amphora-private", b"data", user="stranger", tags=["amphora-hidden"], visibility="private")
    for tag in ["amphora-hidden", "amphora-none"]:
        with pytest.raises(ConsumerError, match=f"ImageGetException.*{tag}"):
            octavia("by_tag", tag)


def test_trove_finds_the_newest_active_image_with_all_tags(trove, service):
    mysql = service.create("trove-mysql", b"mysql", tags=["trove", "mysql", "8.4"])["id"]
    newest = service.create("trove-mariadb", b"mariadb", tags=["trove", "mariadb"])["id"]
    service.create("trove-queued", tags=["trove", "mysql", "8.4"])
    assert trove("find", None, ["trove", "mysql"]) == mysql == trove("find", None, "trove,8.4")
    assert trove("find", None, ["trove"]) == newest
    with pytest.raises(ConsumerError, match="ImageNotFoundByTags"):
        trove("find", None, ["mysql", "mariadb"])
    assert service.tags(mysql) == ["8.4", "mysql", "trove"]


def test_trove_finds_an_image_by_its_id(trove, service):
    image = service.create("trove-by-id", b"data")["id"]
    assert trove("find", image, ["ignored"]) == image
    with pytest.raises(ConsumerError, match="ImageNotFound"):
        trove("find", str(uuid.uuid4()), None)
