"""The figures as tables, on the terminal and in docs/performance.md."""

import datetime
import os
import pathlib
import re
import subprocess

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/performance.md"
NAMES = {
    "set": "`PUT` of a set tag",
    "new": "`PUT`, `DELETE` of new tags",
    "get": "`GET` of an image",
    "list": "list by tag, 20 images",
}
SPEED = ["requests/s", "p50 ms", "p99 ms", "peak MiB"]


def table(head, rows):
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def speed(results, key):
    rate, memory = results.median(key, "rate"), results.median(key, "memory")
    return [f"{rate:,.0f}", *(f"{results.median(key, part) / 1000:.2f}" for part in ("p50", "p99")), f"{memory:.0f}"]


def of_memory(results, subjects, kinds, connections):
    """CPU time compared with the bare route, and with nginx with the same logging."""
    bare, *nginx = subjects[:3]
    rows = []
    for kind in kinds:
        for number in connections:
            for subject in subjects if kind == "set" else subjects[3:]:
                key = (subject.name, kind, number)
                beside = nginx["with the request log" in subject.name or subject is nginx[1]]
                ratios = [results.ratio(key, (other.name, "set", number), "cpu") for other in (bare, beside)]
                row = [f"{NAMES[kind]}: {subject.name}", str(number), f"{results.median(key, 'cpu'):.1f}"]
                rows.append(row + [f"{ratio:.2f}" for ratio in ratios] + speed(results, key))
    return table(["request", "connections", "CPU µs", "by bare", "by nginx", *SPEED], rows)


def of_database(results, subject, other, kinds, connections):
    """Requests a second compared with the same statements without the service."""
    rows = []
    for kind in kinds:
        for number in connections:
            key, beside = (subject.name, kind, number), (other, kind, number)
            row = [NAMES[kind], str(number), f"{results.median(key, 'cpu'):.0f}", *speed(results, key)]
            if beside in results.runs:
                row += [f"{results.median(beside, 'rate'):,.0f}", f"{results.ratio(key, beside, 'rate'):.2f}"]
            rows.append(row + ["", ""][: 9 - len(row)])
    return table(["request", "connections", "CPU µs", *SPEED, f"{other}: requests/s", "ratio"], rows)


def of_peers(results, subjects, kinds, connections):
    """CPU time and requests a second of both."""
    peer, subject = subjects
    rows = []
    for kind in kinds:
        for number in connections:
            keys = [(one.name, kind, number) for one in (peer, subject)]
            row = [NAMES[kind], str(number)]
            for key in keys:
                row += [f"{results.median(key, 'cpu'):,.0f}", *speed(results, key)]
            ratios = [results.ratio(keys[0], keys[1], "cpu"), results.ratio(keys[1], keys[0], "rate")]
            rows.append(row + [f"{ratio:.0f}" for ratio in ratios])
    head = [f"{one}{part}" for one in ("Glance: ", "") for part in ["CPU µs", *SPEED]]
    return table(["request", "connections", *head, "times less CPU", "times the rate"], rows)


def version(*command):
    output = subprocess.run(command, capture_output=True, text=True)
    return re.search(r"\d+(\.\d+)+", output.stdout + output.stderr)[0]


def show(name, text, rounds):
    """Prints the table, and writes it into the page if UPDATE_PAGES is set."""
    programs = {"wrk": ["wrk", "--version"], "nginx": ["nginx", "-v"], "rustc": ["rustc", "--version"]}
    programs |= {"PostgreSQL": ["pgbench", "--version"]}
    versions = ", ".join(f"{program} {version(*command)}" for program, command in programs.items())
    today = datetime.datetime.now(datetime.UTC).date()
    text = f"{today}, {os.cpu_count()} cores, Linux {version('uname', '-r')}, {versions}; medians of {rounds}.\n\n{text}"
    print(f"\n## {name}\n\n{text}", flush=True)
    if os.environ.get("UPDATE_PAGES") == "1":
        page = PAGE.read_text()
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, rest = page.split(begin)
        PAGE.write_text(before + begin + text + end + rest.split(end, 1)[1])
