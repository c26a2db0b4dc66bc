"""serve.py HOST PORT: serves the Keystone that OS_KEYSTONE_CONFIG_FILES names."""

import sys

import waitress

host, port = sys.argv[1:]
# Keystone would parse the arguments of this script as its own.
del sys.argv[1:]

from keystone.wsgi.api import application  # noqa: E402

waitress.serve(application, host=host, port=int(port), threads=8)
