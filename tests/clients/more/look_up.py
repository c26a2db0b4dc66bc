"""Looks an image up by tag without pause, with the code of a service: look_up.py octavia|trove CONFIGURATION TAG.

Prints a line of JSON for each look-up: when it began and ended on the monotonic clock, the image or the error, and the
warnings that the service has logged. Stops when standard input ends.
"""

import functools
import json
import logging
import sys
import threading
import time

import look_ups


class Warnings(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


def main(service, configuration, tag):
    if service == "octavia":
        look_up = functools.partial(look_ups.octavia(configuration), tag)
    else:
        look_up = functools.partial(look_ups.trove(configuration), None, [tag])
    warnings = Warnings()
    logging.getLogger(service).addHandler(warnings)
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
    while not is_over.is_set():
        began = time.monotonic()
        try:
            found = {"image": look_up()}
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        found |= {"began": began, "ended": time.monotonic(), "warnings": warnings.texts}
        warnings.texts = []
        print(json.dumps(found), flush=True)


main(*sys.argv[1:])
