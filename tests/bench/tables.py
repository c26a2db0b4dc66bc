"""The figures of a part as a table."""

NAMES = {
    "set": "`PUT` of a set tag",
    "close": "`PUT` of a set tag, a connection each",
    "new": "`PUT`, `DELETE` of new tags",
    "get": "`GET` of an image",
    "list": "list by tag, 20 images",
    "common": "list by a tag of all images, 20 images",
}
SPEED = ["requests/s", "p50 ms", "p99 ms", "peak MiB"]


def table(head, rows):
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def speed(results, key):
    rate, memory = results.median(key, "rate"), results.median(key, "memory")
    return [f"{rate:,.0f}", *(f"{results.median(key, part) / 1000:.2f}" for part in ("p50", "p99")), f"{memory:.0f}"]


def of_memory(results, subjects, kinds, connections):
    """CPU time compared with the bare route, and with nginx with the same logging.

    Both only take requests that set a tag, over connections that stay or over one for each request.
    """
    bare, *nginx = subjects[:3]
    rows = []
    for kind in kinds:
        for number in connections:
            for subject in (one for one in subjects if one.has(kind)):
                key = (subject.name, kind, number)
                beside = nginx["with the request log" in subject.name or subject is nginx[1]]
                other_kind = "close" if kind == "close" else "set"
                ratios = [results.ratio(key, (other.name, other_kind, number), "cpu") for other in (bare, beside)]
                row = [f"{NAMES[kind]}: {subject.name}", str(number), f"{results.median(key, 'cpu'):.1f}"]
                rows.append(row + [f"{ratio:.2f}" for ratio in ratios] + speed(results, key))
    return table(["request", "connections", "CPU µs", "by bare", "by nginx", *SPEED], rows)


def of_services(results, subjects, kinds, connections):
    """CPU time compared with the first of the services."""
    rows = []
    for kind in kinds:
        for number in connections:
            for subject in subjects:
                key, first = ((one.name, kind, number) for one in (subject, subjects[0]))
                row = [f"{NAMES[kind]}: {subject.name}", str(number), f"{results.median(key, 'cpu'):.1f}"]
                rows.append([*row, f"{results.ratio(key, first, 'cpu'):.2f}", *speed(results, key)])
    return table(["request", "connections", "CPU µs", "by the first", *SPEED], rows)


def of_database(results, subject, other, kinds, connections):
    """Requests a second compared with the same statements without the service."""
    rows = []
    for kind in kinds:
        for number in connections:
            key, beside = (subject.name, kind, number), (other, kind, number)
            if key not in results.runs:
                continue
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
