"""Measures the cost of a request: python3 tests/bench PROGRAMS, a directory with release builds of image-tags and bench-*.

Each file of `parts` measures one thing and says what its goals are; docs/performance.md describes them. FULL=1 makes more
and longer runs, QUICK=1 one short run. PEERS=1 measures a Glance too (see parts/peers.py); UPDATE_PAGES=1 writes the tables
into docs/performance.md. BENCH=memory,sqlite selects parts, and BENCH=smoke only checks that the benchmark works.
IMAGES=100000 loads fewer images than a million.
"""

import contextlib
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
import pages
from parts import latency, memory, million, peers, postgres, sqlite, start, tokens
from rounds import ROUNDS, SECONDS

USUAL = {
    "memory": memory.run,
    "tokens": tokens.run,
    "latency": latency.run,
    "million": million.run,
    "start": start.run,
    "sqlite": sqlite.run,
    "postgres": postgres.run,
}
ALL = USUAL | {"peers": peers.run, "smoke": memory.smoke}


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    chosen = os.environ.get("BENCH")
    usual = [*USUAL] + (["peers"] if os.environ.get("PEERS") == "1" else [])
    goals = []
    try:
        for name in chosen.split(",") if chosen else usual:
            with contextlib.ExitStack() as stack:
                home = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
                text, reached = ALL[name](programs, home, stack)
            goals += reached
            if name == "smoke":
                print(text)
            else:
                pages.show(name, f"{pages.stamp(f'{ROUNDS} rounds of {SECONDS} s')}\n\n{text}")
    finally:
        # A part that fails does not take away what the others have reached.
        if goals:
            pages.show_goals(goals)


main()
