"""seed.py DIRECTORY: create the database and the keys of the cloud. Each test run copies them."""

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

# Call Keystone's API in this process, without a socket. Keystone would parse the arguments of this
# script as its own.
del sys.argv[1:]
os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(configuration)
from keystone.wsgi.api import application  # noqa: E402
from werkzeug.test import Client  # noqa: E402

client = Client(application)


def request(method, path, body=None, token=None):
    response = client.open("/v3" + path, method=method, json=body, headers={"X-Auth-Token": token} if token else None)
    assert response.status_code < 300, f"{method} {path}: {response.status} {response.text}"
    return response


def login(user):
    project, _ = cloud.USERS[user]
    domain = {"id": "default"}
    password = {"user": {"name": user, "domain": domain, "password": cloud.PASSWORDS[user]}}
    scope = {"project": {"name": project, "domain": domain}}
    body = {"auth": {"identity": {"methods": ["password"], "password": password}, "scope": scope}}
    return request("POST", "/auth/tokens", body).headers["X-Subject-Token"]


admin = login("admin")


def ids_by_name(plural):
    return {item["name"]: item["id"] for item in request("GET", f"/{plural}", token=admin).json[plural]}


def create(plural, **attributes):
    kind = plural.removesuffix("s")
    return request("POST", f"/{plural}", {kind: attributes}, token=admin).json[kind]["id"]


roles, projects, users = ids_by_name("roles"), ids_by_name("projects"), ids_by_name("users")
for user, (project, role) in cloud.USERS.items():
    if role not in roles:
        roles[role] = create("roles", name=role)
    if project not in projects:
        projects[project] = create("projects", name=project, domain_id="default")
    if user not in users:
        users[user] = create("users", name=user, domain_id="default", password=cloud.PASSWORDS[user])
    scopes = [f"/projects/{projects[project]}"] + ["/domains/default"] * (user in cloud.DOMAIN_USERS)
    for scope in scopes:
        request("PUT", f"{scope}/users/{users[user]}/roles/{roles[role]}", token=admin)

# The catalog. Each run sets the URLs when it knows its ports.
create("regions", id=cloud.REGION)
endpoints = {}
for name, kind in [("keystone", "identity"), ("image-tags", "image"), ("image-tags-remote", "image_remote")]:
    service = ids_by_name("services").get(name) or create("services", name=name, type=kind)
    for interface in ["public", "internal", "admin"]:
        attributes = {"service_id": service, "interface": interface, "region_id": cloud.REGION}
        endpoints[f"{kind} {interface}"] = create("endpoints", url="http://127.0.0.1:9", **attributes)

# The application credential with which the service can log in instead of its password.
credential = {"application_credential": {"name": "image-tags"}}
path = f"/users/{users['image-tags']}/application_credentials"
credential = request("POST", path, credential, token=login("image-tags")).json["application_credential"]
credential = {key: credential[key] for key in ["id", "secret"]}

seed = {"users": users, "projects": projects, "roles": roles, "endpoints": endpoints, "credential": credential}
(home / "cloud.json").write_text(json.dumps(seed, indent=1))
