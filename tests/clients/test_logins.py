"""Logins with a password through the embedded identity."""

import json
import time

import keystoneauth1.exceptions
import openstack as sdk
import pytest

from conftest import Failed, account, run, running
from program import EXAMPLE, PROJECT_IDS, ROOT

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


@pytest.mark.parametrize("user", ["member", "reader"])
def test_users_list_their_own_projects(openstack, user):
    """The list of all projects is forbidden to them, and the client then asks for those of the user."""
    listed = json.loads(openstack("project", "list", "-f", "json", user=user))
    assert listed == [{"ID": PROJECT_IDS["demo"], "Name": "demo"}]


def test_an_admin_lists_the_projects_of_a_user_and_of_a_domain(openstack):
    def names(*arguments):
        return sorted(openstack("project", "list", "-f", "value", "-c", "Name", *arguments, user="admin").split())

    assert names("--user", "admin") == ["admin", "demo"]
    assert names("--domain", "Default") == sorted(PROJECT_IDS)


def test_domains(openstack):
    [domain] = json.loads(openstack("domain", "list", "-f", "json", user="admin"))
    assert (domain["ID"], domain["Name"]) == ("default", "Default")
    for name in ["default", "Default"]:
        assert openstack("domain", "show", name, "-f", "value", "-c", "id", user="admin").strip() == "default"


@pytest.mark.parametrize("domain", ["default", "Default"])
def test_an_admin_names_projects_in_a_domain(openstack, service, domain):
    image = service.create("shared")["id"]
    openstack("image", "add", "project", "--project-domain", domain, image, "other", user="admin")
    assert PROJECT_IDS["other"] in openstack("image", "member", "list", image)
    openstack("image", "remove", "project", "--project-domain", domain, image, "other", user="admin")
    assert PROJECT_IDS["other"] not in openstack("image", "member", "list", image)
    openstack("image", "set", "--project", "other", "--project-domain", domain, image, user="admin")
    shown = json.loads(openstack("image", "show", "-f", "json", image, user="stranger"))
    assert shown["owner"] == PROJECT_IDS["other"]


def test_a_member_names_a_project_in_a_domain_by_its_id(openstack, service):
    """Only an admin can look up a name, so the client takes what it is given for an id."""
    image = service.create("shared")["id"]
    openstack("image", "add", "project", "--project-domain", "default", image, PROJECT_IDS["other"])
    assert PROJECT_IDS["other"] in openstack("image", "member", "list", image)


def test_a_token_lists_the_implied_roles(service, login):
    connection = sdk.connect(load_yaml_config=False, load_envvars=False, region_name="RegionOne", auth=account("admin", service))
    access = connection.session.auth.get_access(connection.session)
    assert sorted(access.role_names) == ["admin", "manager", "member", "reader"]


def test_a_login_without_a_scope_is_for_the_default_project(login, tmp_path):
    text = EXAMPLE.read_text().replace('#default_project = "admin"', 'default_project = "admin"')
    configuration = tmp_path / "config.toml"
    configuration.write_text(text)
    with running(configuration) as service:
        given = {f"OS_{key.upper()}": value for key, value in account("admin", service).items() if "project" not in key}
        token = json.loads(run("openstack", "token", "issue", "-f", "json", home=tmp_path, **given, OS_IDENTITY_API_VERSION="3"))
        assert token["project_id"] == PROJECT_IDS["admin"]
        assert "debian-12" in run("openstack", "image", "list", home=tmp_path, **given, OS_IDENTITY_API_VERSION="3")


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
