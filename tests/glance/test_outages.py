"""The service, Glance and the database are killed while tags are changed: with the triggers, what was acknowledged stays."""

import collections
import contextlib
import http.client
import os
import pathlib
import random
import signal
import subprocess
import threading
import time
import urllib.parse

import pytest
from conftest import store_url
from ports import free_port
from race import request

HERE = pathlib.Path(__file__).resolve().parent
SERVER = HERE.parent / "databases/server"
CLIENTS, IMAGES, SECONDS = 8, 4, 40 if os.environ.get("FULL") == "1" else 12


class Service:
    """The service on a port that stays the same when it is started again."""

    def __init__(self, glance):
        import cloud

        self.address = f"127.0.0.1:{free_port()}"
        self.environment = os.environ | {
            "IMAGE_TAGS__STORE__URL": store_url(),
            "IMAGE_TAGS__GLANCE__ASSUME_CHECKED": "true",
            "IMAGE_TAGS__AUTH__KEYSTONE__AUTH_URL": glance.identity.url,
            "IMAGE_TAGS__AUTH__KEYSTONE__PASSWORD": cloud.PASSWORDS["image-tags"],
            "IMAGE_TAGS__LOG__LEVEL": "warn",
        }
        self.start()

    def start(self):
        config = HERE.parent / "keystone/config.toml"
        command = [os.environ["IMAGE_TAGS"], "--config", config, "--listen", self.address]
        self.process = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def send(self, method, path, token):
        """The status; None without an answer."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(self.address, timeout=30)
            connection.request(method, path, headers={"X-Auth-Token": token})
            return connection.getresponse().status
        return None


class Client:
    """Changes tags of its own. After a change without an answer of success, a tag may be there or not."""

    def __init__(self, number, service, glance, images):
        self.number, self.service, self.token, self.images = number, service, glance.token, images
        # The states in which a tag may be.
        self.states = collections.defaultdict(lambda: {False})
        self.statuses = collections.Counter()

    def run(self, end):
        while time.monotonic() < end:
            image, tag = random.choice(self.images), f"client-{self.number}-{random.randrange(3)}"
            is_added = False in self.states[image, tag]
            status = self.service.send("PUT" if is_added else "DELETE", f"/v2/images/{image}/tags/{tag}", self.token)
            self.statuses[status] += 1
            if status == 204 or (status == 404 and not is_added):
                self.states[image, tag] = {is_added}
            else:
                self.states[image, tag] = self.states[image, tag] | {is_added}
                time.sleep(0.05)


def kill_glance(glance):
    """kill -9 of the processes that answer. uWSGI starts others."""
    children = subprocess.run(["pgrep", "-P", str(glance.process)], capture_output=True, text=True, check=True).stdout
    for child in map(int, children.split()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def restart_database(_):
    directory = os.environ["IMAGE_TAGS_TEST_MARIADB_SERVER"]
    for action in ("kill", "start"):
        subprocess.run([SERVER, action, directory], check=True)


def patch(glance, image, number):
    """Glance's own save, whatever it comes to."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(glance.url).netloc, timeout=30)
        body = f'[{{"op": "replace", "path": "/name", "value": "{number}"}}]'
        headers = {"X-Auth-Token": glance.token, "Content-Type": "application/openstack-images-v2.1-json-patch"}
        connection.request("PATCH", f"/v2/images/{image}", body, headers)
        connection.getresponse().read()


def tags_of(glance, image):
    for _ in range(100):
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, shown = request(glance, "GET", f"/v2/images/{image}")
            if status == 200:
                return shown["tags"]
        time.sleep(0.2)
    raise TimeoutError("Glance does not recover")


@pytest.mark.parametrize("what", ["the service", "Glance", "MariaDB"])
def test_what_was_acknowledged_stays_whatever_is_killed(glance, program, what):
    assert program("guard", "install").code == 0
    subprocess.run(["mariadb", "--no-defaults", *database_options(), "-e", "CREATE DATABASE IF NOT EXISTS glance_tags"], check=True)
    images = [request(glance, "POST", "/v2/images", {"name": "killed"})[1]["id"] for _ in range(IMAGES)]
    service = Service(glance)
    try:
        for _ in range(100):
            if service.send("GET", "/v2/tags", glance.token) == 200:
                break
            time.sleep(0.1)
        end = time.monotonic() + SECONDS
        clients = [Client(number, service, glance, images) for number in range(CLIENTS)]
        threads = [threading.Thread(target=client.run, args=(end,)) for client in clients]

        def patches():
            number = 0
            while time.monotonic() < end:
                number += 1
                patch(glance, random.choice(images), number)

        threads += [threading.Thread(target=patches) for _ in range(2)]
        for thread in threads:
            thread.start()
        kills = 0
        while time.monotonic() < end - 3:
            time.sleep(2)
            kills += 1
            if what == "the service":
                service.kill()
                service.start()
            else:
                {"Glance": kill_glance, "MariaDB": restart_database}[what](glance)
        for thread in threads:
            thread.join()
        statuses = sum((client.statuses for client in clients), collections.Counter())
        print(f"{what} killed {kills} times: {statuses}", flush=True)
        assert statuses[204] > 50, statuses
        for image in images:
            tags = tags_of(glance, image)
            assert len(tags) == len(set(tags)), tags
            wrong = [
                (tag, states)
                for client in clients
                for (other, tag), states in client.states.items()
                if other == image and (tag in tags) not in states
            ]
            assert not wrong, wrong
    finally:
        service.kill()
        assert program("guard", "remove").code == 0


def database_options():
    server = urllib.parse.urlsplit(os.environ["IMAGE_TAGS_TEST_MARIADB"])
    return ["--host", server.hostname, "--port", str(server.port), "--user", server.username]
