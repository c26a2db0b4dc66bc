"""How often everything is measured, and the rounds in which what is compared runs shortly after each other."""

import os
import sys

from measure import Results, load

# QUICK=1 only shows that everything works.
ROUNDS, SECONDS = (9, 2) if os.environ.get("FULL") == "1" else (1, 1) if os.environ.get("QUICK") == "1" else (5, 1)
CONNECTIONS = [1, 16, 256]


def measured(subjects, kinds, baselines=(), all_connections=None):
    """The figures of all subjects and baselines for all kinds of requests. A baseline is a name and a function.

    A kind is its name, or its name and the connections at which it is measured in addition to the others.
    """
    results = Results()
    kinds = {kind: () if isinstance(kinds, list) else kinds[kind] for kind in kinds}
    usual = all_connections or CONNECTIONS
    for subject in subjects:
        warm_up(subject, kinds, usual[0])
    for connections in sorted({*usual, *(number for more in kinds.values() for number in more)}):
        now = [kind for kind, more in kinds.items() if connections in usual or connections in more]
        for _ in range(ROUNDS):
            one_round(results, subjects, now, baselines, connections)
        print(f"{connections} connections: done", file=sys.stderr)
    return results


def warm_up(subject, kinds, connections):
    for kind in kinds:
        if subject.has(kind):
            load(subject, kind, connections, 1)
    # Until each round removes as many new tags as it puts.
    while subject.has("new") and "new" in kinds and subject.sent < subject.sampled:
        load(subject, "new", connections, 1)


def one_round(results, subjects, kinds, baselines, connections):
    for kind in kinds:
        for name, baseline in baselines:
            figures = baseline(kind, connections)
            if figures:
                results.add((name, kind, connections), figures)
        for subject in subjects:
            if subject.has(kind):
                results.add((subject.name, kind, connections), load(subject, kind, connections, SECONDS))
