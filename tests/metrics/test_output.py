"""The text of the metrics, by the tools of Prometheus and by the documentation."""

import re
import subprocess

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from program import ROOT
from stack import scrape

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}


def families(program):
    return list(text_string_to_metric_families(scrape(program, **OPENMETRICS)))


def test_the_output_is_openmetrics_by_its_specification(program):
    found = families(program)
    assert len(found) > 30
    for family in found:
        assert family.documentation, family.name
        assert family.samples, family.name


def test_promtool_finds_nothing_to_improve(program):
    done = subprocess.run(["promtool", "check", "metrics"], input=scrape(program), capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_documentation_has_every_metric_with_its_type_and_labels(program):
    text = (ROOT / "docs/operations.md").read_text()
    text = text.split("\n## Metrics\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| .+ \|$", text, re.MULTILINE)
    documented = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    exported = {}
    for family in families(program):
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        exported[family.name + suffix] = (family.type, labels)
    assert documented == exported
