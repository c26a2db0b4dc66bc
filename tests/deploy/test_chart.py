"""The Helm chart, rendered by Helm. Each document is held against the schema of its kind."""

import os
import pathlib
import re

import kubernetes_validate
import pytest
import yaml
from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor

from conftest import DEPLOY, check_config, run

CHART = DEPLOY / "helm" / "image-tags"
ALL = pathlib.Path(__file__).with_name("all_options.yaml")
# The oldest that the chart allows, and the newest that the validator knows.
KUBERNETES = ["1.25", "1.37"]


def template(*arguments, succeeds=True):
    return run("helm", "template", "release", CHART, *arguments, succeeds=succeeds)


def documents(*arguments):
    """The documents of the chart by their kind. The Service of the metrics is the "Service metrics"."""
    found = [document for document in yaml.safe_load_all(template(*arguments)) if document]
    by_kind = {}
    for document in found:
        component = document["metadata"]["labels"].get("app.kubernetes.io/component")
        by_kind[" ".join(filter(None, [document["kind"], component]))] = document
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
    models = {"ServiceMonitor": ServiceMonitor, "PrometheusRule": PrometheusRule}
    if document["kind"] in models:
        # The model ignores what it does not know, so that it has to give back what it was given.
        model = models[document["kind"]].model_validate(document)
        assert model.model_dump(mode="json", by_alias=True, exclude_unset=True) == document
    else:
        for version in KUBERNETES:
            kubernetes_validate.validate(document, version, strict=True)


def test_helm_finds_no_fault():
    run("helm", "lint", "--strict", CHART)
    run("helm", "lint", "--strict", CHART, "--values", ALL)


