"""How often a second the disk makes a write durable."""

import os
import time

# What a commit of SQLite adds to its log at the least.
PAGE = bytes(4096)


def rate(directory, seconds):
    """Appends pages to a file in the directory, each flushed before the next."""
    path = directory / "flushed"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        flushes, start = 0, time.monotonic()
        while time.monotonic() - start < seconds:
            os.write(file, PAGE)
            os.fdatasync(file)
            flushes += 1
        return flushes / (time.monotonic() - start)
    finally:
        os.close(file)
        path.unlink()
