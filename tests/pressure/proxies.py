"""Reverse proxies in front of the program: nginx and HAProxy on free ports of the loopback interface."""

import contextlib
import os
import socket
import subprocess
import time

from ports import free_port

NGINX = """
daemon off;
{user}
pid {home}/pid;
error_log {home}/error.log;
events {{}}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    upstream image_tags {{
        server {upstream};
        {upstream_options}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://image_tags;
            {options}
        }}
    }}
}}
"""

PERSISTENT = 'proxy_http_version 1.1; proxy_set_header Connection "";'

# The README's example; persistent connections to the program; and also request bodies without buffering.
NGINX_OPTIONS = {
    "nginx": {"upstream_options": "", "options": ""},
    "nginx-keepalive": {"upstream_options": "keepalive 16;", "options": PERSISTENT},
    "nginx-unbuffered": {"upstream_options": "keepalive 16;", "options": PERSISTENT + " proxy_request_buffering off;"},
}

HAPROXY = """
global
    maxconn 1000
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen image_tags
    bind 127.0.0.1:{port}
    server program {upstream}
"""


@contextlib.contextmanager
def proxied(proxy, url, home):
    """Yields the URL at which clients reach the program at `url` through `proxy`. `home` is a directory for its files."""
    if proxy == "directly":
        yield url
        return
    port = free_port()
    values = {"home": home, "port": port, "upstream": url.removeprefix("http://")}
    config = home / "proxy.conf"
    if proxy == "haproxy":
        config.write_text(HAPROXY.format(**values))
        command = ["haproxy", "-db", "-f", config]
    else:
        # As root, nginx would switch to the user nobody, who may not write to `home`.
        values["user"] = "user root;" if os.getuid() == 0 else ""
        config.write_text(NGINX.format(**values, **NGINX_OPTIONS[proxy]))
        command = ["nginx", "-c", config, "-p", home, "-e", home / "error.log"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None and time.monotonic() < deadline, f"{proxy} does not start"
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
