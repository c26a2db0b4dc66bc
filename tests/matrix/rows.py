"""The rows of the list of differences that are about cells of the matrix."""

import tomllib


def load(path):
    rows = tomllib.loads(path.read_text())["difference"]
    return [cells for row in rows for cells in row.get("cells", [])]


def is_about(row, operation, caller, recorded):
    """Whether the row says what is answered to this cell."""
    return (
        operation in row["operations"]
        and caller in row.get("callers", [caller])
        and row["glance"].items() <= recorded.items()
    )


def expected(rows, operation, caller, recorded):
    """What this service answers where a Glance answers what is `recorded`."""
    ours = [row["ours"] for row in rows if is_about(row, operation, caller, recorded)]
    return ours[0] if ours else recorded
