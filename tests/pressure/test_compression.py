"""Go's net/http, on which gophercloud and Terraform build, reads a compressed list of 1,000 images."""

import json
import os
import pathlib
import subprocess
import urllib.request

from program import TOKENS, serving

HERE = pathlib.Path(__file__).resolve().parent
BUILT = HERE.parents[1] / "target" / "pressure"


def create(url, name):
    body = json.dumps({"name": name, "tags": ["compressed"]}).encode()
    headers = {"X-Auth-Token": TOKENS["member"], "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url + "/v2/images", body, headers), timeout=10).close()


def test_net_http_reads_a_compressed_list():
    binary = BUILT / "list"
    environment = {**os.environ, "GOCACHE": str(BUILT / "go"), "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", binary, HERE / "clients" / "list.go"], check=True, env=environment)
    with serving({}) as url:
        for number in range(1000):
            create(url, f"image-{number:04}")
        path = "/v2/images?limit=1000&tag=compressed"
        done = subprocess.run([binary, url + path, TOKENS["member"]], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (0, "1000 true\n"), done.stderr
