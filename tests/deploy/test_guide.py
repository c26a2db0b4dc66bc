"""What docs/operations.md has to be copied: the configuration, and the proxies, which let clients forge nothing."""

import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from conftest import DEPLOY, ROOT, check_config, run
from ports import free_port

GUIDE = (ROOT / "docs" / "operations.md").read_text()
FORGED = {
    "Forwarded": "for=192.0.2.1;proto=https;host=forged",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Host": "forged",
    "X-Forwarded-Proto": "forged",
    "X-Forwarded-Prefix": "/forged",
}


def block(heading, language):
    """The first block of this language in a section of the guide."""
    section = GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.search(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)[1]


def test_the_program_accepts_the_minimal_configuration(tmp_path):
    text = block("A minimal configuration", "toml")
    for secret in ["database", "s3", "keystone"]:
        assert f'"/run/secrets/{secret}"' in text
        (tmp_path / secret).write_text("secret\n")
    config = tmp_path / "config.toml"
    config.write_text(text.replace("/run/secrets", str(tmp_path)))
    check_config(config, {})


class Service(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that it has got."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps([[name.lower(), value] for name, value in self.headers.items()]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """The health checks of HAProxy reset their connections."""


@pytest.fixture(scope="module")
def service():
    server = Server(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def running(port, *command, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            assert process.poll() is None, command
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def forwarded(connection, path):
    """The headers about forwarding that the service gets with a request in which all of them are forged."""
    connection.request("GET", path, headers={"Host": "image.example.com", **FORGED})
    answer = connection.getresponse()
    assert answer.status == 200
    headers = json.loads(answer.read())
    connection.close()
    names = {name.lower() for name in FORGED}
    return {name: [value for other, value in headers if other == name] for name in names & {name for name, _ in headers}}


@pytest.mark.parametrize("config", ["in-front.cfg", "routes.cfg"])
def test_a_client_forges_nothing_through_haproxy(service, config):
    port = free_port()
    environment = {**os.environ, "IMAGE": f"127.0.0.1:{port}", "IMAGE_TAGS": service, "GLANCE": service}
    with running(port, "haproxy", "-db", "-f", DEPLOY / "haproxy" / config, env=environment):
        for path in ["/v2/images/1/tags/a", "/v2/images"]:
            assert forwarded(http.client.HTTPConnection("127.0.0.1", port, timeout=20), path) == {
                "x-forwarded-for": ["127.0.0.1"],
                "x-forwarded-host": ["image.example.com"],
                "x-forwarded-proto": ["http"],
            }
        # HTTP/1.0 needs no Host.
        with socket.create_connection(("127.0.0.1", port), timeout=20) as old:
            old.sendall(b"GET /v2/images/1/tags/a HTTP/1.0\r\nX-Forwarded-Host: forged\r\n\r\n")
            answer = b"".join(iter(lambda: old.recv(4096), b""))
        assert b" 200 " in answer and b"forged" not in answer


def test_a_client_forges_nothing_through_the_nginx_of_the_guide(service, tmp_path):
    port = free_port()
    key, certificate = tmp_path / "key.pem", tmp_path / "fullchain.pem"
    subject = ["-subj", "/CN=image.example.com", "-days", "2"]
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, "-keyout", key, "-out", certificate)
    server = block("Behind a proxy", "nginx")
    for old, new in [("127.0.0.1:9292", service), ("listen 443", f"listen 127.0.0.1:{port}"), ("/etc/ssl/image.example.com", str(tmp_path))]:
        assert old in server
        server = server.replace(old, new)
    paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
    config = tmp_path / "nginx.conf"
    config.write_text(f"daemon off;\npid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{server}}}\n")
    nginx = [shutil.which("nginx"), "-c", config, "-p", tmp_path, "-e", tmp_path / "error.log"]
    run(*nginx, "-t")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with running(port, *nginx):
        for path in ["/v2/images/1/tags/a%2Fb", "/v2/images/1/file"]:
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
            # The service takes the last address, which is none of a trusted proxy.
            assert forwarded(connection, path) == {
                "x-forwarded-for": ["192.0.2.1, 127.0.0.1"],
                "x-forwarded-host": ["image.example.com"],
                "x-forwarded-proto": ["https"],
            }
