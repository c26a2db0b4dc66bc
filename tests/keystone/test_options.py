"""The options of [auth.keystone] that the other tests do not need, with a real Keystone."""

import cloud
from stack import running


def works(service, keystone):
    token = keystone.login("member")
    image = service.create(token)
    assert service.ask("PUT", f"/v2/images/{image}/tags/x", token).status == 204
    assert service.ask("PUT", f"/v2/images/{image}/tags/x", "no-token-at-all").status == 401
    return True


def test_the_service_logs_in_with_an_application_credential(keystone):
    credential = keystone.made["credential"]
    keys = {"application_credential_id": credential["id"], "application_credential_secret": credential["secret"]}
    with running(keystone, auth_type="v3applicationcredential", password="", username="", project_name="", **keys) as service:
        assert works(service, keystone)


def test_the_password_may_be_in_a_file(keystone, tmp_path):
    file = tmp_path / "password"
    file.write_text(cloud.PASSWORDS["image-tags"] + "\n")
    with running(keystone, password="", password_file=file) as service:
        assert works(service, keystone)


def test_the_version_may_be_in_the_url(keystone):
    with running(keystone, auth_url=keystone.url + "/v3/") as service:
        assert works(service, keystone)


def test_another_address_may_be_told_to_clients(keystone):
    with running(keystone, www_authenticate_uri="https://identity.example/v3") as service:
        answer = service.ask("GET", "/v2/images")
        assert answer.headers["WWW-Authenticate"] == 'Keystone uri="https://identity.example/v3"'
