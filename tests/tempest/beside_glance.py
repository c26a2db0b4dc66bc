"""Runs Tempest's tests of the Image API against a Glance alone, then through the service in front of it.

Fails if a test that passes on Glance alone fails through the service. Needs MariaDB: IMAGE_TAGS_TEST_MARIADB.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("keystone", "bench", "glance", "python")]
import cloud  # noqa: E402
from glance import stack  # noqa: E402

TEMPEST = pathlib.Path(sys.executable).parent / "tempest"
RESULT = re.compile(r"^\{\d+\} (\S+) \[[\d.]+s\] \.\.\. (\S+)", re.MULTILINE)


def run(home, name, identity):
    """The result of each test."""
    values = {"web": "http://does-not.exist/image.qcow2", "home": home, "keystone": identity.url}
    values |= {"password": cloud.PASSWORDS["admin"], "region": cloud.REGION}
    text = re.sub(r"\{(\w+)\}", lambda key: str(values[key[1]]), (HERE / "tempest.conf").read_text())
    configuration = home / f"{name}.conf"
    # This Glance has one process group, and no second one for other regions.
    configuration.write_text(text.replace("alternate_image_endpoint = image_remote\n", ""))
    environment = {**os.environ, "HOME": str(home)}
    workspace = ["--workspace-path", home / f"{name}.yaml"]
    subprocess.run([TEMPEST, "init", "--name", name, home / name, *workspace], cwd=home, env=environment, check=True)
    command = [TEMPEST, "run", "--workspace", name, "--config-file", configuration, "--serial"]
    command += ["--regex", r"^tempest\.api\.image\.v2", *workspace]
    done = subprocess.run(command, cwd=home, env=environment, stdout=subprocess.PIPE, text=True)
    (home / f"{name}.txt").write_text(done.stdout)
    results = {test.split("[")[0]: result for test, result in RESULT.findall(done.stdout)}
    counts = {result: list(results.values()).count(result) for result in set(results.values())}
    print(f"{name}: {counts}", flush=True)
    return results, done.stdout


def main():
    with tempfile.TemporaryDirectory() as directory:
        home = pathlib.Path(directory)
        with stack.running(home / "cloud", 4) as glance:
            glance.identity.point("image", glance.url)
            alone, _ = run(home, "alone", glance.identity)
            stack.mariadb(os.environ["IMAGE_TAGS_TEST_MARIADB"], "CREATE DATABASE glance_tags")
            url = os.environ["IMAGE_TAGS_TEST_MARIADB"]
            variables = {"IMAGE_TAGS__STORE__URL": f"glance+{url}/glance", "IMAGE_TAGS__GLANCE__UPSTREAM": glance.url}
            variables |= {"IMAGE_TAGS__GLANCE__ASSUME_CHECKED": "true"}
            with stack.keystone.running(glance.identity, variables) as service:
                glance.identity.point("image", service.url)
                through, printed = run(home, "through", glance.identity)
    passed = [test for test, result in alone.items() if result == "ok"]
    failed = [test for test in passed if through.get(test) != "ok"]
    if failed or not passed:
        print(printed)
        sys.exit(f"pass on Glance alone and not through the service: {failed}")


main()
