"""Keystone behind TLS: the service trusts the configured certificate authority, and no other."""

import pytest

from stack import running
from tls import tls_proxy


@pytest.fixture(scope="module")
def tls(keystone, tmp_path_factory):
    with tls_proxy(keystone.port, tmp_path_factory.mktemp("tls")) as (port, authority):
        # The endpoint in the catalog has no TLS. The catalog has no such region, so tokens are
        # validated at `auth_url`.
        yield {"auth_url": f"https://127.0.0.1:{port}", "region_name": "Elsewhere"}, authority


def test_a_certificate_of_the_authority_in_cafile_is_trusted(keystone, tls):
    keys, authority = tls
    with running(keystone, **keys, cafile=authority) as service:
        assert service.send("GET", "/v2/images", keystone.login("member")).status == 200
        assert service.send("GET", "/v2/images", "no-token-at-all").status == 401


def test_a_certificate_of_another_authority_is_rejected_and_the_log_shows_it(keystone, tls):
    keys, _ = tls
    with running(keystone, **keys) as service:
        assert service.send("GET", "/v2/images", keystone.login("member")).status == 503
    [error] = [line for line in service.lines if '"level":"ERROR"' in line and "image_tags::" in line]
    assert "invalid peer certificate" in error


def test_with_insecure_any_certificate_is_accepted_and_the_log_warns(keystone, tls):
    keys, _ = tls
    with running(keystone, **keys, insecure="true") as service:
        assert service.send("GET", "/v2/images", keystone.login("member")).status == 200
    assert any("auth.keystone.insecure" in line and '"level":"WARN"' in line for line in service.lines)


def test_without_tls_no_certificates_are_needed(keystone):
    """As in a container without CA certificates."""
    nowhere = {"SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"}
    with running(keystone, environment=nowhere) as service:
        assert service.send("GET", "/v2/images", keystone.login("member")).status == 200
