"""The spans of requests, as a collector receives them."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest
from collector import collecting, values
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from program import EXAMPLE, TOKENS

DEBIAN = "82c96579-ba53-4a84-a69a-716382fe0293"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(method, url, **headers):
    """Send a request and return the status of the answer."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, headers={"X-Auth-Token": TOKENS["member"], **headers})
    try:
        with OPENER.open(request, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as response:
        with response:
            return response.code


def run(requests, **variables):
    """Run the program, send it requests by the function `requests`, stop it, and return its log."""
    environment = {"IMAGE_TAGS__LOG__FORMAT": "json", "NO_PROXY": "127.0.0.1", **variables}
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}, **environment}
    command = [os.environ["IMAGE_TAGS"], "--config", EXAMPLE, "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    with process:
        lines = []
        for line in process.stderr:
            lines.append(json.loads(line))
            if lines[-1]["message"] == "serving":
                break
        else:
            raise RuntimeError(f"the program exited with code {process.wait()}: {lines}")
        requests("http://" + lines[-1]["listen"])
        process.terminate()
        lines += [json.loads(line) for line in process.stderr]
        assert process.wait(timeout=20) == 0
    return lines


def requests(url):
    tag = f"{url}/v2.7/images/{DEBIAN}/tags/a%20b?secret"
    assert send("PUT", tag, traceparent=f"00-{TRACE}-{PARENT}-01", tracestate="congo=t61") == 204
    assert send("GET", f"{url}/v2/images/{DEBIAN}", traceparent="00-invalid") == 200
    assert send("BREW", f"{url}/v2/nowhere") == 501


@pytest.fixture(scope="module")
def exported():
    """The log and what a collector has received of these requests."""
    with collecting() as (url, collector):
        log = run(requests, OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_EXPORTER_OTLP_HEADERS="x-key=secret")
    return log, collector


def test_a_request_is_one_span_of_a_server_with_its_route_and_its_status(exported):
    _, collector = exported
    put, get, other = collector.spans
    assert [span.kind for span in collector.spans] == [Span.SPAN_KIND_SERVER] * 3
    assert put.name == "PUT /v2/images/{image_id}/tags/{tag}"
    expected = {
        "http.request.method": "PUT",
        "http.route": "/v2/images/{image_id}/tags/{tag}",
        "http.response.status_code": 204,
        "url.scheme": "http",
        "url.path": f"/v2.7/images/{DEBIAN}/tags/a%20b",
        "client.address": "127.0.0.1",
    }
    assert values(put.attributes) == expected
    assert put.end_time_unix_nano > put.start_time_unix_nano
    assert get.name == "GET /v2/images/{image_id}"
    assert put.status.code == get.status.code == Status.STATUS_CODE_UNSET
    assert (other.name, other.status.code) == ("HTTP", Status.STATUS_CODE_ERROR)
    assert values(other.attributes)["error.type"] == "501"
    assert values(other.attributes)["http.request.method"] == "_OTHER"
    assert values(other.attributes)["http.request.method_original"] == "BREW"
    assert "http.route" not in values(other.attributes)


def test_a_span_is_below_that_of_the_caller_if_it_has_one(exported):
    _, collector = exported
    put, get, _ = collector.spans
    assert (put.trace_id.hex(), put.parent_span_id.hex(), put.trace_state) == (TRACE, PARENT, "congo=t61")
    assert get.parent_span_id == b"" and get.trace_id.hex() != TRACE


def test_the_log_has_the_ids_of_the_span(exported):
    log, collector = exported
    put, get, _ = (line for line in log if line["message"] == "request")
    first, second, _ = collector.spans
    assert (put["trace_id"], put["parent_id"], put["span_id"]) == (TRACE, PARENT, first.span_id.hex())
    assert (get["trace_id"], get["span_id"]) == (second.trace_id.hex(), second.span_id.hex())
    assert "parent_id" not in get


def test_the_standard_variables_apply(exported):
    _, collector = exported
    assert collector.resource["service.name"] == "image-tags"
    assert collector.headers[0]["x-key"] == "secret"
    with collecting() as (url, other):
        named = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url + "/v1/traces", "OTEL_SERVICE_NAME": "other"}
        run(requests, **named)
        assert other.resource["service.name"] == "other"
    with collecting() as (url, other):
        run(requests, OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_TRACES_SAMPLER="always_off")
        run(requests, OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_SDK_DISABLED="true")
        assert not other.requests


def test_a_caller_that_does_not_record_a_trace_is_followed(exported):
    with collecting() as (url, collector):
        run(lambda service: send("GET", service + "/versions", traceparent=f"00-{TRACE}-{PARENT}-00"), OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert not collector.requests


def test_a_collector_that_is_not_there_disturbs_nothing():
    with collecting() as (url, _):
        pass
    log = run(requests, OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert [line["status"] for line in log if line.get("message") == "request"] == [204, 200, 501]


def test_without_an_endpoint_there_is_no_span():
    log = run(requests)
    put, get, _ = (line for line in log if line["message"] == "request")
    assert (put["trace_id"], put["parent_id"]) == (TRACE, PARENT)
    assert "span_id" not in put and "trace_id" not in get
