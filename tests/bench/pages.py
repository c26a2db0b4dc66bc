"""The tables on the terminal and in docs/performance.md."""

import datetime
import os
import pathlib
import re
import subprocess

import tables

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/performance.md"


def version(*command):
    output = subprocess.run(command, capture_output=True, text=True)
    return re.search(r"\d+(\.\d+)+", output.stdout + output.stderr)[0]


def stamp(rounds):
    programs = {"wrk": ["wrk", "--version"], "nginx": ["nginx", "-v"], "rustc": ["rustc", "--version"]}
    programs |= {"PostgreSQL": ["pgbench", "--version"]}
    versions = ", ".join(f"{program} {version(*command)}" for program, command in programs.items())
    return f"{today()}, {os.cpu_count()} cores, Linux {version('uname', '-r')}, {versions}; medians of {rounds}."


def today():
    return str(datetime.datetime.now(datetime.UTC).date())


def show(name, text):
    """Prints the text, and writes it into the page if UPDATE_PAGES is set."""
    print(f"\n## {name}\n\n{text}", flush=True)
    if os.environ.get("UPDATE_PAGES") == "1":
        before, _, after = halves(name)
        PAGE.write_text(before + text + after)


def halves(name):
    """The page before, inside and after the text with this name."""
    page = PAGE.read_text()
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, rest = page.split(begin)
    inside, after = rest.split(end, 1)
    return before + begin, inside, end + after


def show_goals(goals):
    """Shows these goals, among those of earlier runs that were not measured now."""
    rows = {row[0]: row for row in earlier()}
    for row in (goal.row() for goal in goals):
        rows[row[0]] = [*row, today()]
    # The page has the goals in the order in which a run measures them.
    show("goals", tables.table(["what", "goal", "measured", "met", "on"], list(rows.values())))


def earlier():
    _, text, _ = halves("goals")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines()]
    return [line for line in lines[2:] if len(line) == 5]
