"""The whole client suite through nginx with TLS, once for each form of the endpoint in a catalog.

The program has no configured public name. It takes it from the forwarding headers of nginx, so every link and the
catalog of its identity must lead back through nginx.
"""

import contextlib
import shutil
import socket
import subprocess
import time

import pytest

from conftest import running
from ports import free_port
from service import Service

import test_logins

# The tests. The fixture `service` below puts nginx in front of the program for all of them.
from test_glance import *  # noqa: F403
from test_openstack import *  # noqa: F403
from test_sdk import *  # noqa: F403
from test_sharing import *  # noqa: F403

NGINX = """
daemon off;
pid {home}/pid;
error_log {home}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {home}/certificate.pem;
        ssl_certificate_key {home}/key.pem;
        client_max_body_size 0;
        location {path} {{
            # Without a path here, nginx forwards the path unchanged: `%2F` in a tag stays escaped.
            proxy_pass http://{upstream};
            proxy_request_buffering off;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Prefix "";
            proxy_set_header Forwarded "";
        }}
    }}
}}
"""


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 and its key."""
    home = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", home / "key.pem", "-out", home / "certificate.pem"],
        check=True,
        capture_output=True,
    )
    return home


@contextlib.contextmanager
def nginx(home, certificate, path, upstream):
    """nginx on a free port, which forwards everything below `path` to `upstream`."""
    for file in certificate.iterdir():
        shutil.copy(file, home)
    port = free_port()
    config = home / "nginx.conf"
    config.write_text(NGINX.format(home=home, port=port, path=path, upstream=upstream))
    process = subprocess.Popen(["nginx", "-c", config, "-p", home, "-e", home / "error.log"])
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None and time.monotonic() < deadline, (home / "error.log").read_text()
                time.sleep(0.02)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(params=["", "/image"], ids=["at the root", "below a path"])
def service(request, tmp_path_factory, certificate, monkeypatch):
    """The program behind nginx. Clients and tests only know the address of nginx."""
    path = request.param
    trusted = {"IMAGE_TAGS__SERVER__TRUSTED_PROXIES": '["127.0.0.1/32"]', "IMAGE_TAGS__SERVER__PATH_PREFIX": path}
    # Otherwise the program refuses the example credentials behind a proxy.
    trusted["IMAGE_TAGS__AUTH__DEVELOPMENT"] = "true"
    authority = str(certificate / "certificate.pem")
    monkeypatch.setenv("SSL_CERT_FILE", authority)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority)
    with running(**trusted) as behind:
        upstream = behind.url.removeprefix("http://")
        with nginx(tmp_path_factory.mktemp("nginx"), certificate, path or "/", upstream) as url:
            yield Service(url + path)


@pytest.mark.parametrize("login", ["password"], indirect=True)
def test_the_catalog_leads_back_through_nginx(openstack, service):
    assert service.url.startswith("https://")
    test_logins.test_token_issue_and_catalog_list(openstack, service)


def test_a_slash_in_a_tag_passes_through_nginx(glance, service):
    image = service.create("slash")["id"]
    glance("image-tag-update", image, "a%2Fb")
    assert service.tags(image) == ["a/b"]
