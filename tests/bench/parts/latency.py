"""The latency in memory when requests come at half of the rate that the service can serve."""

import json
import statistics
import subprocess

import servers
import tables
from goals import at_most
from measure import load
from rounds import ROUNDS, SECONDS

KINDS = ["set", "new", "get", "list"]
CONNECTIONS = 16
# A paced run needs enough requests for its 99th percentile.
PACED = 3 * SECONDS


def run(programs, home, stack):
    subject = stack.enter_context(servers.service(programs, home))
    rows, goals = [], []
    for kind in KINDS:
        load(subject, kind, CONNECTIONS, SECONDS)
        rounds = [one_round(programs, subject, kind) for _ in range(ROUNDS)]
        median = {what: statistics.median(each[what] for each in rounds) for what in rounds[0]}
        times = [median[what] / 1000 for what in ("p50", "p99", "max")]
        rates = [f"{median[what]:,.0f}" for what in ("maximum", "paced")]
        rows.append([tables.NAMES[kind], *rates, *(f"{time:.2f}" for time in times)])
        goals.append(at_most(f"{tables.NAMES[kind]}: p99 at half of the maximum load", 1, {"": times[1]}, "ms"))
    head = ["request", "maximum requests/s", "paced requests/s", "p50 ms", "p99 ms", "longest ms"]
    return tables.table(head, rows), goals


def one_round(programs, subject, kind):
    maximum = load(subject, kind, CONNECTIONS, SECONDS).rate
    address = subject.url.removeprefix("http://")
    command = [programs / "bench-pace", address, kind, subject.token, str(subject.images), str(CONNECTIONS)]
    command += [str(maximum / 2), str(PACED)]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return figures | {"maximum": maximum, "paced": figures["requests"] / figures["seconds"]}
