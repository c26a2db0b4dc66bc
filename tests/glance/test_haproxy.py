"""The configurations of deploy/haproxy in front of a Glance and the service: each request reaches the one that answers it."""

import contextlib
import os
import pathlib
import socket
import subprocess
import time
import urllib.parse

import pytest
from conftest import beside
from ports import free_port
from race import connect, request

HERE = pathlib.Path(__file__).resolve().parent
DEPLOY = HERE.parents[1] / "deploy/haproxy"


def address(url):
    return urllib.parse.urlsplit(url).netloc


@contextlib.contextmanager
def haproxy(config, service, glance):
    image = f"127.0.0.1:{free_port()}"
    environment = os.environ | {"IMAGE": image, "IMAGE_TAGS": address(service.url), "GLANCE": address(glance.url)}
    process = subprocess.Popen(["haproxy", "-db", "-f", DEPLOY / config], env=environment)
    try:
        host, port = image.split(":")
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
                break
            time.sleep(0.1)
        yield f"http://{image}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module", params=["routes.cfg", "in-front.cfg"])
def proxied(request, glance):
    with beside(glance, IMAGE_TAGS__GLANCE__UPSTREAM=glance.url) as service, haproxy(request.param, service, glance) as url:
        yield type("Proxied", (), {"url": url, "token": glance.token, "service": service})


def requests_of(service):
    return [line for line in service.lines if '"request_id"' in line]


def test_tags_are_changed_by_the_service_and_images_by_glance(glance, proxied):
    new = {"name": "proxied", "tags": ["a"], "disk_format": "raw", "container_format": "bare"}
    status, image = request(proxied, "POST", "/v2/images", new)
    assert status == 201, image
    path = f"/v2/images/{image['id']}"
    assert request(proxied, "PUT", f"{path}/tags/b")[0] == 204
    assert request(proxied, "GET", f"{path}/tags")[1]["tags"] == ["a", "b"], "Glance has no such route"
    assert request(proxied, "GET", "/v2/tags")[0] == 200
    assert sorted(request(proxied, "GET", path)[1]["tags"]) == ["a", "b"]
    assert "stores" in request(proxied, "GET", "/v2/info/stores")[1]
    listed = request(proxied, "GET", "/v2/images?tags-any=b,c")[1]["images"]
    assert [shown["id"] for shown in listed] == [image["id"]]
    assert request(proxied, "DELETE", path)[0] == 204
    assert request(glance, "GET", path)[0] == 404


def test_what_stands_for_another_method_is_refused(glance, proxied):
    status, image = request(proxied, "POST", "/v2/images", {"name": "kept"})
    assert status == 201, image
    path = f"/v2/images/{image['id']}"
    assert request(proxied, "GET", f"{path}?_method=DELETE")[0] == 400
    assert request(proxied, "GET", f"{path}?%5Fmethod=DELETE")[0] == 400
    connection = connect(proxied)
    headers = {"X-Auth-Token": proxied.token, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, "_method=DELETE", headers)
    assert connection.getresponse().status == 400
    connection.close()
    assert request(glance, "GET", path)[0] == 200
