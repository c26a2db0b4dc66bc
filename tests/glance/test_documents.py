"""The commands of docs/beside-glance.md, as they stand there, print what it says, with the rights that it grants."""

import os
import pathlib
import re
import subprocess
import sys
import textwrap
import urllib.parse

import pytest
from conftest import beside, stack
from race import request

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/beside-glance.md"
BLOCK = re.compile(r"^ *```(sh|console|sql)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
PASSWORD = "of-the-document"

# What differs in every run.
VOLATILE = [
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"^\d+ changes of tags", re.MULTILINE), "COUNT changes of tags"),
]


def masked(text):
    for pattern, replacement in VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def statements(text):
    """The SQL of a part of the document."""
    blocks = [textwrap.dedent(block) for kind, block in BLOCK.findall(text) if kind == "sql"]
    return [block.replace("…", PASSWORD) for block in blocks]


def examples(text):
    """Each command of a part of the document, and the output that follows it: None where the document shows none."""
    for kind, block in BLOCK.findall(text):
        block = textwrap.dedent(block)
        if kind == "sh":
            yield block.strip(), None
        if kind == "console":
            for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, output = example.split("\n", 1)
                yield command, output


class Shell:
    """A shell in which exported variables stay."""

    def __init__(self, home, replacements, environment):
        programs = home / "programs"
        programs.mkdir()
        (programs / "image-tags").symlink_to(os.environ["IMAGE_TAGS"])
        path = f"{programs}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {"PATH": path, "HOME": str(home), **environment}
        self.replacements, self.exports = replacements, ""

    def run(self, command):
        """The exit code of the command, and what a terminal shows of it."""
        for old, new in self.replacements.items():
            command = command.replace(old, new)
        script = f"{self.exports}{command}\n"
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(["bash", "-c", script], **output, env=self.environment, timeout=120, text=True)
        if command.startswith("export "):
            self.exports = script
        return done.returncode, done.stdout


@pytest.fixture
def shell(glance, server, tmp_path):
    """A shell with the login of the member, for whom the addresses of the document are those of the Glance."""
    replacements = {
        "user:password@host": f"image-tags:{PASSWORD}@{server.hostname}:{server.port}",
        "http://127.0.0.1:9294": glance.url,
        "192.0.2.10": "127.0.0.1",
    }
    return Shell(tmp_path, replacements, glance.identity.variables("member"))


@pytest.fixture
def server():
    return urllib.parse.urlsplit(os.environ["IMAGE_TAGS_TEST_MARIADB"])


@pytest.fixture
def image(glance, sql):
    """The image with the tags that the document shows."""
    status, image = request(glance, "POST", "/v2/images", {"name": "ill", "tags": ["prod", "built"]})
    assert status == 201, image
    assert request(glance, "DELETE", f"/v2/images/{image['id']}/tags/built")[0] == 204
    for tag, time in (("prod", "UTC_TIMESTAMP()"), ("built", "UTC_TIMESTAMP() + INTERVAL 8 SECOND")):
        columns = "image_id, value, created_at, updated_at, deleted"
        sql(f"INSERT INTO image_tags ({columns}) VALUES ('{image['id']}', '{tag}', {time}, {time}, 0)")
    return f"/v2/images/{image['id']}"


def test_the_commands_print_what_the_document_shows(glance, shell, image, sql):
    administrator = os.environ["IMAGE_TAGS_TEST_MARIADB"]
    install, take_away = DOCUMENT.read_text().split("\n## Take away\n")
    for statement in statements(install):
        stack.mariadb(administrator, statement)
    codes = {}
    for command, output in examples(install):
        codes[command], printed = shell.run(command)
        assert output is None or masked(printed) == masked(output), command
    assert [command for command, code in codes.items() if code] == ["image-tags --config /dev/null glance doctor"]

    # The check has passed, so the service changes tags.
    [url] = re.findall("'(glance.*)'", shell.exports)
    with beside(glance, IMAGE_TAGS__STORE__URL=url, IMAGE_TAGS__GLANCE__ASSUME_CHECKED="false") as service:
        assert service.send("PUT", f"{image}/tags/new", glance.token).status == 204
        assert service.send("DELETE", f"{image}/tags/built", glance.token).status == 204
    assert sorted(request(glance, "GET", image)[1]["tags"]) == ["new", "prod"]

    for command, _ in examples(take_away):
        assert shell.run(command)[0] == 0, command
    assert sql("SHOW TRIGGERS") == [] == sql("SHOW TABLES LIKE 'image_tags\\_%'")
    for statement in statements(take_away):
        stack.mariadb(administrator, statement)
    assert ["glance_tags"] not in sql("SHOW DATABASES")
