"""Runs the program for the tests: the example configuration on a free port of the loopback interface."""

import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.toml"
CONFIG = tomllib.loads(EXAMPLE.read_text())
TOKENS = {entry["user"]: entry["token"] for entry in CONFIG["auth"]["tokens"]}
PASSWORDS = {user["name"]: user["password"] for user in CONFIG["identity"]["users"]}
PROJECT_IDS = {project["name"]: project["id"] for project in CONFIG["identity"]["projects"]}


@contextlib.contextmanager
def serving(environment, configuration=EXAMPLE, stop_timeout=20):
    """Starts the program that the variable IMAGE_TAGS names, and yields its URL.

    `environment` overrides the `configuration`. In the end the program has to stop with exit code 0 within
    `stop_timeout` seconds.
    """
    # A store that survives a restart takes uploads only if it is said where to keep their data.
    directory = tempfile.TemporaryDirectory()
    process = subprocess.Popen(
        [os.environ["IMAGE_TAGS"], "--config", configuration, "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "IMAGE_TAGS__DATA__URL": f"file://{directory.name}/data",
            "IMAGE_TAGS__LOG__FORMAT": "json",
            "IMAGE_TAGS__LOG__LEVEL": "warn,image_tags=info",
            **environment,
        },
    )
    try:
        for line in process.stderr:
            line = json.loads(line)
            if line["message"] == "serving":
                break
        else:
            raise RuntimeError(f"the program exited with code {process.wait()}")
        # Drains the pipe. Closing it instead would lose what the program logs last.
        subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
        yield "http://" + line["listen"]
    finally:
        process.terminate()
        code = process.wait(timeout=stop_timeout)
        directory.cleanup()
    # Not in the `finally`, where it would hide an earlier error.
    assert code == 0
