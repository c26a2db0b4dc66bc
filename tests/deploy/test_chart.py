"""The Helm chart, rendered by Helm. Each document is held against the schema of its kind."""

import pathlib

import kubernetes_validate
import pytest
import yaml
from cloudcoil.models.prometheus_operator.v1 import ServiceMonitor

from conftest import DEPLOY, check_config, run

CHART = DEPLOY / "helm" / "image-tags"
ALL = pathlib.Path(__file__).with_name("all_options.yaml")
# The oldest that the chart allows, and the newest that the validator knows.
KUBERNETES = ["1.25", "1.37"]


def template(*arguments, succeeds=True):
    return run("helm", "template", "release", CHART, *arguments, succeeds=succeeds)


def documents(*arguments):
    """The documents of the chart by their kind."""
    found = [document for document in yaml.safe_load_all(template(*arguments)) if document]
    by_kind = {document["kind"]: document for document in found}
    assert len(by_kind) == len(found)
    return by_kind


def container(rendered):
    (only,) = rendered["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


@pytest.fixture(scope="module")
def default():
    return documents()


@pytest.fixture(scope="module")
def everything():
    return documents("--values", ALL)


def validate(document):
    if document["kind"] == "ServiceMonitor":
        # The model ignores what it does not know, so that it has to give back what it was given.
        model = ServiceMonitor.model_validate(document)
        assert model.model_dump(mode="json", by_alias=True, exclude_unset=True) == document
    else:
        for version in KUBERNETES:
            kubernetes_validate.validate(document, version, strict=True)


def test_helm_finds_no_fault():
    run("helm", "lint", "--strict", CHART)
    run("helm", "lint", "--strict", CHART, "--values", ALL)


def test_every_document_is_valid(default, everything):
    assert sorted(default) == ["ConfigMap", "Deployment", "Service", "ServiceAccount"]
    assert sorted(everything) == sorted([*default, "Ingress", "PersistentVolumeClaim", "PodDisruptionBudget", "ServiceMonitor"])
    for document in [*default.values(), *everything.values()]:
        validate(document)


@pytest.mark.parametrize("kind", ["Deployment", "ServiceMonitor"])
def test_a_misspelt_key_is_found(everything, kind):
    document = yaml.safe_load(yaml.safe_dump(everything[kind]))
    document["spec"]["replicaz"] = 1
    with pytest.raises((kubernetes_validate.ValidationError, AssertionError)):
        validate(document)


def test_the_program_accepts_the_configuration(default, everything, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    for rendered in [default, everything]:
        environment = {entry["name"]: entry.get("value", "30") for entry in container(rendered)["env"]}
        for file, text in rendered["ConfigMap"]["data"].items():
            (tmp_path / file).write_text(text)
        for name, value in environment.items():
            if value.startswith("/run/secrets/image-tags/"):
                environment[name] = str(secret)
            elif value.startswith("/etc/image-tags/"):
                environment[name] = value.replace("/etc/image-tags", str(tmp_path))
        check_config(tmp_path / "config.toml", environment)


def test_secrets_are_mounted_where_the_configuration_says(everything):
    pod = everything["Deployment"]["spec"]["template"]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container(everything)["volumeMounts"]}
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "secrets"]
    files = {
        f"{mounts['secrets']}/{item['path']}": (source["secret"]["name"], item["key"])
        for source in volume["projected"]["sources"]
        for item in source["secret"]["items"]
    }
    named = [value for entry in container(everything)["env"] if (value := entry.get("value", "")).startswith("/run/")]
    assert sorted(files) == sorted(named)
    assert sorted(files.values()) == [("image-tags-database", "password"), ("image-tags-keystone", "secret"), ("image-tags-s3", "secret")]


def test_ports_and_selectors_fit_together(everything):
    ports = {port["name"]: port["containerPort"] for port in container(everything)["ports"]}
    assert ports == {"http": 8080, "metrics": 9999}
    service, pod = everything["Service"]["spec"], everything["Deployment"]["spec"]["template"]
    assert {port["targetPort"] for port in service["ports"]} == set(ports)
    selector = service["selector"]
    assert selector.items() <= pod["metadata"]["labels"].items()
    assert everything["Deployment"]["spec"]["selector"]["matchLabels"] == selector
    assert everything["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == selector
    monitor = everything["ServiceMonitor"]["spec"]
    assert monitor["selector"]["matchLabels"].items() <= everything["Service"]["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] in {port["name"] for port in service["ports"]}
    (rule,) = everything["Ingress"]["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert (backend["name"], backend["port"]["name"]) == (everything["Service"]["metadata"]["name"], "http")
    listen = {entry["name"]: entry.get("value") for entry in container(everything)["env"]}
    assert (listen["IMAGE_TAGS__SERVER__LISTEN"], listen["IMAGE_TAGS__METRICS__LISTEN"]) == ("[::]:8080", "[::]:9999")


def test_the_pod_is_restricted(default):
    pod = default["Deployment"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"].items() >= {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}.items()
    assert container(default)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    paths = {probe: container(default)[f"{probe}Probe"]["httpGet"]["path"] for probe in ["startup", "liveness", "readiness"]}
    assert paths == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}


def test_a_change_of_the_configuration_restarts_the_pods(default):
    def annotations(rendered):
        return rendered["Deployment"]["spec"]["template"]["metadata"]["annotations"]

    changed = documents("--set", "config.limits.headers=50")
    assert annotations(changed) != annotations(default)


def test_a_configuration_can_be_a_secret():
    rendered = documents("--set", "configSecret=image-tags")
    assert "ConfigMap" not in rendered
    (volume,) = rendered["Deployment"]["spec"]["template"]["spec"]["volumes"]
    (source,) = volume["projected"]["sources"]
    assert source["secret"] == {"name": "image-tags", "items": [{"key": "config.toml", "path": "config.toml"}]}
    with_policy = documents("--set", "configSecret=image-tags,policy.modify_image=role:a")
    assert list(with_policy["ConfigMap"]["data"]) == ["policy.yaml"]
    for document in [rendered["Deployment"], *with_policy.values()]:
        validate(document)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("config.auth.keystone.password=a", "config.auth.keystone.password is a secret"),
        ("config.auth.tokens[0].token=a", "config.auth.tokens is a secret"),
        ("config.data.secret_access_key=a", "config.data.secret_access_key is a secret"),
        ("config.store.url=postgres://a:b@c/d", "config.store.url has a password"),
        ("config.store.url=mysql://a@c/d?password=b", "config.store.url has a password"),
        ("replicaCount=2", 'several replicas cannot share the store "memory:"'),
        ("drainSeconds=40", "terminationGracePeriodSeconds: must not be less"),
        ("config.server.drain_seconds=1", "/config/server/drain_seconds"),
        ("config.server.listen=9292", "/config/server/listen"),
        ("replicas=2", "additional properties 'replicas' not allowed"),
        ("service.type=ExternalName", "/service/type"),
    ],
)
def test_values_that_cannot_work_are_refused(value, says):
    assert says in template("--set", value, succeeds=False)
