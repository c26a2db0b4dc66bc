"""The log in the format of oslo.log: what oslo.log itself writes, and what kolla's fluentd reads in it."""

import json
import os
import pathlib
import re
import subprocess

import cloud
import pytest
from stack import HERE, send

# The zone has a half hour, and summer is another zone.
ZONE = "ACST-9:30ACDT,M10.1.0,M4.1.0/3"

# `format1` of kolla-ansible's fluentd input for OpenStack logs (00-global.conf.j2), with the groups of Python.
KOLLA = re.compile(
    r"^(?P<Timestamp>\S+ \S+) (?P<Pid>\d+) (?P<log_level>\S+) (?P<python_module>\S+) "
    r"((?:\[)(?:None|req-)(?P<global_request_id>\S+)? (?:None|req-)(?P<request_id>\S+) (?P<user_id>\S+) "
    r"(?P<tenant_id>\S+) (?P<domain_id>\S+) (?P<system_scope>\S+) (?P<user_domain>\S+) (?P<project_domain>\S+)"
    r"(?:\]))?(?P<Payload>.*)?$"
)
FIRST_LINE = re.compile(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}.\d{3} \d+ \S+ \S+ \[.*\]")

# Writes the lines of the records on standard input by the formatter of oslo.log, with its defaults.
OSLO = """\
import json, logging, sys
from oslo_config import cfg
from oslo_context import context
from oslo_log import formatters, log

conf = cfg.ConfigOpts()
log.register_options(conf)
conf([])
formatter = formatters.ContextFormatter(datefmt=conf.log_date_format, config=conf)
for line in sys.stdin:
    record = json.loads(line)
    values = record.pop("context")
    message = record.pop("message")
    entry = logging.makeLogRecord({"msg": "%s", "args": (message,), **record})
    entry.context = context.RequestContext(**values) if values else None
    print(formatter.format(entry))
"""


def by_oslo(records):
    python = pathlib.Path(os.environ["KEYSTONE"]) / "bin" / "python"
    lines = "".join(json.dumps(record) + "\n" for record in records)
    environment = {**os.environ, "TZ": ZONE}
    done = subprocess.run([python, "-c", OSLO], input=lines, capture_output=True, env=environment, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def seconds(time):
    """The seconds since 1970 of a local time in the zone of the test."""
    python = "import sys, time; print(time.mktime(time.strptime(sys.argv[1], '%Y-%m-%d %H:%M:%S')))"
    whole, fraction = time.split(".")
    environment = {**os.environ, "TZ": ZONE}
    done = subprocess.run(["python3", "-c", python, whole], capture_output=True, env=environment, text=True, check=True)
    # In the middle of the millisecond, so that no rounding reaches the next one.
    return float(done.stdout) + int(fraction) / 1000 + 0.0005


@pytest.fixture
def log(keystone):
    """Send two requests, one with an id of another service, and return the lines of the log."""
    member = keystone.login("member")
    keys = {"auth_url": keystone.url, "password": cloud.PASSWORDS["image-tags"]}
    variables = {f"IMAGE_TAGS__AUTH__KEYSTONE__{key.upper()}": value for key, value in keys.items()}
    variables |= {"IMAGE_TAGS__LOG__FORMAT": "oslo", "TZ": ZONE}
    process = subprocess.Popen(
        [os.environ["IMAGE_TAGS"], "--config", HERE / "config.toml", "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    with process:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "serving" in line:
                break
        url = "http://" + lines[-1].split("listen=")[1].split()[0]
        headers = {"X-Openstack-Request-Id": "req-0d5b2a3c-8f1e-4c6d-9b7a-1234567890ab"}
        assert send("GET", url + "/v2/images", member, headers=headers).status == 200
        assert send("GET", url + "/v2/images").status == 401
        process.terminate()
        return [line.removesuffix("\n") for line in lines + process.stderr.readlines()]


def test_kolla_finds_the_context_of_a_request(keystone, log):
    assert all(FIRST_LINE.match(line) for line in log), log
    found = [KOLLA.match(line).groupdict() for line in log]
    member, nobody = (line for line in found if line["request_id"])
    uuid = "0d5b2a3c-8f1e-4c6d-9b7a-1234567890ab"
    assert (member["global_request_id"], member["request_id"]) == (uuid, uuid)
    assert member["user_id"] == keystone.seed["users"]["member"]
    assert member["tenant_id"] == keystone.seed["projects"]["alpha"]
    assert (member["user_domain"], member["project_domain"]) == ("default", "default")
    assert (member["domain_id"], member["system_scope"]) == ("-", "-")
    assert member["log_level"] == "INFO"
    assert member["Payload"].startswith(" request client=127.0.0.1 ")
    assert nobody["global_request_id"] is None
    assert (nobody["user_id"], nobody["tenant_id"]) == ("-", "-")
    assert any(line["Payload"].startswith("[-] serving ") for line in found)


def test_the_lines_are_those_of_oslo_log(log):
    records = []
    for line in log:
        found = KOLLA.match(line).groupdict()
        context = None
        if found["request_id"]:
            scope = {
                "user_id": "user_id",
                "project_id": "tenant_id",
                "domain_id": "domain_id",
                "system_scope": "system_scope",
                "user_domain_id": "user_domain",
                "project_domain_id": "project_domain",
            }
            context = {key: None if found[name] == "-" else found[name] for key, name in scope.items()}
            context["request_id"] = "req-" + found["request_id"]
            if found["global_request_id"]:
                context["global_request_id"] = "req-" + found["global_request_id"]
        records.append(
            {
                "created": seconds(found["Timestamp"]),
                "msecs": int(found["Timestamp"][-3:]),
                "process": int(found["Pid"]),
                "levelname": found["log_level"],
                "levelno": 20,
                "name": found["python_module"],
                "message": found["Payload"].removeprefix("[-]").removeprefix(" "),
                "context": context,
            }
        )
    assert by_oslo(records) == log
