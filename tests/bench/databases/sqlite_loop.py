"""Runs the statements of the service on an SQLite file in a loop: sqlite_loop.py FILE KIND SECONDS IMAGES.

The module of Python is a thin layer over the library and prepares each statement once.
"""

import json
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
import statements

PRAGMAS = ["busy_timeout = 10000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -4096"]
# Functions that an older SQLite names differently, and how a transaction begins.
SPELLINGS = [("octet_length", "length"), ("string_agg", "group_concat"), ("BEGIN", "BEGIN IMMEDIATE")]


def spelled(text):
    for spelling in SPELLINGS:
        text = text.replace(*spelling)
    return text


def do(database, texts, number):
    values = {"id": f"00000000-0000-4000-8000-{number:012}", **statements.VALUES}
    for text in texts:
        row = database.execute(text, values).fetchone()
        if text == texts[0] and len(texts) > 1:
            values |= zip(statements.COLUMNS, row, strict=False)
            values["next"] = values["revision"] + 1


def main():
    file, kind, seconds, images = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    kinds = {"new": [statements.PUT_OF_NEW, statements.DELETE_OF_NEW]}.get(kind, [statements.PUT_OF_SET_AGAIN])
    kinds = [[spelled(text) for text in texts] for texts in kinds]
    database = sqlite3.connect(file, isolation_level=None)
    for pragma in PRAGMAS:
        database.execute(f"PRAGMA {pragma}")
    requests, start, number = 0, time.monotonic(), 0
    while time.monotonic() - start < seconds:
        for texts in kinds:
            do(database, texts, number % images)
        requests += len(kinds)
        number += 1
    elapsed = time.monotonic() - start
    print(json.dumps({"rate": requests / elapsed, "cpu": time.process_time() / requests * 1e6}))


main()
