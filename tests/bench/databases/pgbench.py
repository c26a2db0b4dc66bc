"""Runs pgbench on the database that the service uses."""

import os
import pathlib
import re
import subprocess
import urllib.request

from measure import Figures

from databases import statements

# Each client has its own image and keeps its columns and its revision.
KNOW = """\\if :known
\\else
SELECT *, revision + 1 AS next FROM images ORDER BY id OFFSET :client_id LIMIT 1 \\gset
\\set known 1
\\endif
"""
# A kind of request that reads all of an image.
WHOLE = "whole"
WRITTEN = "\\set revision :next\n\\set next :revision + 1\n"


def script(kind):
    """The script, and the number of requests that one transaction corresponds to."""
    if kind in ("set", "get"):
        return KNOW + lines(statements.PUT_OF_SET_AGAIN), 1
    if kind == WHOLE:
        return KNOW + lines(statements.PUT_OF_SET), 1
    return KNOW + lines(statements.PUT_OF_NEW) + WRITTEN + lines(statements.DELETE_OF_NEW) + WRITTEN, 2


def lines(texts):
    return "".join(f"{text};\n" for text in texts)


def run(home, url, kind, connections, seconds):
    text, requests = script(kind)
    file = home / f"{kind}.sql"
    file.write_text(text)
    command = ["pgbench", "--no-vacuum", "--protocol", "prepared", "--client", str(connections), "--time", str(seconds)]
    for name, value in {"known": 0, **statements.VALUES}.items():
        command += ["--define", f"{name}={value}"]
    command += ["--file", file, url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "number of failed transactions: 0 " not in output:
        raise SystemExit(f"pgbench: {output}")
    rate = float(re.search(r"tps = ([\d.]+) \(without", output)[1]) * requests
    return Figures(rate=rate, cpu=0)


def psql(url, *commands):
    each = [part for command in commands for part in ("--command", command)]
    options = ["--no-psqlrc", "--tuples-only", "--no-align", "--quiet"]
    return subprocess.run(["psql", *options, *each, url], check=True, capture_output=True, text=True).stdout


def compared(url, subject):
    """What the service sends for a change, in words. Exits if its statement for a read is not that of pgbench."""
    image = f"{subject.url}/v2/images/00000000-0000-4000-8000-{subject.images - 1:012}"
    reads = [
        (("GET", image), statements.PUT_OF_SET),
        (("GET", image), statements.PUT_OF_SET_AGAIN),
        (("PUT", f"{image}/tags/set"), statements.PUT_OF_SET_AGAIN),
    ]
    for read, before in reads:
        now = sent(url, subject, read)
        if not statements.same(now, before):
            raise SystemExit("\n".join(["the statement of a read has changed: databases/statements.py. It is now", *now]))
    return "".join(
        change(method, before, sent(url, subject, (method, f"{image}/tags/looked-at")))
        for method, before in (("PUT", statements.PUT_OF_NEW), ("DELETE", statements.DELETE_OF_NEW))
    )


def change(method, before, now):
    if statements.same(now, before):
        return f"\nFor a `{method}` of a new tag the service sends the same {len(now)} statements as `pgbench`.\n"
    text = f"\nFor a `{method}` of a new tag the service sends, where `pgbench` sends {len(before)} statements:\n"
    return text + "\n```sql\n" + "".join(f"{statement}\n" for statement in now) + "```\n"


def sent(url, subject, request):
    """The statements that the server logs for a request."""
    log = pathlib.Path(os.environ["IMAGE_TAGS_TEST_POSTGRES_SERVER"], "server.log")
    before = len(log.read_text())
    psql(url, "ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.3)")
    method, address = request
    request = urllib.request.Request(address, method=method, headers={"X-Auth-Token": subject.token})
    urllib.request.urlopen(request).close()
    psql(url, "ALTER SYSTEM RESET log_statement", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.3)")
    return statements.sent(log.read_text()[before:])
