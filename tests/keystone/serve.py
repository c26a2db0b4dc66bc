"""serve.py DIRECTORY PORT: serve the Keystone in DIRECTORY on loopback.

PORT 0 means a free port.
Prints the port when it listens, and exits when its standard input is closed.
"""

import os
import pathlib
import sys
import threading

import cloud

home, port = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
# Keystone would parse the arguments of this script as its own.
del sys.argv[1:]
os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(cloud.configure(home))

import waitress  # noqa: E402
from keystone.wsgi.api import application  # noqa: E402

server = waitress.create_server(application, host="127.0.0.1", port=port, threads=8)
print(server.effective_port, flush=True)


def exit_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=exit_with_input, daemon=True).start()
server.run()
