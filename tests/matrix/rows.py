"""The rows of the list of differences that explain cells of the matrix."""

import tomllib


def load(path):
    rows = tomllib.loads(path.read_text())["difference"]
    return [cells for row in rows for cells in row.get("cells", [])]


def matches(row, operation, caller, recorded):
    """Whether the row explains this cell."""
    return (
        operation in row["operations"]
        and caller in row.get("callers", [caller])
        and row["glance"].items() <= recorded.items()
    )


def expected(rows, operation, caller, recorded):
    """The response of this service to a cell for which `recorded` is that of a Glance."""
    ours = [row["ours"] for row in rows if matches(row, operation, caller, recorded)]
    return ours[0] if ours else recorded
