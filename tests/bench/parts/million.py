"""A million images with five tags each in memory, beside a thousand."""

import contextlib
import json
import os

import images
import servers
import tables
from goals import at_most
from measure import Subject, memory
from rounds import measured

FEW, MANY = 1_000, int(os.environ.get("IMAGES", 1_000_000))
KINDS = ["set", "new", "get", "list", "common"]
CONNECTIONS = [16]
STORE = "[store]\nmax_bytes = 17179869184\n"


def run(programs, home, stack):
    subjects, loads, sizes = [], [], []
    for count in (FEW, MANY):
        subject, seconds = stack.enter_context(loaded(programs, home, count))
        subjects.append(subject)
        loads.append(seconds)
        sizes.append(memory(subject.processes[0], "VmRSS") * 2**20)
    few, many = subjects
    results = measured(subjects, KINDS, all_connections=CONNECTIONS)
    each = (sizes[1] - sizes[0]) / (MANY - FEW)

    def cpu(*kinds):
        keys = {tables.NAMES[kind]: [(one.name, kind, 16) for one in (many, few)] for kind in kinds}
        return {name: results.ratio(*pair, "cpu") for name, pair in keys.items()}

    name = f"{MANY:,} images with 5 tags in memory"
    goals = [
        at_most(f"{name}: memory of an image", 1024, {"": each}, "bytes"),
        *(
            at_most(f"{name}: CPU time of {kind} by that at {FEW:,}", 1.2, {"": ratio})
            for kind, ratio in cpu("set", "new", "get", "list", "common").items()
        ),
        at_most(f"{name}: loading an export", 10, {"": loads[1]}, "s"),
    ]
    text = f"The process takes {sizes[0] / 2**20:,.0f} MiB with {few.name} and {sizes[1] / 2**20:,.0f} MiB with {many.name}.\n"
    return text + "\n" + tables.of_services(results, subjects, KINDS, CONNECTIONS), goals


@contextlib.contextmanager
def loaded(programs, home, count):
    """The service with the images of an export, and the time in seconds that loading them took."""
    export, told = home / f"{count}.jsonl", home / f"{count}.json"
    images.export(export, count)
    command = [programs / "bench-loaded", servers.settings(home, STORE + servers.STATIC), export]
    with told.open("w") as stdout, servers.logged(command, stdout=stdout) as (url, process):
        export.unlink()
        figures = json.loads(told.read_text())
        if figures["images"] != count:
            raise SystemExit(f"{figures['images']} of {count} images were loaded")
        yield Subject(f"{count:,} images", url, [process.pid], servers.TOKEN, count), figures["seconds"]
