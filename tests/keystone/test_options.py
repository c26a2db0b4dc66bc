"""Options of [auth.keystone] that the other tests do not use, with a real Keystone."""

import cloud
from stack import running


def is_working(service, keystone):
    token = keystone.login("member")
    image = service.create(token)
    assert service.send("PUT", f"/v2/images/{image}/tags/x", token).status == 204
    assert service.send("PUT", f"/v2/images/{image}/tags/x", "no-token-at-all").status == 401
    return True


def test_the_service_logs_in_with_an_application_credential(keystone):
    credential = keystone.seed["credential"]
    keys = {"application_credential_id": credential["id"], "application_credential_secret": credential["secret"]}
    with running(keystone, auth_type="v3applicationcredential", password="", username="", project_name="", **keys) as service:
        assert is_working(service, keystone)


def test_the_password_can_be_in_a_file(keystone, tmp_path):
    file = tmp_path / "password"
    file.write_text(cloud.PASSWORDS["image-tags"] + "\n")
    with running(keystone, password="", password_file=file) as service:
        assert is_working(service, keystone)


def test_the_url_can_contain_the_version(keystone):
    with running(keystone, auth_url=keystone.url + "/v3/") as service:
        assert is_working(service, keystone)


def test_clients_can_be_given_another_url(keystone):
    with running(keystone, www_authenticate_uri="https://identity.example/v3") as service:
        response = service.send("GET", "/v2/images")
        assert response.headers["WWW-Authenticate"] == 'Keystone uri="https://identity.example/v3"'
