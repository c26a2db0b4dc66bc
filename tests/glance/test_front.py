"""The service in front of a Glance: what is not about tags reaches Glance, and what is about both reaches both."""

import hashlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import threading
import urllib.parse

import pytest
from conftest import beside
from race import request

PATCH = "application/openstack-images-v2.1-json-patch"


@pytest.fixture
def send(glance, front):
    def call(method, path, body=None, headers=None, token=None):
        return front.send(method, path, token or glance.token, body, headers)

    return call


@pytest.fixture
def new(send):
    def create(**attributes):
        body = {"name": "fronted", "disk_format": "raw", "container_format": "bare", **attributes}
        response = send("POST", "/v2/images", body)
        assert response.status == 201, response.body
        return response.json["id"]

    return create


def patch(front, glance, image, *operations):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(front.url).netloc, timeout=60)
    headers = {"X-Auth-Token": glance.token, "Content-Type": PATCH}
    connection.request("PATCH", f"/v2/images/{image}", json.dumps(operations), headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, json.loads(body) if response.status == 200 else body


def raw(front, glance, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(front.url).netloc, timeout=60)
    connection.request(method, path, body, {"X-Auth-Token": glance.token, **(headers or {})})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response, data


def test_what_belongs_to_glance_is_answered_by_glance(glance, send, new):
    image = new(tags=["a"])
    for path in (f"/v2/images/{image}", "/v2/schemas/image", "/v2/info/stores", "/v2/images?limit=1", f"/v2/images/{image}/members"):
        ours, theirs = send("GET", path), request(glance, "GET", path)[1]
        assert ours.json == theirs, path
    assert "stores" in send("GET", "/v2/info/stores").json
    assert send("GET", "/v2/images/nothing").status == 404
    assert send("GET", f"/v2/images/{image}", token="nonsense").status == 401


def test_the_request_id_is_that_of_the_log_of_both(glance, send, front, new):
    response = send("GET", "/v2/images", headers={"X-Openstack-Request-Id": "req-of-the-test"})
    assert response.headers["X-Openstack-Request-Id"] == "req-of-the-test"


def test_data_passes_in_both_directions(glance, front, new):
    image, data = new(), os.urandom(3 << 20)
    octets = {"Content-Type": "application/octet-stream"}
    response, _ = raw(front, glance, "PUT", f"/v2/images/{image}/file", iter([data[:1000], data[1000:]]), octets | {"Content-Length": str(len(data))})
    assert response.status == 204
    response, received = raw(front, glance, "GET", f"/v2/images/{image}/file")
    assert (response.status, hashlib.sha256(received).digest()) == (200, hashlib.sha256(data).digest())
    response, received = raw(front, glance, "GET", f"/v2/images/{image}/file", headers={"Range": "bytes=5-9"})
    assert (response.status, received) == (206, data[5:10])
    response, received = raw(front, glance, "HEAD", f"/v2/images/{image}")
    assert (response.status, received) == (405, b"")


def test_uploads_in_chunks_do_not_break_the_requests_of_others(glance, front, send, new):
    """uWSGI closes a connection that has carried chunks, and does not say so."""
    image, is_over, statuses = new(), threading.Event(), []

    def look():
        while not is_over.is_set():
            statuses.append(send("GET", f"/v2/images/{image}").status)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(40):
            target, octets = new(), {"Content-Type": "application/octet-stream"}
            response, _ = raw(front, glance, "PUT", f"/v2/images/{target}/file", iter([b"a" * 1000] * 3), octets)
            assert response.status == 204
            assert request(glance, "GET", f"/v2/images/{target}")[1]["size"] == 3000
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200}, statuses


def test_a_patch_of_tags_and_more_reaches_both(glance, front, new):
    image = new(tags=["a"])
    operations = [{"op": "replace", "path": "/name", "value": "other"}, {"op": "add", "path": "/tags/-", "value": "b"}]
    operations.append({"op": "add", "path": "/os_distro", "value": "debian"})
    status, shown = patch(front, glance, image, *operations)
    assert (status, shown["name"], sorted(shown["tags"]), shown["os_distro"]) == (200, "other", ["a", "b"], "debian")
    assert request(glance, "GET", f"/v2/images/{image}")[1] == shown
    status, shown = patch(front, glance, image, {"op": "replace", "path": "/tags", "value": ["c"]})
    assert (status, shown["tags"]) == (200, ["c"])
    status, shown = patch(front, glance, image, {"op": "replace", "path": "/name", "value": "third"})
    assert (status, shown["name"], shown["tags"]) == (200, "third", ["c"])


