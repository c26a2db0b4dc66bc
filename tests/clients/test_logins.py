"""Logins with a password through the embedded identity."""

import json
import time

import keystoneauth1.exceptions
import openstack as sdk
import pytest

from conftest import PROJECT_IDS, ROOT, Failed, account, run, running

pytestmark = pytest.mark.parametrize("login", ["password"], indirect=True)


def test_token_issue_and_catalog_list(openstack, service):
    token = json.loads(openstack("token", "issue", "-f", "json"))
    assert token["project_id"] == PROJECT_IDS["demo"]
    catalog = json.loads(openstack("catalog", "list", "-f", "json"))
    urls = {entry["Type"]: {endpoint["url"] for endpoint in entry["Endpoints"]} for entry in catalog}
    assert urls == {"image": {service.url}, "identity": {service.url + "/identity"}}


def test_projects(openstack):
    listed = json.loads(openstack("project", "list", "-f", "json", user="admin"))
    assert {entry["Name"]: entry["ID"] for entry in listed} == PROJECT_IDS
    assert openstack("project", "show", "other", "-f", "value", "-c", "id", user="admin").strip() == PROJECT_IDS["other"]


def test_an_admin_shares_an_image_by_project_name(openstack, service):
    image = service.create("shared")["id"]
    openstack("image", "add", "project", image, "other", user="admin")
    assert PROJECT_IDS["other"] in openstack("image", "member", "list", image)


def test_a_revoked_token_is_refused(openstack, service):
    token = openstack("token", "issue", "-f", "value", "-c", "id").strip()
    auth = {"auth_url": service.url + "/identity", "token": token, "project_id": PROJECT_IDS["demo"]}
    by_token = dict(load_yaml_config=False, load_envvars=False, region_name="RegionOne", auth_type="v3token", auth=auth)
    assert list(sdk.connect(**by_token).image.images())
    openstack("token", "revoke", token)
    with pytest.raises(keystoneauth1.exceptions.Unauthorized):
        list(sdk.connect(**by_token).image.images())


def test_a_client_logs_in_again_when_its_token_has_expired(login):
    with running(IMAGE_TAGS__IDENTITY__TOKEN_SECONDS="1") as service:
        connection = sdk.connect(load_yaml_config=False, load_envvars=False, region_name="RegionOne", auth=account("member", service))
        first = connection.auth_token
        assert list(connection.image.images())
        time.sleep(1.1)
        assert list(connection.image.images())
        assert connection.auth_token != first


def test_a_wrong_password_is_refused(service, login, tmp_path):
    given = {f"OS_{key.upper()}": value for key, value in account("member", service).items()}
    with pytest.raises(Failed, match="401"):
        run("openstack", "token", "issue", home=tmp_path, **{**given, "OS_PASSWORD": "wrong"})


@pytest.mark.parametrize("cloud", ["demo", "other", "admin"])
def test_clouds_yaml(service, login, tmp_path, cloud):
    text = (ROOT / "clouds.yaml").read_text().replace("http://127.0.0.1:9292", service.url)
    (tmp_path / "clouds.yaml").write_text(text)
    listed = run("openstack", "--os-cloud", cloud, "image", "list", "-f", "value", "-c", "Name", home=tmp_path, OS_CLIENT_CONFIG_FILE=str(tmp_path / "clouds.yaml"))
    assert "ubuntu-24.04" in listed
    assert ("debian-12" in listed) == (cloud != "other")
