"""No answer is lost that is there before the request body has come: by no client, and through no proxy.

Each client sends requests that are refused by their heads alone, over the connections that it keeps, and says what
became of each: its status, or why there is none.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from servers import TOKENS, before, program

HERE = pathlib.Path(__file__).resolve().parent
BUILT = HERE.parents[1] / "target" / "pressure"
COUNT = 150 if os.environ.get("FULL") else 20
WRONG = "0123456789abcdef0123456789abcdef"
ABSENT = "/v2/images/00000000-0000-4000-8000-000000000000/file"

# What is sent: method, path, token, media type, bytes; and the status that it gets.
REQUESTS = {
    "9 bytes": ("POST", "/v2/images", WRONG, "application/json", 9, 401),
    "40 KB": ("POST", "/v2/images", WRONG, "application/json", 40_000, 401),
    "400 KB": ("POST", "/v2/images", WRONG, "application/json", 400_000, 401),
    "1 MiB": ("PUT", ABSENT, TOKENS["member"], "application/octet-stream", 1 << 20, 404),
}


@pytest.fixture(scope="session")
def clients():
    """How each client is called."""
    binary = BUILT / "early-answers"
    environment = {**os.environ, "GOCACHE": str(BUILT / "go"), "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", binary, HERE / "clients" / "client.go"], check=True, env=environment)
    return {
        "go": [binary],
        "node": ["node", HERE / "clients" / "client.js"],
        "python": [sys.executable, HERE / "clients" / "client.py"],
    }


@pytest.mark.parametrize("client", ["go", "node", "python"])
@pytest.mark.parametrize("way", ["directly", "nginx", "nginx-keepalive", "nginx-unbuffered", "haproxy"])
def test_no_answer_is_lost(way, client, clients, tmp_path):
    wrong = {}
    with program() as url, before(way, url, tmp_path) as reached:
        for name, (method, path, token, media_type, size, expected) in REQUESTS.items():
            for pause in (0, 20):
                given = {"method": method, "url": reached + path, "token": token, "type": media_type}
                given |= {"size": size, "count": COUNT, "pause": pause}
                done = subprocess.run(
                    [*clients[client], json.dumps(given)], capture_output=True, text=True, timeout=300
                )
                assert done.returncode == 0, done.stderr
                outcomes = json.loads(done.stdout)
                if outcomes != {str(expected): COUNT}:
                    wrong[f"{name}, body after {pause} ms"] = outcomes
    assert wrong == {}
