"""Runs Horizon on a free port of the loopback interface, prints the port, and exits with its standard input."""

import os
import socketserver
import sys
import threading
import wsgiref.simple_server

os.environ["DJANGO_SETTINGS_MODULE"] = "horizon_settings"

from django.core.wsgi import get_wsgi_application  # noqa: E402


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        """The tests say what they asked for."""


server = wsgiref.simple_server.make_server("127.0.0.1", 0, get_wsgi_application(), Server, Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
