"""The embedded Identity service beside the real one: the same cloud, the same requests, the same answers."""

import json
import os
import subprocess

import pytest

import cloud
from stack import DEFAULT, Service, send

# A user with a default project, which the cloud of the other tests does not have.
WITH_DEFAULT = "with-default"
USERS = ["admin", "member", "reader", "auditor", "stranger"]
PATHS = [
    "/projects",
    "/projects?name=alpha",
    "/projects?name=alpha&domain_id=default",
    "/projects?domain_id=another",
    "/projects?is_domain=true",
    "/projects?enabled=false",
    "/projects/{alpha}",
    "/projects/{beta}",
    "/projects/nothing",
    "/auth/projects",
    "/users/{member}",
    "/users/{stranger}",
    "/users/{with-default}",
    "/users/nobody",
    "/users/{member}/projects",
    "/users/{member}/projects?name=alpha",
    "/users/{member}/projects?name=x",
    "/users/{stranger}/projects",
    "/users/nobody/projects",
    "/domains",
    "/domains?name=Default",
    "/domains?name=x",
    "/domains?enabled=no",
    "/domains/default",
    "/domains/nothing",
]


@pytest.fixture(scope="module")
def ids(keystone):
    """The ids of users and projects by their names."""
    seed = keystone.seed
    project = seed["projects"]["alpha"]
    user = {"name": WITH_DEFAULT, "domain_id": "default", "password": cloud.PASSWORDS["member"], "default_project_id": project}
    created = keystone.send("POST", "/users", {"user": user}).json["user"]["id"]
    roles = {role["name"]: role["id"] for role in keystone.send("GET", "/roles").json["roles"]}
    keystone.send("PUT", f"/projects/{project}/users/{created}/roles/{roles['manager']}")
    return {**seed["projects"], **seed["users"], WITH_DEFAULT: created}


@pytest.fixture(scope="module")
def embedded(keystone, ids, tmp_path_factory):
    """The service with the cloud of the real Keystone in its configuration."""
    entries = ["[identity]", "enabled = true"]
    for name, project in keystone.seed["projects"].items():
        entries += ["[[identity.projects]]", f"id = {json.dumps(project)}", f"name = {json.dumps(name)}"]
    users = {**cloud.USERS, WITH_DEFAULT: ("alpha", "manager")}
    for name, (project, role) in users.items():
        password = cloud.PASSWORDS.get(name, cloud.PASSWORDS["member"])
        entries += ["[[identity.users]]", f"id = {json.dumps(ids[name])}", f"name = {json.dumps(name)}"]
        entries += [f"password = {json.dumps(password)}", f"projects = {{ {project} = [{json.dumps(role)}] }}"]
    entries.append('default_project = "alpha"')
    path = tmp_path_factory.mktemp("embedded") / "config.toml"
    path.write_text("\n".join(entries))
    process = subprocess.Popen(
        [os.environ["IMAGE_TAGS"], "--config", path, "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "IMAGE_TAGS__LOG__FORMAT": "json"},
    )
    service = Service(process)
    yield service.url + "/identity"
    process.terminate()
    assert process.wait(timeout=20) == 0
    service.reader.join()


def login(url, identity, scope):
    auth = {"identity": identity} if scope is None else {"identity": identity, "scope": scope}
    return send("POST", url + "/v3/auth/tokens", body={"auth": auth})


def by_password(user):
    password = cloud.PASSWORDS.get(user, cloud.PASSWORDS["member"])
    return {"methods": ["password"], "password": {"user": {"name": user, "domain": DEFAULT, "password": password}}}


def by_token(token):
    return {"methods": ["token"], "token": {"id": token}}


def answer(response, url):
    """The status and the body, without what differs by chance: where the service is, and the order of lists."""
    body = json.loads(response.body.decode().replace(url, "URL"))
    if "projects" in body:
        body["projects"].sort(key=lambda project: project["id"])
        for project in body["projects"]:
            project.pop("description")
    return response.status, body


def granted(response):
    """The status and what a token grants, without ids of roles, times and the catalog."""
    body = response.json
    if response.status != 201:
        return response.status, body
    token = body["token"]
    assert ("catalog" in token) == ("project" in token)
    for own in ["catalog", "issued_at", "expires_at"]:
        token.pop(own, None)
    token["audit_ids"] = len(token["audit_ids"])
    token["methods"].sort()
    if "roles" in token:
        token["roles"] = sorted(role["name"] for role in token["roles"])
    return 201, token


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("scope", ["project", "unscoped"])
def test_both_answer_alike(keystone, embedded, ids, user, scope):
    wanted = "unscoped" if scope == "unscoped" else {"project": {"name": cloud.USERS[user][0], "domain": DEFAULT}}
    urls = [keystone.url, embedded]
    tokens = [login(url, by_password(user), wanted).headers["X-Subject-Token"] for url in urls]
    for path in PATHS:
        path = "/v3" + path.format_map(ids)
        real, ours = [answer(send("GET", url + path, token), url) for url, token in zip(urls, tokens)]
        for status, body in [real, ours]:
            if status == 200 and "project" in body:
                body["project"].pop("description")
        assert ours == real, path


@pytest.mark.parametrize("user", [*USERS, WITH_DEFAULT])
def test_both_grant_the_same(keystone, embedded, ids, user):
    project = cloud.USERS.get(user, ("alpha", ""))[0]
    scopes = [
        None,
        "unscoped",
        {"project": {"name": project, "domain": {"name": "Default"}}},
        {"project": {"id": ids[project]}},
        {"project": {"name": "nothing", "domain": DEFAULT}},
        {"domain": {"name": "another"}},
    ]
    unscoped = [login(url, by_password(user), "unscoped").headers["X-Subject-Token"] for url in [keystone.url, embedded]]
    for scope in scopes:
        real, ours = [granted(login(url, by_password(user), scope)) for url in [keystone.url, embedded]]
        assert ours == real, scope
        rescoped = [granted(login(url, by_token(token), scope)) for url, token in zip([keystone.url, embedded], unscoped)]
        assert rescoped[1] == rescoped[0], scope
