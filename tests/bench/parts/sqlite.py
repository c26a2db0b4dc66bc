"""The service on SQLite, beside a loop over the same statements, the store in memory, and the disk."""

import json
import subprocess
import sys

import servers
import tables
from databases import fsync
from goals import at_least, at_most
from measure import HERE, Figures
from rounds import CONNECTIONS, SECONDS, measured

# Changes that wait at the same time can share a commit.
KINDS = {"set": (), "new": (64,), "get": (), "list": ()}
IMAGES = 1024
LOOP, DISK = "a bare loop", "the disk"


def run(programs, home, stack):
    file = home / "images.db"
    subject = stack.enter_context(servers.service(programs, home, store=f"sqlite://{file}", count=IMAGES, name="on SQLite"))
    memory = stack.enter_context(servers.service(programs, home, count=IMAGES, name="in memory"))

    def loop(kind, _):
        if kind != "list":
            command = [sys.executable, HERE / "databases/sqlite_loop.py", file, kind, str(SECONDS), str(IMAGES)]
            return Figures(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))

    def disk(kind, connections):
        if (kind, connections) == ("new", 64):
            return Figures(rate=fsync.rate(home, SECONDS), cpu=0)

    results = measured([subject, memory], KINDS, [(LOOP, loop), (DISK, disk)])

    def cpu(kind, other, other_kind):
        keys = {number: [(subject.name, kind, number), (other.name, other_kind, number)] for number in CONNECTIONS}
        return {number: results.ratio(*pair, "cpu") for number, pair in keys.items()}

    durable = [(name, "new", 64) for name in (subject.name, DISK)]
    rate = {64: results.ratio(*durable, "rate")}
    goals = [
        at_most("SQLite, `GET` of an image: CPU time by the store in memory", 1.5, cpu("get", memory, "get")),
        at_most("SQLite, `PUT` of a set tag: CPU time by the store in memory", 1.5, cpu("set", memory, "set")),
        at_least("SQLite, durable `PUT` and `DELETE` of new tags: rate by the disk's flushes", 20, rate),
        at_most("SQLite, list by tag, 20 images: CPU time by `GET` of an image", 5, cpu("list", subject, "get")),
    ]
    note = f"\nThe disk flushed {results.median(durable[1], 'rate'):,.0f} appended pages a second, one after the other, "
    note += "between the runs with 64 connections.\n"
    return tables.of_database(results, subject, LOOP, KINDS, sorted({*CONNECTIONS, 64})) + note, goals
