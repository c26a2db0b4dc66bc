"""The alert rules and the dashboard, evaluated by a real Prometheus that scrapes the program."""

import json
import re
import subprocess

import pytest
import yaml

from program import ROOT

ALERTS = ROOT / "deploy/prometheus/alerts.yaml"
DASHBOARD = json.loads((ROOT / "deploy/grafana/image-tags.json").read_text())
RULES = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
NAME = re.compile(r"\b(?:image_tags|process)_\w+")


def shown():
    """The expressions of the dashboard, with values for the variables of Grafana."""
    targets = [target for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    variables = {"$__rate_interval": "1m", "$job": "image-tags", "$instance": ".*"}
    for target in targets:
        expression = target["expr"]
        for name, value in variables.items():
            expression = expression.replace(name, value)
        assert "$" not in expression
        yield expression


SHOWN = [*shown()]
EXPRESSIONS = [*SHOWN, *(rule["expr"] for rule in RULES)]


def test_promtool_accepts_the_rules():
    done = subprocess.run(["promtool", "check", "rules", ALERTS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_alerts_fire_when_they_should_and_only_then():
    test = ROOT / "tests/metrics/alerts_test.yaml"
    done = subprocess.run(["promtool", "test", "rules", test], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_metric_that_is_named_is_exported(server):
    exported = set(server.get("label/__name__/values"))
    named = {name for expression in EXPRESSIONS for name in NAME.findall(expression)}
    assert len(named) > 25
    assert named - exported == set()


@pytest.mark.parametrize("expression", SHOWN)
def test_every_panel_shows_something(server, expression):
    assert server.query(expression), expression


def test_prometheus_evaluates_every_alert_and_none_fires(server):
    groups = server.get("rules", type="alert")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == len(RULES)
    for rule in rules:
        assert (rule["health"], rule["state"]) == ("ok", "inactive"), rule


def test_prometheus_reads_openmetrics(server):
    targets = server.get("targets", state="active")["activeTargets"]
    assert [target["health"] for target in targets] == ["up"]
    # The types are known only if the text was understood.
    metadata = server.get("metadata")
    assert metadata["image_tags_http_request_duration_seconds"][0]["type"] == "histogram"


def test_the_guide_says_of_every_alert_what_to_do():
    text = (ROOT / "docs/operations.md").read_text().split("\n## Alerts\n")[1].split("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| .+ \|$", text, re.MULTILINE)
    assert sorted(documented) == sorted(rule["alert"] for rule in RULES)


def test_no_metric_goes_unused():
    """What is exported is on the dashboard or in an alert."""
    named = {name for expression in EXPRESSIONS for name in NAME.findall(expression)}
    text = (ROOT / "docs/operations.md").read_text().split("\n## Metrics\n")[1].split("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| \w+ \|", text, re.MULTILINE)
    assert documented
    for name in documented:
        assert any(used == name or used.startswith(name + "_") for used in named), name
