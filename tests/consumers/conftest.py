"""Fixtures: the program on a free port, and requests to it that no consumer sends."""

import json
import urllib.request

import pytest

from program import CONFIG, TOKENS, serving

PASSWORDS = {user["name"]: user["password"] for user in CONFIG["identity"]["users"]}
PROJECT_IDS = {project["name"]: project["id"] for project in CONFIG["identity"]["projects"]}


class Service:
    def __init__(self, url):
        self.url = url

    def get(self, path, user="member"):
        request = urllib.request.Request(self.url + path, headers={"X-Auth-Token": TOKENS[user]})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def named(self, name):
        """The images with this name."""
        return self.get("/v2/images?name=" + name)["images"]


@pytest.fixture(scope="session")
def service():
    """The program, which runs for all tests."""
    with serving({}) as url:
        yield Service(url)
