"""serve.py DIRECTORY PORT: serves the Keystone in DIRECTORY on the loopback, on a free port if PORT is 0.

Prints the port when it listens, and ends when its standard input does.
"""

import os
import pathlib
import sys
import threading

import cloud

home, port = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
# Keystone must not take our arguments for its own.
del sys.argv[1:]
os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(cloud.configure(home))

import waitress  # noqa: E402
from keystone.wsgi.api import application  # noqa: E402

server = waitress.create_server(application, host="127.0.0.1", port=port, threads=8)
print(server.effective_port, flush=True)


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
server.run()
