"""Authorization by the roles, projects and scopes of a token that Keystone validated."""

import pytest

import cloud


def put_and_delete(service, image, token, **headers):
    """Put and delete a tag, and return both statuses."""
    return [service.send(method, f"/v2/images/{image}/tags/x", token, headers=headers).status for method in ["PUT", "DELETE"]]


@pytest.fixture(scope="module")
def private(service, tokens):
    return service.create(tokens["member"], visibility="private")


@pytest.fixture(scope="module")
def public(service, tokens):
    return service.create(tokens["admin"], visibility="public")


@pytest.mark.parametrize(
    ("user", "of_its_project", "of_all"),
    [
        ("admin", 204, 204),
        ("member", 204, 403),
        ("reader", 403, 403),
        ("auditor", 404, 404),
        ("stranger", 404, 403),
        ("image-tags", 404, 404),
    ],
)
def test_the_role_in_the_project_decides(service, tokens, private, public, user, of_its_project, of_all):
    assert put_and_delete(service, private, tokens[user]) == [of_its_project] * 2
    assert put_and_delete(service, public, tokens[user]) == [of_all] * 2


@pytest.mark.parametrize(
    ("user", "scope"),
    [("admin", "unscoped"), ("admin", "domain"), ("admin", "system"), ("member", "unscoped"), ("member", "domain")],
)
def test_a_token_without_a_project_sees_nothing(keystone, service, private, public, user, scope):
    token = keystone.login(user, scope)
    assert put_and_delete(service, private, token) == [404] * 2
    assert put_and_delete(service, public, token) == [404] * 2
    assert service.send("GET", f"/v2/images/{public}", token).status == 404
    assert service.send("GET", "/v2/images", token).status == 403
    assert service.send("POST", "/v2/images", token, {"name": "x"}).status == 403


def test_members_of_a_shared_image_can_read_it_and_cannot_tag_it(keystone, service, tokens):
    image = service.create(tokens["member"], visibility="shared")
    assert put_and_delete(service, image, tokens["stranger"]) == [404] * 2
    beta = keystone.seed["projects"]["beta"]
    service.send("POST", f"/v2/images/{image}/members", tokens["member"], {"member": beta})
    assert service.send("GET", f"/v2/images/{image}", tokens["stranger"]).status == 200
    assert put_and_delete(service, image, tokens["stranger"]) == [403] * 2


def test_an_application_credential_has_the_roles_that_it_was_created_with(keystone, service, tokens, private):
    unrestricted = keystone.token(keystone.application_credential("member"))
    assert put_and_delete(service, private, unrestricted) == [204] * 2
    reader = [{"id": keystone.seed["roles"]["reader"]}]
    restricted = keystone.token(keystone.application_credential("member", roles=reader))
    assert put_and_delete(service, private, restricted) == [403] * 2


def test_images_belong_to_the_project_of_the_token(keystone, service, tokens, private):
    image = service.send("GET", f"/v2/images/{private}", tokens["reader"]).json
    assert image["owner"] == keystone.seed["projects"][cloud.USERS["member"][0]]


def test_a_token_with_access_rules_gets_401_because_the_service_does_not_enforce_them(keystone, service):
    """Keystone validates such tokens only for services that declare to enforce the rules."""
    rules = [{"service": "image", "method": "GET", "path": "/v2/images"}]
    token = keystone.token(keystone.application_credential("member", access_rules=rules))
    assert service.send("GET", "/v2/images", token).status == 401


@pytest.mark.parametrize("token", [None, "", "0c3a50a694f44b748abd8e0660ecbd45", "gAAAAA" + "x" * 177, "x" * 8192, "../../../v3/users"])
def test_an_invalid_token_gets_401_and_the_url_of_keystone(keystone, service, private, token):
    response = service.send("PUT", f"/v2/images/{private}/tags/x", headers={} if token is None else {"X-Auth-Token": token})
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == f'Keystone uri="{keystone.url}"'
    assert "Allow" not in response.headers


def test_identity_headers_of_the_client_are_ignored(keystone, service, tokens, private):
    seed = keystone.seed
    spoofed = {
        "X-Identity-Status": "Confirmed",
        "X-Service-Identity-Status": "Confirmed",
        "X-User-Id": seed["users"]["admin"],
        "X-User": "admin",
        "X-Project-Id": seed["projects"]["alpha"],
        "X-Tenant-Id": seed["projects"]["alpha"],
        "X-Tenant": "alpha",
        "X-Roles": "admin,member",
        "X-Role": "admin",
        "X-Is-Admin-Project": "True",
        "X-Service-Roles": "service",
        "X-Service-Token": tokens["image-tags"],
        "OpenStack-System-Scope": "all",
    }
    assert put_and_delete(service, private, None, **spoofed) == [401] * 2
    assert put_and_delete(service, private, tokens["reader"], **spoofed) == [403] * 2
    assert put_and_delete(service, private, tokens["stranger"], **spoofed) == [404] * 2
    assert put_and_delete(service, private, keystone.login("member", "unscoped"), **spoofed) == [404] * 2
