"""An answer that is ready before the request body has arrived reaches every client, directly and through proxies.

Each client sends requests that the service refuses by their heads alone, over persistent connections, and reports the
status or the error of each request.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from program import TOKENS, serving
from proxies import proxied

HERE = pathlib.Path(__file__).resolve().parent
BUILT = HERE.parents[1] / "target" / "pressure"
COUNT = 150 if os.environ.get("FULL") else 20
WRONG = "0123456789abcdef0123456789abcdef"
ABSENT = "/v2/images/00000000-0000-4000-8000-000000000000/file"

# Requests: method, path, token, media type, body size in bytes, and the expected status.
REQUESTS = {
    "9 bytes": ("POST", "/v2/images", WRONG, "application/json", 9, 401),
    "40 KB": ("POST", "/v2/images", WRONG, "application/json", 40_000, 401),
    "400 KB": ("POST", "/v2/images", WRONG, "application/json", 400_000, 401),
    "1 MiB": ("PUT", ABSENT, TOKENS["member"], "application/octet-stream", 1 << 20, 404),
}


@pytest.fixture(scope="session")
def clients():
    """The command of each client."""
    binary = BUILT / "early-answers"
    environment = {**os.environ, "GOCACHE": str(BUILT / "go"), "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", binary, HERE / "clients" / "client.go"], check=True, env=environment)
    return {
        "go": [binary],
        "node": ["node", HERE / "clients" / "client.js"],
        "python": [sys.executable, HERE / "clients" / "client.py"],
    }


@pytest.mark.parametrize("client", ["go", "node", "python"])
@pytest.mark.parametrize("proxy", ["directly", "nginx", "nginx-keepalive", "nginx-unbuffered", "haproxy"])
def test_no_answer_is_lost(proxy, client, clients, tmp_path):
    wrong = {}
    with serving({}, stop_timeout=40) as url, proxied(proxy, url, tmp_path) as endpoint:
        for name, (method, path, token, media_type, size, expected) in REQUESTS.items():
            for delay in (0, 20):
                request = {"method": method, "url": endpoint + path, "token": token, "type": media_type}
                request |= {"size": size, "count": COUNT, "delay": delay}
                done = subprocess.run(
                    [*clients[client], json.dumps(request)], capture_output=True, text=True, timeout=300
                )
                assert done.returncode == 0, done.stderr
                outcomes = json.loads(done.stdout)
                if outcomes != {str(expected): COUNT}:
                    wrong[f"{name}, body after {delay} ms"] = outcomes
    assert wrong == {}
