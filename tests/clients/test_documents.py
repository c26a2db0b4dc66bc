"""The examples in the documents print the output that the documents show."""

import difflib
import os
import re
import shutil
import subprocess

import pytest

from conftest import running
from program import ROOT

PAIR = re.compile(r"```sh\n(?P<command>.*?)```(?:\n\n```\n(?P<output>.*?)```)?", re.DOTALL)
MARK = "--- next example ---"

# What differs in every run.
VOLATILE = [
    (re.compile(r"req-[0-9a-f-]{36}"), "req-ID"),
    (re.compile(r"^Date: .*$", re.MULTILINE), "Date: NOW"),
    (re.compile(r'^ETag: (W/)?".*"$', re.MULTILINE | re.IGNORECASE), r'Etag: \1"STATE"'),
    # It depends on the digits of the port, because the bodies have links.
    (re.compile(r"^Content-Length: \d+$", re.MULTILINE), "Content-Length: LENGTH"),
    (re.compile(r'"(created_at|updated_at|issued_at|expires_at|set_at|time)":"[^"]*"'), r'"\1":"NOW"'),
    (re.compile(r'"id":"[0-9a-f-]{36}","type":"api_image_import"'), '"id":"ID","type":"api_image_import"'),
    (re.compile(r'"audit_ids":\["[0-9a-f]{32}"\]'), '"audit_ids":["ID"]'),
    (re.compile(r"^X-Subject-Token: [0-9a-f]{64}$", re.MULTILINE), "X-Subject-Token: TOKEN"),
]


# What the examples of a document need.
MEMORY = {"IMAGE_TAGS__STORE__URL": "memory:", "IMAGE_TAGS__DATA__URL": "memory:"}
ENVIRONMENT = {"docs/development-mode.md": {**MEMORY, "IMAGE_TAGS__AUTH__DEVELOPMENT": "true"}}


def masked(text):
    for pattern, replacement in VOLATILE:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("name", ["README.md", "docs/api.md", "docs/development-mode.md"])
def test_examples_print_the_output_in_the_document(name):
    document = (ROOT / name).read_text()
    pairs = [pair for pair in PAIR.finditer(document) if pair["output"] is not None or "=" in pair["command"].split()[0]]
    with running(**ENVIRONMENT.get(name, {})) as service:
        address = service.url.removeprefix("http://")
        script = f"\necho '{MARK}'\n".join(pair["command"] for pair in pairs).replace("127.0.0.1:9292", address)
        # Without progress bars, and with a newline after each body.
        script = "curl() { command curl -s -w '\\n' \"$@\"; }\n" + script
        printed = subprocess.run(["bash", "-eu"], input=script.encode(), capture_output=True, timeout=60, check=True).stdout
        outputs = printed.decode().replace("\r", "").replace(address, "127.0.0.1:9292").split(MARK + "\n")
    assert len(outputs) == len(pairs)

    updated = document
    for pair, output in zip(pairs, outputs):
        if pair["output"] is not None and masked(pair["output"]) != masked(output):
            new = pair[0].removesuffix(pair["output"] + "```") + output.strip() + "\n```"
            updated = updated.replace(pair[0], new)
    if os.environ.get("UPDATE_PAGES"):
        (ROOT / name).write_text(updated)
    else:
        assert updated == document, "".join(difflib.unified_diff(document.splitlines(True), updated.splitlines(True)))
