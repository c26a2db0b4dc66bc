"""Octavia and Trove: their own code finds exactly the promoted image by its tag, while promotions go on."""

import contextlib
import itertools
import json
import pathlib
import subprocess
import time
import urllib.request

import pytest

from credentials import embedded
from program import ROOT, TOKENS

LOOK_UP = pathlib.Path(__file__).with_name("look_up.py")
TAG = "production"

# The logins of the services, in the sections in which they have them. Both find the image service in the catalog.
CONFIGURATION = "[service_auth]{credentials}[glance]\nregion_name = RegionOne\n[service_credentials]{credentials}"

pytestmark = [
    pytest.mark.parametrize("login", ["password"], indirect=True),
    pytest.mark.parametrize("name", ["octavia", "trove"]),
]


@contextlib.contextmanager
def looking_up(name, service, home, tag):
    """Lets the code of the service look the tag up until the block ends. Yields the list of what it finds."""
    configuration = home / f"{name}.conf"
    login = embedded(service.url).options("demo")
    if name == "trove":
        # Trove knows no such option.
        login = login.replace("auth_type = password\n", "")
    configuration.write_text(CONFIGURATION.format(credentials=login))
    python = ROOT / "target/consumers-services/bin/python"
    command = [python, "-W", "ignore", LOOK_UP, name, configuration, tag]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found = []
    try:
        # The service has started once it has looked the tag up once.
        found.append(json.loads(process.stdout.readline()))
        yield found
    finally:
        process.stdin.close()
        found += [json.loads(line) for line in process.stdout]
        code = process.wait(timeout=60)
    assert code == 0


@pytest.fixture
def images(connect):
    """Images that Octavia and Trove would start instances from: they are active."""
    connection = connect()
    return [
        connection.create_image(f"image-{number}", data=b"data", disk_format="raw", container_format="bare", wait=True).id
        for number in range(5)
    ]


def promote(service, image):
    """The one request of this service's own."""
    headers = {"X-Auth-Token": TOKENS["member"], "Content-Type": "application/json"}
    body = json.dumps({"image": image, "reason": "the tests passed"}).encode()
    request = urllib.request.Request(f"{service.url}/v2/tags/{TAG}/image", body, headers, method="PUT")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["image"] == image


def test_the_service_finds_exactly_the_promoted_image(name, service, openstack, glance, connect, images, tmp_path):
    sdk = connect().image
    ways = [
        lambda image: sdk.add_tag(image, TAG),
        lambda image: sdk.update_image(image, tags=[TAG]),
        lambda image: promote(service, image),
        lambda image: sdk.update_image(sdk.get_image(image), tags=[TAG]),
    ]
    slow_ways = [
        lambda image: openstack("image", "set", "--tag", TAG, image),
        lambda image: glance("image-tag-update", image, TAG),
    ]
    promotions = []

    def carry_out(way, image):
        called = time.monotonic()
        way(image)
        promotions.append({"called": called, "returned": time.monotonic(), "image": image})

    carry_out(ways[0], images[-1])
    with looking_up(name, service, tmp_path, TAG) as found:
        for way, image in zip(itertools.islice(itertools.cycle(ways), 100), itertools.cycle(images)):
            carry_out(way, image)
        for way, image in zip(slow_ways, images):
            carry_out(way, image)
    assert len(found) > 20
    for look_up in found:
        assert not look_up["warnings"]
        # The tag was on an image from the call of its promotion at the earliest to the return of the next at the latest.
        ends = [promotion["returned"] for promotion in promotions[1:]] + [float("inf")]
        possible = [
            promotion["image"]
            for promotion, end in zip(promotions, ends)
            if promotion["called"] <= look_up["ended"] and look_up["began"] <= end
        ]
        assert look_up.get("image") in possible, look_up
    assert {look_up["image"] for look_up in found} == set(images)


def test_the_service_takes_one_of_several_images_with_a_tag_that_is_not_exclusive(name, service, connect, images, tmp_path):
    """Shows that the code under test looks for more than one image, and that its warnings are seen."""
    for image in images[:2]:
        connect().image.add_tag(image, "plain")
    with looking_up(name, service, tmp_path, "plain") as found:
        pass
    newest = service.get("/v2/images?tag=plain&sort=created_at:desc")["images"][0]["id"]
    assert {look_up["image"] for look_up in found} == {newest}
    warned = [any("at least two were found" in text for text in look_up["warnings"]) for look_up in found]
    assert all(warned) if name == "octavia" else not any(warned)
    connect().image.remove_tag(images[0], "plain")
    connect().image.remove_tag(images[1], "plain")
    with looking_up(name, service, tmp_path, "plain") as found:
        pass
    assert all("image" not in look_up and "plain" in look_up["error"] for look_up in found)
