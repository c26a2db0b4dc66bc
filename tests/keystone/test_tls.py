"""Keystone behind TLS: the service trusts the authority that it is told to trust, and no other."""

import pytest

from stack import running
from tls import in_front_of


@pytest.fixture(scope="module")
def tls(keystone, tmp_path_factory):
    with in_front_of(keystone.port, tmp_path_factory.mktemp("tls")) as (port, authority):
        # The catalog has no TLS; in a region that it does not have, tokens are validated at `auth_url`.
        yield {"auth_url": f"https://127.0.0.1:{port}", "region_name": "Elsewhere"}, authority


def test_a_certificate_of_the_authority_in_cafile_is_trusted(keystone, tls):
    keys, authority = tls
    with running(keystone, **keys, cafile=authority) as service:
        assert service.ask("GET", "/v2/images", keystone.login("member")).status == 200
        assert service.ask("GET", "/v2/images", "no-token-at-all").status == 401


def test_a_certificate_of_another_authority_is_not_and_the_log_says_so(keystone, tls):
    keys, _ = tls
    with running(keystone, **keys) as service:
        assert service.ask("GET", "/v2/images", keystone.login("member")).status == 503
    [said] = [line for line in service.lines if '"level":"ERROR"' in line and "image_tags::" in line]
    assert "invalid peer certificate" in said


def test_with_insecure_any_certificate_is_taken_and_the_log_warns(keystone, tls):
    keys, _ = tls
    with running(keystone, **keys, insecure="true") as service:
        assert service.ask("GET", "/v2/images", keystone.login("member")).status == 200
    assert any("auth.keystone.insecure" in line and '"level":"WARN"' in line for line in service.lines)


def test_without_tls_no_certificates_are_needed(keystone):
    """As in a container that has none."""
    nowhere = {"SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"}
    with running(keystone, environment=nowhere) as service:
        assert service.ask("GET", "/v2/images", keystone.login("member")).status == 200
