"""Looks an image up by tag without pause, with the code of a service: look_up.py octavia|trove CONFIGURATION TAG.

Prints a line of JSON for each look-up: when it began and ended on the monotonic clock, the image or the error, and the
warnings that the service has logged. Stops when standard input ends.
"""

import json
import logging
import sys
import threading
import time


def octavia(configuration, tag):
    """How Octavia finds the image of a new amphora, by `amp_image_tag`."""
    from octavia.common import config
    from octavia.image.drivers import glance_driver

    config.init(["--config-file", configuration])
    manager = glance_driver.ImageManager()
    return lambda: manager.get_image_id_by_tag(tag)


def trove(configuration, tag):
    """How Trove finds the image of a new instance, by the `image_tags` of a datastore version."""
    from trove.common import cfg, clients, glance

    cfg.parse_args(["trove", "--config-file", configuration])
    client = clients.create_glance_client(None)
    return lambda: glance.get_image_id(client, None, [tag])


class Warnings(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


def main(service, configuration, tag):
    look_up = {"octavia": octavia, "trove": trove}[service](configuration, tag)
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
