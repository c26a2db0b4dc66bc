"""A stand-in for Keystone: it accepts every login, and knows one token, of a member of the example's project."""

import contextlib
import datetime
import http.server
import json
import threading

PROJECT = "5ef70662f8b34079a6eddb8da9d75fe8"

# As long as a token of Keystone.
TOKEN = "gAAAAAB" + "f0e1d2c3" * 22


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, token("image-tags", "service"))

    def do_GET(self):
        if self.headers["X-Subject-Token"] == TOKEN:
            return self.answer(200, token("member", PROJECT))
        self.answer(404, {"error": {"code": 404, "title": "Not Found", "message": "Could not recognize Fernet token"}})

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Subject-Token", "gAAAAAB-of-the-service")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def token(user, project):
    domain = {"id": "default", "name": "Default"}
    now = datetime.datetime.now(datetime.UTC)
    times = {"issued_at": now, "expires_at": now + datetime.timedelta(days=1)}
    body = {name: time.strftime("%Y-%m-%dT%H:%M:%S.000000Z") for name, time in times.items()}
    body |= {"methods": ["password"], "audit_ids": ["x"], "roles": [{"id": "1", "name": "member"}]}
    body |= {"user": {"id": user, "name": user, "domain": domain}}
    return {"token": body | {"project": {"id": project, "name": project, "domain": domain}}}


@contextlib.contextmanager
def keystone():
    """The URL of the stand-in, which runs in a thread."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
