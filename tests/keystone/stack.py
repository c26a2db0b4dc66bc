"""A Keystone and the program, each a process on a free port, and what the tests ask them by themselves."""

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
# All is on the loopback, whatever proxies the environment has.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


def ask(method, url, token=None, body=None, headers=None):
    """One request, with whatever status its answer has."""
    headers = {**(headers or {})}
    if token:
        headers["X-Auth-Token"] = token
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body).encode()
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with OPENER.open(request, timeout=60) as response:
            return Answer(response)
    except urllib.error.HTTPError as response:
        with response:
            return Answer(response)


class Keystone:
    """Keystone over a copy of the seeded database."""

    def __init__(self, home):
        self.environment = pathlib.Path(os.environ["KEYSTONE"])
        self.home = home
        shutil.copytree(self.environment / "seed", home)
        self.made = json.loads((home / "cloud.json").read_text())
        self.port = 0
        self.start()
        self.point("identity", self.url + "/v3")

    def start(self):
        """Starts it: the first time on a free port, then on the same."""
        command = [self.environment / "bin" / "python", HERE / "serve.py", self.home, str(self.port)]
        # It ends with its standard input, so that it does not outlive the tests.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline()
        if not port:
            raise RuntimeError(f"Keystone has ended with {self.process.wait()}: see {self.home}/keystone.log")
        self.port = int(port)
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def ask(self, method, path, body=None, token=None, headers=None):
        answer = ask(method, self.url + "/v3" + path, token or self.admin(), body, headers)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body}"
        return answer

    def admin(self):
        return self.login("admin")

    def login(self, user, scope="project"):
        """A new token of the user's: for its project, for the domain, for the system, or `unscoped`."""
        project = {"project": {"name": cloud.USERS[user][0], "domain": DEFAULT}}
        scopes = {"project": project, "domain": {"domain": DEFAULT}, "system": {"system": {"all": True}}, "unscoped": "unscoped"}
        password = {"user": {"name": user, "domain": DEFAULT, "password": cloud.PASSWORDS[user]}}
        return self.token({"methods": ["password"], "password": password}, scope=scopes[scope])

    def token(self, identity, **scope):
        answer = ask("POST", self.url + "/v3/auth/tokens", body={"auth": {"identity": identity, **scope}})
        assert answer.status == 201, answer.body
        return answer.headers["X-Subject-Token"]

    def application_credential(self, user, **attributes):
        """A new one, in the form that `token` takes."""
        body = {"application_credential": {"name": str(attributes), **attributes}}
        path = f"/users/{self.made['users'][user]}/application_credentials"
        made = self.ask("POST", path, body, token=self.login(user)).json["application_credential"]
        return {"methods": ["application_credential"], "application_credential": {key: made[key] for key in ["id", "secret"]}}

    def revoke(self, token):
        self.ask("DELETE", "/auth/tokens", headers={"X-Subject-Token": token})

    def change(self, kind, name, **attributes):
        """Changes a `user` or a `project`."""
        self.ask("PATCH", f"/{kind}s/{self.made[f'{kind}s'][name]}", {kind: attributes})
        self.settle()

    def settle(self):
        """Waits for the next second. Keystone counts in them: what ends tokens ends those of the rest of the second, too."""
        time.sleep(1.01 - time.time() % 1)

    def point(self, kind, url):
        """Sets the URL of a service in the catalog."""
        for interface in ["public", "internal", "admin"]:
            endpoint = self.made["endpoints"][f"{kind} {interface}"]
            self.ask("PATCH", f"/endpoints/{endpoint}", {"endpoint": {"url": url}})


class Service:
    """The program. Its log is kept, one object a line."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        for line in process.stderr:
            self.lines.append(line)
            line = json.loads(line)
            if line["message"] == "serving":
                self.url = "http://" + line["listen"]
                break
        else:
            raise RuntimeError(f"the program has ended with {process.wait()}: {self.log}")
        self.reader = threading.Thread(target=lambda: self.lines.extend(process.stderr))
        self.reader.start()

    @property
    def log(self):
        return "".join(self.lines)

    def ask(self, method, path, token=None, body=None, headers=None):
        return ask(method, self.url + path, token, body, headers)

    def create(self, token, **attributes):
        """A new image; its id."""
        body = {"name": "image", "disk_format": "raw", "container_format": "bare", **attributes}
        answer = self.ask("POST", "/v2/images", token, body)
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def tags(self, image, token):
        return self.ask("GET", f"/v2/images/{image}", token).json["tags"]


@contextlib.contextmanager
def running(keystone, environment=None, **keys):
    """The program with Keystone's password for it. `keys` are of [auth.keystone], `environment` is more of it."""
    keys = {"auth_url": keystone.url, "password": cloud.PASSWORDS["image-tags"], **keys}
    variables = {f"IMAGE_TAGS__AUTH__KEYSTONE__{key.upper()}": str(value) for key, value in keys.items()}
    process = subprocess.Popen(
        [os.environ["IMAGE_TAGS"], "--config", HERE / "config.toml", "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "IMAGE_TAGS__LOG__FORMAT": "json", "IMAGE_TAGS__LOG__LEVEL": "trace", **variables, **(environment or {})},
    )
    service = Service(process)
    try:
        yield service
    finally:
        if process.poll() is not None:
            raise RuntimeError(f"the program has ended with {process.returncode}: {service.lines[-3:]}")
        process.terminate()
        code = process.wait(timeout=20)
    # Not in the `finally`: it would hide what went wrong before.
    service.reader.join()
    assert code == 0
    # Whatever a test does: nothing secret is in the log, though it says all it can.
    for secret in [*cloud.PASSWORDS.values(), keystone.made["credential"]["secret"], "gAAAAA"]:
        assert secret not in service.log
