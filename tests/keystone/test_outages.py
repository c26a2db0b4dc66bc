"""When Keystone is away, or does not let the service in: what is known goes on, and all comes back by itself."""

import os
import signal
import time

import pytest

import cloud
from stack import running


def soon(answer, status, seconds=60):
    """Asks until the status is the one that is waited for."""
    end = time.monotonic() + seconds
    while (last := answer()).status != status and time.monotonic() < end:
        time.sleep(0.1)
    return last.status


@pytest.fixture
def away(keystone):
    """Stops Keystone. It is back after the test, whatever happens."""
    yield keystone.stop
    if keystone.process.poll() is not None:
        keystone.start()


def is_503(answer):
    assert answer.status == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert b"127.0.0.1" not in answer.body, "nothing of the inside shows"
    return True


def test_known_tokens_go_on_while_keystone_is_away_and_new_ones_when_it_is_back(keystone, service, away):
    known, unknown = keystone.login("member"), keystone.login("member")
    image = service.create(known)
    away()
    assert service.ask("PUT", f"/v2/images/{image}/tags/x", known).status == 204
    assert is_503(service.ask("PUT", f"/v2/images/{image}/tags/y", unknown))
    assert is_503(service.ask("PUT", f"/v2/images/{image}/tags/y", "no-token-at-all"))
    assert service.ask("PUT", f"/v2/images/{image}/tags/y").status == 401
    assert service.ask("GET", "/healthcheck").status == 200
    assert service.tags(image, known) == ["x"]

    keystone.start()
    assert soon(lambda: service.ask("PUT", f"/v2/images/{image}/tags/y", unknown), 204) == 204
    assert service.ask("PUT", f"/v2/images/{image}/tags/y", "no-token-at-all").status == 401


def test_the_service_starts_without_keystone_and_works_when_it_is_there(keystone, away):
    token = keystone.login("member")
    away()
    with running(keystone) as service:
        assert is_503(service.ask("GET", "/v2/images", token))
        keystone.start()
        assert soon(lambda: service.ask("GET", "/v2/images", token), 200) == 200


def test_a_keystone_that_hangs_is_a_503_in_time(keystone):
    with running(keystone, http_connect_timeout=4, http_request_max_retries=0) as service:
        known, unknown = keystone.login("member"), keystone.login("member")
        assert service.ask("GET", "/v2/images", known).status == 200
        os.kill(keystone.process.pid, signal.SIGSTOP)
        try:
            start = time.monotonic()
            assert is_503(service.ask("GET", "/v2/images", unknown))
            assert time.monotonic() - start < 12
            assert service.ask("GET", "/v2/images", known).status == 200
        finally:
            os.kill(keystone.process.pid, signal.SIGCONT)
        assert soon(lambda: service.ask("GET", "/v2/images", unknown), 200) == 200


def test_with_a_wrong_password_every_token_is_503_and_the_log_says_why(keystone):
    wrong = "a-wrong-password"
    with running(keystone, password=wrong) as service:
        token = keystone.login("member")
        assert is_503(service.ask("GET", "/v2/images", token))
        assert is_503(service.ask("GET", "/v2/images", "no-token-at-all"))
        assert service.ask("GET", "/v2/images").status == 401
        # When the password is what Keystone knows, all is well without a restart. A login that was refused waits longer
        # than others before it is tried again.
        keystone.change("user", "image-tags", password=wrong)
        try:
            assert soon(lambda: service.ask("GET", "/v2/images", token), 200) == 200
        finally:
            keystone.change("user", "image-tags", password=cloud.PASSWORDS["image-tags"])
    said = [line for line in service.lines if '"level":"ERROR"' in line]
    assert any("Keystone refuses the service's own credentials" in line for line in said), service.log
    assert wrong not in service.log


def test_without_a_role_that_may_ask_every_token_is_503_and_the_log_says_which_is_needed(keystone):
    account = {"username": "auditor", "password": cloud.PASSWORDS["auditor"], "project_name": "alpha"}
    with running(keystone, **account) as service:
        assert is_503(service.ask("GET", "/v2/images", keystone.login("member")))
    said = [line for line in service.lines if '"level":"ERROR"' in line]
    assert any("the service's own user may not validate tokens" in line and "role service" in line for line in said), service.log


def test_the_service_logs_in_again_when_its_own_token_is_revoked(keystone):
    with running(keystone, token_cache_time=0) as service:
        token = keystone.login("member")
        assert service.ask("GET", "/v2/images", token).status == 200
        # A password that is set ends every token of the user's, even if it is the same password.
        keystone.change("user", "image-tags", password=cloud.PASSWORDS["image-tags"])
        assert service.ask("GET", "/v2/images", token).status == 200
        assert service.ask("GET", "/v2/images", "no-token-at-all").status == 401
