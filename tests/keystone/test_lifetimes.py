"""When a token ends: by itself, or because somebody ends it."""

import datetime
import time

import pytest

from stack import running


@pytest.fixture(scope="module")
def forgetful(keystone):
    """The program without a cache: what Keystone says counts at once."""
    with running(keystone, token_cache_time=0) as service:
        yield service


def test_a_revoked_token_is_401(keystone, forgetful):
    token = keystone.login("member")
    image = forgetful.create(token)
    assert forgetful.ask("PUT", f"/v2/images/{image}/tags/x", token).status == 204
    keystone.revoke(token)
    assert forgetful.ask("DELETE", f"/v2/images/{image}/tags/x", token).status == 401
    assert forgetful.tags(image, keystone.login("member")) == ["x"]


def test_a_revoked_token_is_401_when_the_cache_forgets_it(keystone):
    with running(keystone, token_cache_time=8) as service:
        token = keystone.login("member")
        image = service.create(token)
        keystone.revoke(token)
        assert service.ask("GET", f"/v2/images/{image}", token).status == 200
        time.sleep(8.1)
        assert service.ask("PUT", f"/v2/images/{image}/tags/x", token).status == 401


def disabled_user(keystone, back):
    keystone.change("user", "stranger", enabled=back)


def disabled_project(keystone, back):
    keystone.change("project", "beta", enabled=back)


def role_taken_away(keystone, back):
    made = keystone.made
    path = f"/projects/{made['projects']['beta']}/users/{made['users']['stranger']}/roles/{made['roles']['member']}"
    keystone.ask("PUT" if back else "DELETE", path)
    keystone.settle()


@pytest.mark.parametrize("change", [disabled_user, disabled_project, role_taken_away])
def test_a_token_ends_with_what_it_was_given_for(keystone, forgetful, change):
    token = keystone.login("stranger")
    assert forgetful.ask("GET", "/v2/images", token).status == 200
    change(keystone, back=False)
    try:
        assert forgetful.ask("GET", "/v2/images", token).status == 401
    finally:
        change(keystone, back=True)


def test_an_expired_token_is_401_though_the_cache_knows_it(keystone, service):
    """Keystone's tokens last for an hour, but none outlasts the application credential that it was had for."""
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=10)
    identity = keystone.application_credential("member", expires_at=end.strftime("%Y-%m-%dT%H:%M:%S.%f"))
    known, unknown = keystone.token(identity), keystone.token(identity)
    image = service.create(known)
    assert service.ask("PUT", f"/v2/images/{image}/tags/x", known).status == 204

    time.sleep((end - datetime.datetime.now(datetime.UTC)).total_seconds() + 0.2)
    for token in [known, unknown]:
        assert service.ask("DELETE", f"/v2/images/{image}/tags/x", token).status == 401
