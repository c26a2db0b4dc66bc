"""The service on PostgreSQL, beside pgbench on the server at IMAGE_TAGS_TEST_POSTGRES."""

import os

import servers
import tables
from databases import pgbench
from goals import at_least
from rounds import CONNECTIONS, SECONDS, measured

KINDS = ["set", "new", "get", "list"]
# pgbench, with the statement that reads all of an image.
WHOLE = "pgbench, whole images"


def run(programs, home, stack):
    url = os.environ["IMAGE_TAGS_TEST_POSTGRES"]
    subject = stack.enter_context(servers.service(programs, home, store=url, count=1024))
    note = pgbench.compared(url, subject)
    # Otherwise autovacuum does it a minute later.
    pgbench.psql(url, "ANALYZE")

    def baseline(kind, connections):
        if kind != "list":
            return pgbench.run(home, url, kind, min(connections, servers.POOL), SECONDS)

    def whole(kind, connections):
        if kind == "get":
            return pgbench.run(home, url, pgbench.WHOLE, min(connections, servers.POOL), SECONDS)

    results = measured([subject], KINDS, [("pgbench", baseline), (WHOLE, whole)])

    def rate(kind, other="pgbench"):
        keys = {number: [(name, kind, number) for name in (subject.name, other)] for number in CONNECTIONS}
        return {number: results.ratio(*pair, "rate") for number, pair in keys.items()}

    goals = [
        at_least("PostgreSQL, `GET` of an image: rate by `pgbench` with the same statement", 1.5, rate("get")),
        at_least("PostgreSQL, `GET` of an image: rate by `pgbench` that reads all of it", 1.5, rate("get", WHOLE)),
        at_least("PostgreSQL, `PUT` of a set tag: rate by `pgbench` with the same statement", 1.5, rate("set")),
        at_least("PostgreSQL, `PUT` and `DELETE` of new tags: rate by `pgbench` with six statements", 1.2, rate("new")),
    ]
    return tables.of_database(results, subject, "pgbench", KINDS, CONNECTIONS) + note, goals
