"""Outages of Keystone and refused logins.

Cached tokens stay valid, and the service recovers by itself.
"""

import os
import signal
import time

import pytest

import cloud
from stack import running


def wait_for_status(request, status, seconds=60):
    """Repeat the request until it has the expected status. Return the last status."""
    end = time.monotonic() + seconds
    while (last := request()).status != status and time.monotonic() < end:
        time.sleep(0.1)
    return last.status


@pytest.fixture
def outage(keystone):
    """Return a function that stops Keystone. It is started again after the test."""
    yield keystone.stop
    if keystone.process.poll() is not None:
        keystone.start()


def is_503(response):
    assert response.status == 503
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert b"127.0.0.1" not in response.body, "the body reveals an internal address"
    return True


def test_cached_tokens_stay_valid_in_an_outage_and_new_ones_are_accepted_after_it(keystone, service, outage):
    cached, new = keystone.login("member"), keystone.login("member")
    image = service.create(cached)
    outage()
    assert service.send("PUT", f"/v2/images/{image}/tags/x", cached).status == 204
    assert is_503(service.send("PUT", f"/v2/images/{image}/tags/y", new))
    assert is_503(service.send("PUT", f"/v2/images/{image}/tags/y", "no-token-at-all"))
    assert service.send("PUT", f"/v2/images/{image}/tags/y").status == 401
    assert service.send("GET", "/healthcheck").status == 200
    assert service.tags(image, cached) == ["x"]

    keystone.start()
    assert wait_for_status(lambda: service.send("PUT", f"/v2/images/{image}/tags/y", new), 204) == 204
    assert service.send("PUT", f"/v2/images/{image}/tags/y", "no-token-at-all").status == 401


def test_the_service_starts_during_an_outage_and_works_after_it(keystone, outage):
    token = keystone.login("member")
    outage()
    with running(keystone) as service:
        assert is_503(service.send("GET", "/v2/images", token))
        keystone.start()
        assert wait_for_status(lambda: service.send("GET", "/v2/images", token), 200) == 200


def test_a_keystone_that_hangs_gives_503_in_time(keystone):
    with running(keystone, http_connect_timeout=4, http_request_max_retries=0) as service:
        cached, new = keystone.login("member"), keystone.login("member")
        assert service.send("GET", "/v2/images", cached).status == 200
        os.kill(keystone.process.pid, signal.SIGSTOP)
        try:
            start = time.monotonic()
            assert is_503(service.send("GET", "/v2/images", new))
            assert time.monotonic() - start < 12
            assert service.send("GET", "/v2/images", cached).status == 200
        finally:
            os.kill(keystone.process.pid, signal.SIGCONT)
        assert wait_for_status(lambda: service.send("GET", "/v2/images", new), 200) == 200


def test_with_a_wrong_password_every_token_gets_503_and_the_log_shows_why(keystone):
    wrong = "a-wrong-password"
    with running(keystone, password=wrong) as service:
        token = keystone.login("member")
        assert is_503(service.send("GET", "/v2/images", token))
        assert is_503(service.send("GET", "/v2/images", "no-token-at-all"))
        assert service.send("GET", "/v2/images").status == 401
        # Once the password is right, the service recovers without a restart. The backoff after a
        # refused login is longer than after other failures.
        keystone.change("user", "image-tags", password=wrong)
        try:
            assert wait_for_status(lambda: service.send("GET", "/v2/images", token), 200) == 200
        finally:
            keystone.change("user", "image-tags", password=cloud.PASSWORDS["image-tags"])
    errors = [line for line in service.lines if '"level":"ERROR"' in line]
    assert any("Keystone refuses the service's own credentials" in line for line in errors), service.log
    assert wrong not in service.log


def test_without_the_role_to_validate_every_token_gets_503_and_the_log_names_the_role(keystone):
    account = {"username": "auditor", "password": cloud.PASSWORDS["auditor"], "project_name": "alpha"}
    with running(keystone, **account) as service:
        assert is_503(service.send("GET", "/v2/images", keystone.login("member")))
    errors = [line for line in service.lines if '"level":"ERROR"' in line]
    assert any("the service's own user may not validate tokens" in line and "role service" in line for line in errors), service.log


def test_the_service_logs_in_again_when_its_own_token_is_revoked(keystone):
    with running(keystone, token_cache_time=0) as service:
        token = keystone.login("member")
        assert service.send("GET", "/v2/images", token).status == 200
        # Setting the password revokes every token of the user, even if the password stays the same.
        keystone.change("user", "image-tags", password=cloud.PASSWORDS["image-tags"])
        assert service.send("GET", "/v2/images", token).status == 200
        assert service.send("GET", "/v2/images", "no-token-at-all").status == 401