def test_every_document_is_valid(default, everything):
    assert sorted(default) == ["ConfigMap", "Deployment", "Service", "ServiceAccount"]
    metrics = ["NetworkPolicy", "PrometheusRule", "Service metrics", "ServiceMonitor"]
    assert sorted(everything) == sorted([*default, *metrics, "Ingress", "PersistentVolumeClaim", "PodDisruptionBudget"])
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
    assert (service["type"], [port["targetPort"] for port in service["ports"]]) == ("LoadBalancer", ["http"])
    selector = service["selector"]
    assert selector.items() <= pod["metadata"]["labels"].items()
    assert everything["Deployment"]["spec"]["selector"]["matchLabels"] == selector
    assert everything["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == selector
    assert everything["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == selector
    (spread,) = pod["spec"]["topologySpreadConstraints"]
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"
    (rule,) = everything["Ingress"]["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert (backend["name"], backend["port"]["name"]) == (everything["Service"]["metadata"]["name"], "http")
    listen = {entry["name"]: entry.get("value") for entry in container(everything)["env"]}
    assert (listen["IMAGE_TAGS__SERVER__LISTEN"], listen["IMAGE_TAGS__METRICS__LISTEN"]) == ("[::]:8080", "[::]:9999")


def test_the_metrics_are_not_published_with_the_api(default, everything):
    metrics, monitor = everything["Service metrics"], everything["ServiceMonitor"]["spec"]
    assert (metrics["spec"]["type"], [port["name"] for port in metrics["spec"]["ports"]]) == ("ClusterIP", ["metrics"])
    assert metrics["spec"]["selector"] == everything["Service"]["spec"]["selector"]
    labels = monitor["selector"]["matchLabels"]
    assert labels.items() <= metrics["metadata"]["labels"].items()
    assert not labels.items() <= everything["Service"]["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] == "metrics"
    api, scrapes = everything["NetworkPolicy"]["spec"]["ingress"]
    assert (api["ports"][0]["port"], "from" in api) == ("http", False)
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    assert (scrapes["ports"][0]["port"], scrapes["from"]) == ("metrics", peers)
    assert default["Service"]["spec"]["type"] == "ClusterIP"


@pytest.mark.parametrize("job", ["image-tags", "images"])
def test_the_alerts_of_the_chart_are_about_the_job_of_the_chart(job):
    rendered = documents("--values", ALL, "--set", f"nameOverride={job}")
    monitor, metrics = rendered["ServiceMonitor"]["spec"], rendered["Service metrics"]
    assert metrics["metadata"]["labels"][monitor["jobLabel"]] == job
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    text = yaml.safe_dump(rendered["PrometheusRule"]["spec"])
    assert set(re.findall('job="([^"]*)"', text)) == {job}
    assert yaml.safe_load(text.replace(f'job="{job}"', 'job="image-tags"')) == alerts


def test_several_replicas_are_spread_where_that_is_possible(default):
    assert "topologySpreadConstraints" not in default["Deployment"]["spec"]["template"]["spec"]
    rendered = documents("--set", "replicaCount=2,config.store.url=postgres://db/a")
    constraints = rendered["Deployment"]["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert {entry["topologyKey"] for entry in constraints} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    assert {entry["whenUnsatisfiable"] for entry in constraints} == {"ScheduleAnyway"}
    validate(rendered["Deployment"])


def test_what_the_default_keeps_in_memory_is_less_than_the_limit(default):
    sizes = dict(re.findall(r"^(\w+) = (\d+)$", default["ConfigMap"]["data"]["config.toml"], re.MULTILINE))
    kept = int(sizes["max_bytes"]) * 17 // 16 + int(sizes["data_memory_bytes"])
    budget, process = 256 << 20, 100 << 20
    assert container(default)["resources"]["limits"]["memory"] == "512Mi"
    assert kept + budget + process < 512 << 20
    assert int(sizes["threads"]) == 4


@pytest.mark.parametrize(
    "values",
    [
        "persistence.enabled=true,config.store.url=sqlite:///var/lib/image-tags/images.db,config.data.url=file:///var/lib/image-tags/data",
        "extraVolumeMounts[0].mountPath=/srv/images,extraVolumeMounts[0].name=a,config.data.url=file:///srv/images/data",
        "replicaCount=2,persistence.enabled=true,persistence.accessModes={ReadWriteMany},config.store.url=postgres://db/a",
        "replicaCount=2,configSecret=a",
        "drainSeconds=25",
        "config.store.url=postgres://a@db/a",
        "env[0].name=IMAGE_TAGS__STORE__PASSWORD_FILE,env[0].value=/srv/a",
    ],
)
def test_values_that_work_are_accepted(values):
    validate(documents("--set", values)["Deployment"])


def test_the_packed_chart_is_the_chart(tmp_path):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    for folder in ["a", "b"]:
        (tmp_path / folder).mkdir()
        run(DEPLOY / "release" / "chart", tmp_path / folder, env=environment)
    (packed,) = (tmp_path / "a").iterdir()
    assert packed.read_bytes() == (tmp_path / "b" / packed.name).read_bytes()
    assert re.fullmatch(r"image-tags-\d+\.\d+\.\d+\.tgz", packed.name)
    assert run("helm", "template", "release", packed, "--values", ALL) == template("--values", ALL)


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


def test_the_values_of_the_guide_are_accepted(tmp_path):
    guide = (DEPLOY.parent / "docs" / "operations.md").read_text()
    values = tmp_path / "values.yaml"
    values.write_text(re.search(r"^```yaml\n(replicaCount.*?)^```$", guide, re.DOTALL | re.MULTILINE)[1])
    rendered = documents("--values", values)
    for document in rendered.values():
        validate(document)
    secrets = {entry["secret"]["name"]: entry["secret"]["items"][0]["key"] for entry in secret_sources(rendered)}
    # The commands before make each of them, with this key.
    for name, key in secrets.items():
        assert f"kubectl create secret generic {name} --from-literal={key}=" in guide


def secret_sources(rendered):
    volumes = rendered["Deployment"]["spec"]["template"]["spec"]["volumes"]
    return [source for volume in volumes if volume["name"] == "secrets" for source in volume["projected"]["sources"]]


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
        ("config.auth.keystone.proxy=http://a:b@c:3128", "config.auth.keystone.proxy has a password"),
        ("config.data.endpoint=https://a:b@c", "config.data.endpoint has a password"),
        ("config.glance.upstream=https://a:b@c", "config.glance.upstream has a password"),
        ("config.import.allow[0]=https://a:b@c", "config.import.allow[0] has a password"),
        ("env[0].name=A,env[0].value=mysql://a:b@c/d", "env: A has a password"),
        ("env[0].name=IMAGE_TAGS__AUTH__KEYSTONE__PASSWORD,env[0].value=a", "KEYSTONE__PASSWORD is a secret"),
        ("config.store.url=sqlite:///var/lib/image-tags/images.db", "config.store.url: no volume is mounted"),
        ("config.data.url=file:///var/lib/image-tags/data", "config.data.url: no volume is mounted"),
        ("persistence.enabled=true,config.data.url=file:///srv/data", "config.data.url: no volume is mounted"),
        ("replicaCount=2,config.store.url=postgres://db/a,persistence.enabled=true", "the access mode ReadWriteMany"),
        ("replicaCount=2,config.store.url=postgres://db/a,config.data.url=memory:", "cannot share data in memory"),
        ("metrics.networkPolicy.enabled=true", "/metrics/networkPolicy/from"),
        ("service.externalTrafficPolicy=Local", "a ClusterIP has no traffic from outside"),
        ("config.store.url=mysql://a@c/d?password=b", "config.store.url has a password"),
        ("replicaCount=2", 'several replicas cannot share the store "memory:"'),
        ("drainSeconds=26", "terminationGracePeriodSeconds: must not be less"),
        ("config.server.drain_seconds=1", "/config/server/drain_seconds"),
        ("config.server.listen=9292", "/config/server/listen"),
        ("replicas=2", "additional properties 'replicas' not allowed"),
        ("service.type=ExternalName", "/service/type"),
    ],
)
def test_values_that_cannot_work_are_refused(value, says):
    assert says in template("--set", value, succeeds=False)
