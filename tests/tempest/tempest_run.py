"""Starts Keystone and the program and runs Tempest against them. Fails unless all tests pass."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import cloud
from stack import Keystone, running

# The number of tests that the two lists select. None may be skipped or missing.
TESTS = 57

HERE = pathlib.Path(__file__).resolve().parent
TEMPEST = pathlib.Path(sys.executable).parent / "tempest"


def tempest(*arguments, home):
    command = [TEMPEST, *arguments, "--workspace-path", home / "workspaces.yaml"]
    environment = {**os.environ, "HOME": str(home)}
    with subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, text=True) as process:
        printed = []
        for line in process.stdout:
            print(line, end="", flush=True)
            printed.append(line)
    if process.returncode:
        sys.exit(process.returncode)
    return "".join(printed)


with tempfile.TemporaryDirectory() as home:
    home = pathlib.Path(home)
    keystone = Keystone(home / "keystone")
    try:
        with running(keystone) as service:
            keystone.point("image", service.url)
            filled = {"home": home, "keystone": keystone.url, "password": cloud.PASSWORDS["admin"], "region": cloud.REGION}
            configuration = home / "tempest.conf"
            text = (HERE / "tempest.conf").read_text()
            configuration.write_text(re.sub(r"\{(\w+)\}", lambda key: str(filled[key[1]]), text))
            tempest("init", "--name", "tests", home / "tests", home=home)
            lists = ["--include-list", HERE / "tests.txt"]
            printed = tempest("run", "--workspace", "tests", "--config-file", configuration, "--serial", *lists, home=home)
    finally:
        keystone.stop()
    assert f"- Passed: {TESTS}\n" in printed, f"{TESTS} tests should pass"
