"""Measures the cost of a request: python3 tests/bench PROGRAMS, a directory with release builds of image-tags and bench-bare.

Compares the service in memory with a bare axum route and nginx, on PostgreSQL with pgbench (the server at
IMAGE_TAGS_TEST_POSTGRES), and on SQLite with a loop over the same statements. FULL=1 makes more and longer runs; PEERS=1
measures a Glance too (see peers.py); UPDATE_PAGES=1 writes the tables into docs/performance.md. BENCH=memory,sqlite selects
parts, and BENCH=smoke only checks that the benchmark works.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import pages
import peers
import pgbench
import servers
from measure import HERE, Figures, Results, load

CONNECTIONS = [1, 16, 256]
KINDS = ["set", "new", "get", "list"]
FULL = os.environ.get("FULL") == "1"
ROUNDS, SECONDS = (9, 2) if FULL else (5, 1)


def measured(subjects, baselines=(), all_connections=None):
    """The figures of all subjects and baselines for all kinds of requests. A baseline is a name and a function.

    In each round, the runs that are compared follow one another, so that the load of the machine affects both.
    """
    results = Results()
    for subject in subjects:
        for kind in KINDS if subject.images > 1 else ["set"]:
            load(subject, kind, CONNECTIONS[0], 1)
        # Until each round removes as many new tags as it puts.
        while subject.sent < subject.images and subject.images > 1:
            load(subject, "new", CONNECTIONS[0], 1)
    for connections in all_connections or CONNECTIONS:
        for _ in range(ROUNDS):
            for kind in KINDS:
                for name, baseline in baselines:
                    figures = baseline(kind, connections)
                    if figures:
                        results.add((name, kind, connections), figures)
                for subject in subjects:
                    if subject.images > 1 or kind == "set":
                        results.add((subject.name, kind, connections), load(subject, kind, connections, SECONDS))
        print(f"{connections} connections: done", file=sys.stderr)
    return results


def memory(programs, home, stack):
    subjects = [
        stack.enter_context(servers.bare(programs)),
        stack.enter_context(servers.nginx(home, logs=False)),
        stack.enter_context(servers.nginx(home, logs=True)),
        stack.enter_context(servers.service(programs, home, logs=False)),
        stack.enter_context(servers.service(programs, home, logs=True)),
    ]
    return pages.of_memory(measured(subjects), subjects, KINDS, CONNECTIONS)


def postgres(programs, home, stack):
    url = os.environ["IMAGE_TAGS_TEST_POSTGRES"]
    subject = stack.enter_context(servers.service(programs, home, store=url, images=1024))
    pgbench.check(url, subject)
    # Otherwise autovacuum does it a minute later.
    pgbench.psql(url, "ANALYZE")

    def baseline(kind, connections):
        if kind != "list":
            return pgbench.run(home, url, kind, min(connections, servers.POOL), SECONDS)

    return pages.of_database(measured([subject], [("pgbench", baseline)]), subject, "pgbench", KINDS, CONNECTIONS)


def sqlite(programs, home, stack):
    file = home / "images.db"
    subject = stack.enter_context(servers.service(programs, home, store=f"sqlite://{file}", images=1024))

    def baseline(kind, connections):
        if kind != "list":
            command = [sys.executable, HERE / "sqlite_loop.py", file, kind, str(SECONDS), "1024"]
            return Figures(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))

    return pages.of_database(measured([subject], [("a bare loop", baseline)]), subject, "a bare loop", KINDS, CONNECTIONS)


def glance(programs, home, stack):
    store = os.environ["PEER_STORE"]
    subjects = [
        stack.enter_context(peers.glance()),
        stack.enter_context(servers.service(programs, home, logs=True, store=store, images=peers.IMAGES)),
    ]
    results = measured(subjects, all_connections=peers.CONNECTIONS)
    return pages.of_peers(results, subjects, KINDS, peers.CONNECTIONS)


def smoke(programs, home, stack):
    global CONNECTIONS, ROUNDS
    CONNECTIONS, ROUNDS = [16], 1
    return memory(programs, home, stack)


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    parts = {"memory": memory, "postgres": postgres, "sqlite": sqlite, "peers": glance, "smoke": smoke}
    usual = ["memory", "postgres", "sqlite"] + (["peers"] if os.environ.get("PEERS") == "1" else [])
    chosen = os.environ.get("BENCH")
    for name in chosen.split(",") if chosen else usual:
        with contextlib.ExitStack() as stack:
            home = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            table = parts[name](programs, home, stack)
        pages.show(name, table, f"{ROUNDS} rounds of {SECONDS} s")


main()
