"""The program with its metrics on, a stand-in for Keystone, and a Prometheus that scrapes the program."""

import contextlib
import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from keystone_standin import TOKEN, keystone
from ports import free_port
from program import EXAMPLE, ROOT, serving

IMAGE = "82c96579-ba53-4a84-a69a-716382fe0293"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@contextlib.contextmanager
def measured(directory):
    """The program over SQLite and the stand-in. Yields its URL and the one of its metrics."""
    example = EXAMPLE.read_text()
    # Static tokens and the embedded identity exclude Keystone.
    kept = [part for part in example.split("\n\n") if "[[auth.tokens]]\n" not in part and "[[identity." not in part]
    configuration = pathlib.Path(directory) / "config.toml"
    configuration.write_text("\n\n".join(kept))
    port = free_port()
    with keystone() as url:
        environment = {
            "IMAGE_TAGS__METRICS__LISTEN": f"127.0.0.1:{port}",
            "IMAGE_TAGS__STORE__URL": f"sqlite://{directory}/images.db",
            "IMAGE_TAGS__AUTH__MODE": "keystone",
            "IMAGE_TAGS__IDENTITY__ENABLED": "false",
            "IMAGE_TAGS__AUTH__KEYSTONE__AUTH_URL": url + "/v3",
            "IMAGE_TAGS__AUTH__KEYSTONE__USERNAME": "image-tags",
            "IMAGE_TAGS__AUTH__KEYSTONE__PASSWORD": "of-the-service",
            "IMAGE_TAGS__AUTH__KEYSTONE__PROJECT_NAME": "service",
        }
        with serving(environment, configuration) as service:
            yield service, f"http://127.0.0.1:{port}/metrics"


def send(service, method, path, token=TOKEN):
    """The status of the answer."""
    request = urllib.request.Request(service + path, headers={"X-Auth-Token": token}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def send_all(service, number):
    """Sends a request of each kind."""
    assert send(service, "PUT", f"/v2/images/{IMAGE}/tags/build-{number % 8}") == 204
    assert send(service, "GET", f"/v2/images/{IMAGE}") == 200
    assert send(service, "GET", "/v2/images?tag=build-1") == 200
    assert send(service, "DELETE", f"/v2/images/{IMAGE}/tags/build-{number % 8}") == 204
    assert send(service, "DELETE", f"/v2/images/{UNKNOWN}/tags/x") == 404
    assert send(service, "GET", "/v2/images", token=f"unknown-{number % 16}") == 401
    assert send(service, "GET", "/healthcheck", token="") == 200


def scrape(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read().decode()


class Prometheus:
    def __init__(self, url):
        self.url = url

    def get(self, path, **parameters):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{url}: {error.read().decode()}") from error

    def query(self, expression):
        return self.get("query", query=expression)["result"]


@contextlib.contextmanager
def prometheus(directory, metrics):
    """A Prometheus with the alert rules, which scrapes the program every second."""
    port = free_port()
    configuration = pathlib.Path(directory) / "prometheus.yml"
    configuration.write_text(
        f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{ROOT}/deploy/prometheus/alerts.yaml]
scrape_configs:
  - job_name: image-tags
    static_configs: [{{targets: ["{urllib.parse.urlsplit(metrics).netloc}"]}}]
"""
    )
    with open(f"{directory}/prometheus.log", "w") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={configuration}",
                f"--storage.tsdb.path={directory}/prometheus",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    server = Prometheus(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 60
        # Rates need a few scrapes.
        while not has_scraped(server, 5):
            assert process.poll() is None and time.monotonic() < deadline, pathlib.Path(log.name).read_text()
            time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)


def has_scraped(server, times):
    try:
        counted = server.query("count_over_time(image_tags_build_info[5m])")
    except (OSError, RuntimeError):
        # It does not listen yet, or is not ready to answer.
        return False
    return bool(counted) and int(counted[0]["value"][1]) >= times
