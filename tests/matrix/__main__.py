"""Sends the permission matrix to an Image API beside a real Keystone.

    python3 tests/matrix record    records the responses in tests/api/matrix/glance.jsonl
    python3 tests/matrix again     compares the responses of a Glance with the recorded ones
    python3 tests/matrix compare   compares those of image-tags, except for the rows of tests/api/golden/differences.toml
    python3 tests/matrix forget    removes the domain image-tags-matrix, which the other commands create in Keystone

OS_AUTH_URL, OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME are the address of Keystone and an account that may create
domains and users there.
"""

import argparse
import itertools
import json
import os
import pathlib
import sys
import time
import tomllib

sys.dont_write_bytecode = True
import rows
from keystone import Keystone
from play import play

DATA = pathlib.Path(__file__).resolve().parents[1] / "api"
RECORDS = {False: DATA / "matrix/glance.jsonl", True: DATA / "matrix/glance_policy.jsonl"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=["record", "again", "compare", "forget"])
    parser.add_argument("--image-url", default="http://127.0.0.1:9292", help="the endpoint of the Image API, without version")
    parser.add_argument("--policy", action="store_true", help="the Image API has the policy of tests/api/matrix/policy.yaml")
    parser.add_argument("--images-url", help="an Image API without that policy over the same images, to make them")
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--only", default="", help="only lines whose image or operation contains this text")
    return parser.parse_args()


def report(left):
    if left and left % 50 == 0:
        print(f"{left} lines left", file=sys.stderr)


def by_cell(lines):
    return {
        (line["image"], line["operation"], caller): {key: value for key, value in answer.items() if key != "callers"}
        for line in lines
        for answer in line["answers"]
        for caller in answer["callers"]
    }


def main():
    options = arguments()
    given = os.environ
    keystone = Keystone(given["OS_AUTH_URL"], given["OS_USERNAME"], given["OS_PASSWORD"], given["OS_PROJECT_NAME"])
    if options.do == "forget":
        return keystone.forget()
    plan = tomllib.loads((DATA / "matrix/plan.toml").read_text())
    planned = [pair for block in plan["block"] for pair in itertools.product(block["images"], block["operations"])]
    if options.policy:
        planned = [pair for pair in planned if pair[0] in plan["policy_images"]]
    lines = [pair for pair in planned if any(options.only in name for name in pair)]
    begun = time.monotonic()
    answers = play(options.image_url, options.images_url or options.image_url, plan, *keystone.callers(plan), lines, options.threads, report)
    played = by_cell(answers)
    print(f"{len(played)} cells in {time.monotonic() - begun:.0f} seconds")
    path = RECORDS[options.policy]
    record = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    if options.do == "record":
        of_line = {(line["image"], line["operation"]): line for line in record + answers}
        kept = [of_line[pair] for pair in planned if pair in of_line]
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept))
        return 0
    recorded = by_cell(record)
    known = rows.load(DATA / "golden/differences.toml") if options.do == "compare" else []
    faults = 0
    for cell, answer in played.items():
        wanted = rows.expected(known, *cell[1:], recorded[cell])
        if answer != wanted:
            faults += 1
            print(f"{' / '.join(cell)}: {answer}, but {wanted} expected")
    print(f"{faults} differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