def test_a_patch_that_either_refuses_changes_nothing(glance, front, new):
    image = new(tags=["a"])
    before = request(glance, "GET", f"/v2/images/{image}")[1]
    tag = {"op": "add", "path": "/tags/-", "value": "b"}
    status, _ = patch(front, glance, image, tag, {"op": "replace", "path": "/status", "value": "active"})
    assert status == 403
    long = {"op": "replace", "path": "/tags", "value": [f"t{number}" for number in range(200)]}
    status, _ = patch(front, glance, image, {"op": "replace", "path": "/name", "value": "other"}, long)
    assert status == 413
    status, _ = patch(front, glance, image, {"op": "move", "from": "/name", "path": "/tags/-"})
    assert status == 400
    assert request(glance, "GET", f"/v2/images/{image}")[1] == before


def test_an_exclusive_tag_moves_whichever_way_it_is_set(glance, front, send, new):
    first, second, third = new(), new(), new()
    assert send("PUT", f"/v2/images/{first}/tags/prod").status == 204
    status, _ = patch(front, glance, second, {"op": "add", "path": "/tags/-", "value": "prod"}, {"op": "replace", "path": "/name", "value": "x"})
    assert status == 200
    created = new(tags=["prod", "other"])
    shown = {image: request(glance, "GET", f"/v2/images/{image}")[1]["tags"] for image in (first, second, created)}
    assert {image: sorted(tags) for image, tags in shown.items()} == {first: [], second: [], created: ["other", "prod"]}
    assert send("PUT", f"/v2/tags/prod/image", {"image": third}).status in (200, 400)
    assert send("GET", "/v2/tags/prod/image").json["id"] in (third, created)


def test_the_openstack_command_moves_an_exclusive_tag(glance, front, new, tmp_path):
    first, second = new(), new()
    glance.identity.point("image", front.url)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **glance.identity.variables("member")}
    openstack = pathlib.Path(sys.executable).parent / "openstack"
    for image in (first, second):
        command = [openstack, "image", "set", "--tag", "prod", "--property", "set=yes", image]
        done = subprocess.run(command, capture_output=True, env=environment, timeout=120, text=True)
        assert done.returncode == 0, done.stderr
    shown = [request(glance, "GET", f"/v2/images/{image}")[1] for image in (first, second)]
    assert [image["tags"] for image in shown] == [[], ["prod"]]
    assert [image["set"] for image in shown] == ["yes", "yes"]


def test_an_image_with_an_immutable_tag_is_not_deleted(glance, send, new):
    image = new(tags=["released"])
    assert send("DELETE", f"/v2/images/{image}").status == 403
    assert request(glance, "GET", f"/v2/images/{image}")[0] == 200
    other = new()
    assert send("DELETE", f"/v2/images/{other}").status == 204
    assert send("DELETE", f"/v2/images/{other}").status == 404


def test_lists_by_filters_that_glance_does_not_have_are_answered(send, new):
    image = new(tags=["only-here"])
    listed = send("GET", "/v2/images?tags-any=only-here,absent").json["images"]
    assert [shown["id"] for shown in listed] == [image]


def test_a_glance_that_does_not_answer_is_a_503(glance):
    with beside(glance, IMAGE_TAGS__GLANCE__UPSTREAM="http://127.0.0.1:9") as service:
        response = service.send("GET", "/v2/images", glance.token)
        assert response.status == 503
        assert service.send("GET", "/v2/tags", glance.token).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v2/images/{id}?_method=PATCH"),
        ("GET", "/v2/images/{id}?_method=DELETE"),
        ("PUT", "/v2/images?%5Fmethod=POST"),
        ("PUT", "/v2/schemas/../images/{id}/tags/around"),
        ("PUT", "/x/%2e%2E/v2/images/{id}/tags/around"),
        ("PUT", "/v2/images/{id}%2Ftags%2Faround"),
        ("PUT", "/v2%2Fimages%2F{id}%2Ftags%2Faround"),
        ("PUT", "/v2/images/{id}%5Ctags%5Caround"),
        ("DELETE", "/v2/images/{id}%0A"),
        ("DELETE", "/v2/images/{id}%2Ftags%2Fkept"),
        ("PUT", "/v2.16/images/{id}/tags/around"),
        ("PUT", "/v2.18/images/{id}/tags/around"),
        ("DELETE", "/v2.14/images/{id}"),
    ],
)
def test_no_other_spelling_of_a_request_goes_round_the_service(glance, front, new, method, path):
    image = new(tags=["kept"])
    patched = b'[{"op": "replace", "path": "/tags", "value": ["around"]}]'
    response, _ = raw(front, glance, method, path.format(id=image), patched, {"Content-Type": PATCH})
    assert response.status in (300, 400, 404), response.status
    status, shown = request(glance, "GET", f"/v2/images/{image}")
    assert (status, shown["tags"]) == (200, ["kept"])


