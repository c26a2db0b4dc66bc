"""The service in memory beside a bare axum route and nginx."""

import servers
import tables
from goals import at_most
from rounds import CONNECTIONS, measured

KINDS = ["set", "close", "new", "get", "list"]


def run(programs, home, stack):
    return compared(programs, home, stack, CONNECTIONS)


def smoke(programs, home, stack):
    """Only shows that the benchmark works, and has no goals."""
    return compared(programs, home, stack, [16])[0], []


def compared(programs, home, stack, connections):
    subjects = [
        stack.enter_context(servers.bare(programs)),
        stack.enter_context(servers.nginx(home, logs=False)),
        stack.enter_context(servers.nginx(home, logs=True)),
        stack.enter_context(servers.service(programs, home, logs=False)),
        stack.enter_context(servers.service(programs, home)),
    ]
    results = measured(subjects, KINDS, all_connections=connections)
    bare, subject = subjects[0].name, subjects[-1].name

    def cpu(kind, other, other_kind):
        keys = [((subject, kind, number), (other, other_kind, number)) for number in connections]
        return {number: results.ratio(*pair, "cpu") for number, pair in zip(connections, keys)}

    goals = [
        at_most("`PUT` of a set tag: CPU time by a bare route", 1.25, cpu("set", bare, "set")),
        at_most("`PUT` and `DELETE` of new tags: CPU time by a bare route", 1.5, cpu("new", bare, "set")),
        at_most("`GET` of an image: CPU time by a bare route", 1.6, cpu("get", bare, "set")),
        at_most("list by tag, 20 images: CPU time by `GET` of an image", 3, cpu("list", subject, "get")),
    ]
    return tables.of_memory(results, subjects, KINDS, connections), goals
