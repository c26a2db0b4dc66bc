"""A Keystone and the service, each a process on a free port, and requests to them."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request

import cloud

HERE = pathlib.Path(__file__).resolve().parent
DEFAULT = {"id": "default"}
# Everything is on loopback, so the proxies of the environment are ignored.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Response:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


def send(method, url, token=None, body=None, headers=None):
    """Send a request, and return the response whatever its status is."""
    headers = {**(headers or {})}
    if token:
        headers["X-Auth-Token"] = token
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body).encode()
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with OPENER.open(request, timeout=60) as response:
            return Response(response)
    except urllib.error.HTTPError as response:
        with response:
            return Response(response)


class Keystone:
    """A Keystone with a copy of the seed database."""

    def __init__(self, home):
        self.environment = pathlib.Path(os.environ["KEYSTONE"])
        self.home = home
        shutil.copytree(self.environment / "seed", home)
        self.seed = json.loads((home / "cloud.json").read_text())
        self.port = 0
        self.start()
        self.point("identity", self.url + "/v3")

    def start(self):
        """Start the process: on a free port the first time, on the same port after that."""
        command = [self.environment / "bin" / "python", HERE / "serve.py", self.home, str(self.port)]
        # It exits when its standard input is closed, so it does not outlive the tests.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline()
        if not port:
            raise RuntimeError(f"Keystone exited with {self.process.wait()}: see {self.home}/keystone.log")
        self.port = int(port)
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def send(self, method, path, body=None, token=None, headers=None):
        response = send(method, self.url + "/v3" + path, token or self.admin(), body, headers)
        assert response.status < 300, f"{method} {path}: {response.status} {response.body}"
        return response

    def admin(self):
        return self.login("admin")

    def login(self, user, scope="project"):
        """Return a new token of the user: scope `project`, `domain`, `system` or `unscoped`."""
        project = {"project": {"name": cloud.USERS[user][0], "domain": DEFAULT}}
        scopes = {"project": project, "domain": {"domain": DEFAULT}, "system": {"system": {"all": True}}, "unscoped": "unscoped"}
        password = {"user": {"name": user, "domain": DEFAULT, "password": cloud.PASSWORDS[user]}}
        return self.token({"methods": ["password"], "password": password}, scope=scopes[scope])

    def token(self, identity, **scope):
        response = send("POST", self.url + "/v3/auth/tokens", body={"auth": {"identity": identity, **scope}})
        assert response.status == 201, response.body
        return response.headers["X-Subject-Token"]

    def variables(self, user):
        """Return the variables of an RC file for a user."""
        return {
            "OS_AUTH_URL": self.url + "/v3",
            "OS_USERNAME": user,
            "OS_PASSWORD": cloud.PASSWORDS[user],
            "OS_PROJECT_NAME": cloud.USERS[user][0],
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_REGION_NAME": cloud.REGION,
            "OS_IDENTITY_API_VERSION": "3",
        }

    def application_credential(self, user, **attributes):
        """Create an application credential, and return the identity object that `token` accepts."""
        body = {"application_credential": {"name": str(attributes), **attributes}}
        path = f"/users/{self.seed['users'][user]}/application_credentials"
        created = self.send("POST", path, body, token=self.login(user)).json["application_credential"]
        return {"methods": ["application_credential"], "application_credential": {key: created[key] for key in ["id", "secret"]}}

    def revoke(self, token):
        self.send("DELETE", "/auth/tokens", headers={"X-Subject-Token": token})

    def change(self, kind, name, **attributes):
        """Change a `user` or a `project`."""
        self.send("PATCH", f"/{kind}s/{self.seed[f'{kind}s'][name]}", {kind: attributes})
        self.settle()

    def settle(self):
        """Wait for the next second.

        Keystone's revocation events have a resolution of one second: a revocation also covers tokens
        that are issued later in the same second.
        """
        time.sleep(1.01 - time.time() % 1)

    def point(self, kind, url):
        """Set the URL of a service in the catalog."""
        for interface in ["public", "internal", "admin"]:
            endpoint = self.seed["endpoints"][f"{kind} {interface}"]
            self.send("PATCH", f"/endpoints/{endpoint}", {"endpoint": {"url": url}})


class Service:
    """The service. Collects its log, one JSON object per line."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        for line in process.stderr:
            self.lines.append(line)
            line = json.loads(line)
            if line.get("message") == "serving":
                self.url = "http://" + line["listen"]
                break
        else:
            raise RuntimeError(f"the service exited with {process.wait()}: {self.log}")
        self.reader = threading.Thread(target=lambda: self.lines.extend(process.stderr))
        self.reader.start()

    @property
    def log(self):
        return "".join(self.lines)

    def send(self, method, path, token=None, body=None, headers=None):
        return send(method, self.url + path, token, body, headers)

    def create(self, token, **attributes):
        """Create an image, and return its id."""
        body = {"name": "image", "disk_format": "raw", "container_format": "bare", **attributes}
        response = self.send("POST", "/v2/images", token, body)
        assert response.status == 201, response.body
        return response.json["id"]

    def tags(self, image, token):
        return self.send("GET", f"/v2/images/{image}", token).json["tags"]


@contextlib.contextmanager
def running(keystone, environment=None, config=None, **keys):
    """Run the service, connected to `keystone`.

    `keys` override [auth.keystone], `environment` adds variables; `config` is another configuration.
    """
    keys = {"auth_url": keystone.url, "password": cloud.PASSWORDS["image-tags"], **keys}
    variables = {f"IMAGE_TAGS__AUTH__KEYSTONE__{key.upper()}": str(value) for key, value in keys.items()}
    process = subprocess.Popen(
        [os.environ["IMAGE_TAGS"], "--config", config or HERE / "config.toml", "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "IMAGE_TAGS__LOG__FORMAT": "json", "IMAGE_TAGS__LOG__LEVEL": "trace", **variables, **(environment or {})},
    )
    service = Service(process)
    try:
        yield service
    finally:
        if process.poll() is not None:
            raise RuntimeError(f"the service exited with {process.returncode}: {service.lines[-3:]}")
        process.terminate()
        code = process.wait(timeout=20)
    # Not in the `finally`: it would hide an earlier error.
    service.reader.join()
    assert code == 0
    # No test may leave a secret in the log, although the level is `trace`.
    for secret in [*cloud.PASSWORDS.values(), keystone.seed["credential"]["secret"], "gAAAAA"]:
        assert secret not in service.log
