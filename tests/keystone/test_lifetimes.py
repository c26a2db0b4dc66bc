"""The end of a token: by expiry or by revocation."""

import datetime
import time

import pytest

from stack import running


@pytest.fixture(scope="module")
def uncached(keystone):
    """The service without a token cache: a revocation takes effect at once."""
    with running(keystone, token_cache_time=0) as service:
        yield service


def test_a_revoked_token_gets_401(keystone, uncached):
    token = keystone.login("member")
    image = uncached.create(token)
    assert uncached.send("PUT", f"/v2/images/{image}/tags/x", token).status == 204
    keystone.revoke(token)
    assert uncached.send("DELETE", f"/v2/images/{image}/tags/x", token).status == 401
    assert uncached.tags(image, keystone.login("member")) == ["x"]


def test_a_revoked_token_gets_401_when_its_cache_entry_expires(keystone):
    with running(keystone, token_cache_time=8) as service:
        token = keystone.login("member")
        image = service.create(token)
        keystone.revoke(token)
        assert service.send("GET", f"/v2/images/{image}", token).status == 200
        time.sleep(8.1)
        assert service.send("PUT", f"/v2/images/{image}/tags/x", token).status == 401


def disabled_user(keystone, enabled):
    keystone.change("user", "stranger", enabled=enabled)


def disabled_project(keystone, enabled):
    keystone.change("project", "beta", enabled=enabled)


def removed_role(keystone, enabled):
    seed = keystone.seed
    path = f"/projects/{seed['projects']['beta']}/users/{seed['users']['stranger']}/roles/{seed['roles']['member']}"
    keystone.send("PUT" if enabled else "DELETE", path)
    keystone.settle()


@pytest.mark.parametrize("change", [disabled_user, disabled_project, removed_role])
def test_a_token_is_revoked_with_its_user_project_or_role(keystone, uncached, change):
    token = keystone.login("stranger")
    assert uncached.send("GET", "/v2/images", token).status == 200
    change(keystone, enabled=False)
    try:
        assert uncached.send("GET", "/v2/images", token).status == 401
    finally:
        change(keystone, enabled=True)


def test_an_expired_token_gets_401_although_it_is_cached(keystone, service):
    """A token of Keystone is valid for an hour, but no longer than its application credential."""
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=10)
    identity = keystone.application_credential("member", expires_at=end.strftime("%Y-%m-%dT%H:%M:%S.%f"))
    cached, uncached_token = keystone.token(identity), keystone.token(identity)
    image = service.create(cached)
    assert service.send("PUT", f"/v2/images/{image}/tags/x", cached).status == 204

    time.sleep((end - datetime.datetime.now(datetime.UTC)).total_seconds() + 0.2)
    for token in [cached, uncached_token]:
        assert service.send("DELETE", f"/v2/images/{image}/tags/x", token).status == 401
