"""seed.py DIRECTORY: makes the database and the keys of the cloud. Each run of the tests starts from a copy."""

import json
import os
import pathlib
import subprocess
import sys

import cloud

home = pathlib.Path(sys.argv[1]).resolve()
home.mkdir(parents=True)
configuration = cloud.configure(home)


def manage(*arguments):
    program = pathlib.Path(sys.executable).parent / "keystone-manage"
    subprocess.run([program, "--config-file", configuration, *arguments], check=True, stderr=subprocess.DEVNULL)


owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
manage("db_sync")
for keys in ["fernet", "credential"]:
    (home / keys).mkdir(mode=0o700)
    manage(f"{keys}_setup", *owner)
manage("bootstrap", "--bootstrap-password", cloud.PASSWORDS["admin"])

# The rest goes through Keystone's API, without a socket. Keystone must not take our arguments for its own.
del sys.argv[1:]
os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(configuration)
from keystone.wsgi.api import application  # noqa: E402
from werkzeug.test import Client  # noqa: E402

client = Client(application)


def ask(method, path, body=None, token=None):
    answer = client.open("/v3" + path, method=method, json=body, headers={"X-Auth-Token": token} if token else None)
    assert answer.status_code < 300, f"{method} {path}: {answer.status} {answer.text}"
    return answer


def login(user):
    project, _ = cloud.USERS[user]
    domain = {"id": "default"}
    password = {"user": {"name": user, "domain": domain, "password": cloud.PASSWORDS[user]}}
    scope = {"project": {"name": project, "domain": domain}}
    body = {"auth": {"identity": {"methods": ["password"], "password": password}, "scope": scope}}
    return ask("POST", "/auth/tokens", body).headers["X-Subject-Token"]


admin = login("admin")


def named(plural):
    return {thing["name"]: thing["id"] for thing in ask("GET", f"/{plural}", token=admin).json[plural]}


def create(plural, **attributes):
    kind = plural.removesuffix("s")
    return ask("POST", f"/{plural}", {kind: attributes}, token=admin).json[kind]["id"]


roles, projects, users = named("roles"), named("projects"), named("users")
for user, (project, role) in cloud.USERS.items():
    if role not in roles:
        roles[role] = create("roles", name=role)
    if project not in projects:
        projects[project] = create("projects", name=project, domain_id="default")
    if user not in users:
        users[user] = create("users", name=user, domain_id="default", password=cloud.PASSWORDS[user])
    scopes = [f"/projects/{projects[project]}"] + ["/domains/default"] * (user in cloud.DOMAIN_USERS)
    for scope in scopes:
        ask("PUT", f"{scope}/users/{users[user]}/roles/{roles[role]}", token=admin)

# The catalog. The URLs are set when a run knows its ports.
create("regions", id=cloud.REGION)
endpoints = {}
for name, kind in [("keystone", "identity"), ("image-tags", "image")]:
    service = named("services").get(name) or create("services", name=name, type=kind)
    for interface in ["public", "internal", "admin"]:
        attributes = {"service_id": service, "interface": interface, "region_id": cloud.REGION}
        endpoints[f"{kind} {interface}"] = create("endpoints", url="http://127.0.0.1:9", **attributes)

# Another way for the service to log in.
credential = {"application_credential": {"name": "image-tags"}}
path = f"/users/{users['image-tags']}/application_credentials"
credential = ask("POST", path, credential, token=login("image-tags")).json["application_credential"]
credential = {key: credential[key] for key in ["id", "secret"]}

made = {"users": users, "projects": projects, "roles": roles, "endpoints": endpoints, "credential": credential}
(home / "cloud.json").write_text(json.dumps(made, indent=1))
