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
    bare = stack.enter_context(servers.bare(programs))
    rows, goals = [], []
    for kind in KINDS:
        load(subject, kind, CONNECTIONS, SECONDS)
        # The bare route shows what the machine and the load generator make of the same rate.
        subjects = [subject, bare] if bare.has(kind) else [subject]
        rounds = [one_round(programs, subjects, kind) for _ in range(ROUNDS)]
        for number, one in enumerate(subjects):
            median = {what: statistics.median(each[number][what] for each in rounds) for what in rounds[0][number]}
            times = [median[what] / 1000 for what in ("p50", "p99", "max")]
            rates = [f"{median[what]:,.0f}" for what in ("maximum", "paced")]
            rows.append([f"{tables.NAMES[kind]}: {one.name}", *rates, *(f"{time:.2f}" for time in times)])
            if one is subject:
                goals.append(at_most(f"{tables.NAMES[kind]}: p99 at half of the maximum load", 1, {"": times[1]}, "ms"))
    head = ["request", "maximum requests/s", "paced requests/s", "p50 ms", "p99 ms", "longest ms"]
    return tables.table(head, rows), goals


def one_round(programs, subjects, kind):
    """The figures of all subjects at half of the maximum rate of the first."""
    maximum = load(subjects[0], kind, CONNECTIONS, SECONDS).rate
    return [{"maximum": maximum, **paced(programs, one, kind, maximum / 2)} for one in subjects]


def paced(programs, subject, kind, rate):
    address = subject.url.removeprefix("http://")
    command = [programs / "bench-pace", address, kind, subject.token, str(subject.images), str(CONNECTIONS)]
    command += [str(rate), str(PACED)]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return figures | {"paced": figures["requests"] / figures["seconds"]}
