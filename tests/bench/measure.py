"""One run of a load: its rate, and what it costs the process that serves it."""

import json
import pathlib
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
# wrk keeps a request for each image.
MAX_SAMPLED = 1 << 16


@dataclass
class Subject:
    """A server under test: its address and its processes."""

    name: str
    url: str
    processes: list
    token: str = "no-token-is-asked-for-0000000000"
    # The number of images. A server with one only takes requests that set a tag.
    images: int = 1
    # The position at which the next run of new tags begins.
    sent: int = 0

    @property
    def sampled(self):
        """The number of images that requests go to. They are spread over all images."""
        return min(self.images, MAX_SAMPLED)

    def has(self, kind):
        return self.images > 1 or kind in ("set", "close")


@dataclass
class Figures:
    """The result of one run. A program that is no server only has a rate and a CPU time."""

    rate: float
    cpu: float  # microseconds a request
    p50: float = 0  # microseconds
    p99: float = 0
    memory: float = 0  # peak, in MiB


@dataclass
class Results:
    """The figures of all runs, by subject, kind and connections."""

    runs: dict = field(default_factory=dict)

    def add(self, key, figures):
        self.runs.setdefault(key, []).append(figures)

    def median(self, key, what):
        return statistics.median(getattr(figures, what) for figures in self.runs[key])

    def ratio(self, key, other, what):
        """The median of the ratios of consecutive runs."""
        pairs = zip(self.runs[key], self.runs[other], strict=True)
        return statistics.median(getattr(one, what) / getattr(two, what) for one, two in pairs)


def descendants(process):
    listed = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [one for child in listed for one in (int(child), *descendants(int(child)))]


def cpu_seconds(process):
    """User and system time of a process and all its threads, from the CPU clock that Linux has for it."""
    return time.clock_gettime((~process << 3) | 2)


def memory(process, field):
    """A size that Linux counts for a process, in MiB: VmHWM is its peak, VmRSS the present one."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def reset_peak(process):
    pathlib.Path(f"/proc/{process}/clear_refs").write_text("5")


def load(subject, kind, connections, seconds):
    """Sends requests of a kind over a number of connections."""
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--latency"]
    command += ["--timeout", "30s", "--script", HERE / "requests.lua", subject.url]
    command += ["--", kind, subject.token, str(subject.sampled), str(subject.sampled // 2), str(subject.sent if kind == "new" else 0)]
    command.append(str(subject.images // subject.sampled))
    for process in subject.processes:
        reset_peak(process)
    before = sum(map(cpu_seconds, subject.processes))
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = sum(map(cpu_seconds, subject.processes)) - before
    answer = json.loads(output.splitlines()[-1])
    if kind == "new":
        subject.sent = answer["sent"]
    # The end of a run cuts requests off, so some new tags exist already in the next run, or no longer. A connection may
    # also fall so far behind the others that a tag is removed before it is put.
    tolerated = 2 * connections + answer["requests"] // 200 if kind == "new" else 0
    if answer["failed"] > tolerated or answer["broken"]:
        sys.exit(f"{subject.name}, {kind}, {connections} connections: requests failed: {answer}")
    requests = answer["requests"]
    return Figures(
        rate=requests / answer["microseconds"] * 1e6,
        cpu=spent / requests * 1e6,
        p50=answer["p50"],
        p99=answer["p99"],
        memory=sum(memory(process, "VmHWM") for process in subject.processes),
    )