@pytest.mark.parametrize("pointer", ["/tags ", "/ tags", "/\ttags", "/\x1ctags", "//tags"])
def test_no_other_spelling_of_a_pointer_goes_round_the_rules(glance, front, new, pointer):
    holder, image = new(tags=["prod"]), new(tags=["kept"])
    status, _ = patch(front, glance, image, {"op": "replace", "path": pointer, "value": ["prod"]})
    shown = [request(glance, "GET", f"/v2/images/{id}")[1]["tags"] for id in (holder, image)]
    assert (status, shown) in ((200, [[], ["prod"]]), (400, [["prod"], ["kept"]])), (status, shown)


def test_a_form_may_stand_for_another_method_and_is_refused(glance, front, new):
    image = new()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    response, _ = raw(front, glance, "POST", f"/v2/images/{image}", b"_method=DELETE", kind)
    assert response.status == 400
    assert request(glance, "GET", f"/v2/images/{image}")[0] == 200


def test_what_a_client_says_about_itself_does_not_reach_glance(glance, front):
    headers = {"X-Forwarded-Host": "attacker.example", "Forwarded": "host=attacker.example", "Connection": "x-forwarded-host"}
    response, body = raw(front, glance, "GET", "/", headers=headers)
    assert response.status == 300
    assert b"attacker" not in body


def test_a_long_list_of_tags_does_not_hide_one_with_a_rule(glance, new):
    holder = new(tags=["prod"])
    long = [f"{number}{',' * 240}" for number in range(45)]
    image = new(tags=["prod", *long])
    shown = [request(glance, "GET", f"/v2/images/{id}")[1]["tags"] for id in (holder, image)]
    assert shown[0] == []
    assert sorted(shown[1]) == sorted(["prod", *long])


def test_preconditions_count_for_patches_that_only_glance_applies(glance, front, new):
    image = new()
    body = b'[{"op": "replace", "path": "/name", "value": "other"}]'
    headers = {"Content-Type": PATCH, "If-Match": '"stale"'}
    assert raw(front, glance, "PATCH", f"/v2/images/{image}", body, headers)[0].status == 412
    assert request(glance, "GET", f"/v2/images/{image}")[1]["name"] == "fronted"
    tag = front.send("GET", f"/v2/images/{image}/tags", glance.token).headers["ETag"]
    assert raw(front, glance, "PATCH", f"/v2/images/{image}", body, headers | {"If-Match": tag})[0].status == 200


def test_a_tag_that_the_database_cannot_keep_stops_a_patch_before_glance_does_its_part(glance, front, new):
    image = new()
    operations = [{"op": "replace", "path": "/name", "value": "other"}, {"op": "add", "path": "/tags/-", "value": "\U0001f427"}]
    assert patch(front, glance, image, *operations)[0] == 400
    assert request(glance, "GET", f"/v2/images/{image}")[1]["name"] == "fronted"


def test_odd_tags_can_be_set_and_removed_by_the_service(glance, front, send, new):
    image = new()
    for tag in ("a%5Cb", "%2E%2E", "a%2Fb", "%09x", "deploy_method", "%2510"):
        assert send("PUT", f"/v2/images/{image}/tags/{tag}").status == 204, tag
        assert send("DELETE", f"/v2/images/{image}/tags/{tag}").status == 204, tag


def test_without_a_check_nothing_is_done_by_halves(glance, rules, front, new):
    image = new()
    variables = {"IMAGE_TAGS__GLANCE__UPSTREAM": glance.url, "IMAGE_TAGS__GLANCE__ASSUME_CHECKED": "false"}
    with beside(glance, config=rules, **variables) as service:
        operations = [{"op": "replace", "path": "/name", "value": "other"}, {"op": "add", "path": "/tags/-", "value": "b"}]
        assert patch(service, glance, image, *operations)[0] == 503
        body = {"name": "half", "tags": ["prod"], "disk_format": "raw", "container_format": "bare"}
        assert service.send("POST", "/v2/images", glance.token, body).status == 503
        assert service.send("GET", "/v2/images?name=half", glance.token).json["images"] == []
        # What is Glance's alone goes on.
        assert patch(service, glance, image, operations[0])[0] == 200
        assert service.send("DELETE", f"/v2/images/{image}", glance.token).status == 204


def test_a_preflight_request_is_answered_by_glance(glance, front, new):
    headers = {"Origin": "https://horizon.example", "Access-Control-Request-Method": "PUT"}
    ours, _ = raw(front, glance, "OPTIONS", f"/v2/images/{new()}/file", headers=headers)
    theirs, _ = raw(glance, glance, "OPTIONS", f"/v2/images/{new()}/file", headers=headers)
    assert ours.status == theirs.status
