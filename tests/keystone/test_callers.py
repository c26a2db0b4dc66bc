"""Who may tag: the roles, projects and scopes that Keystone says a token has."""

import pytest

import cloud


def put_and_delete(service, image, token, **headers):
    """What the two say to a tag; a tag that was put is there, and gone after."""
    return [service.ask(method, f"/v2/images/{image}/tags/x", token, headers=headers).status for method in ["PUT", "DELETE"]]


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
def test_a_token_without_project_sees_nothing(keystone, service, private, public, user, scope):
    token = keystone.login(user, scope)
    assert put_and_delete(service, private, token) == [404] * 2
    assert put_and_delete(service, public, token) == [404] * 2
    assert service.ask("GET", f"/v2/images/{public}", token).status == 404
    assert service.ask("GET", "/v2/images", token).status == 403
    assert service.ask("POST", "/v2/images", token, {"name": "x"}).status == 403


def test_members_of_a_shared_image_look_at_it_and_do_not_tag_it(keystone, service, tokens):
    image = service.create(tokens["member"], visibility="shared")
    assert put_and_delete(service, image, tokens["stranger"]) == [404] * 2
    beta = keystone.made["projects"]["beta"]
    service.ask("POST", f"/v2/images/{image}/members", tokens["member"], {"member": beta})
    assert service.ask("GET", f"/v2/images/{image}", tokens["stranger"]).status == 200
    assert put_and_delete(service, image, tokens["stranger"]) == [403] * 2


def test_an_application_credential_has_the_roles_that_it_was_made_with(keystone, service, tokens, private):
    every = keystone.token(keystone.application_credential("member"))
    assert put_and_delete(service, private, every) == [204] * 2
    reader = [{"id": keystone.made["roles"]["reader"]}]
    fewer = keystone.token(keystone.application_credential("member", roles=reader))
    assert put_and_delete(service, private, fewer) == [403] * 2


def test_images_belong_to_the_project_of_the_token(keystone, service, tokens, private):
    image = service.ask("GET", f"/v2/images/{private}", tokens["reader"]).json
    assert image["owner"] == keystone.made["projects"][cloud.USERS["member"][0]]


def test_a_token_with_access_rules_is_401_for_they_are_not_enforced(keystone, service):
    """Keystone vouches for such tokens only to services that say that they enforce the rules."""
    rules = [{"service": "image", "method": "GET", "path": "/v2/images"}]
    token = keystone.token(keystone.application_credential("member", access_rules=rules))
    assert service.ask("GET", "/v2/images", token).status == 401


@pytest.mark.parametrize("token", [None, "", "0c3a50a694f44b748abd8e0660ecbd45", "gAAAAA" + "x" * 177, "x" * 8192, "../../../v3/users"])
def test_what_is_no_token_is_401_and_told_where_to_get_one(keystone, service, private, token):
    answer = service.ask("PUT", f"/v2/images/{private}/tags/x", headers={} if token is None else {"X-Auth-Token": token})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == f'Keystone uri="{keystone.url}"'
    assert "Allow" not in answer.headers


def test_identity_headers_from_outside_do_not_count(keystone, service, tokens, private):
    made = keystone.made
    spoofed = {
        "X-Identity-Status": "Confirmed",
        "X-Service-Identity-Status": "Confirmed",
        "X-User-Id": made["users"]["admin"],
        "X-User": "admin",
        "X-Project-Id": made["projects"]["alpha"],
        "X-Tenant-Id": made["projects"]["alpha"],
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
