"""The program on a free port, and proxies before it."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.toml"
TOKENS = {entry["user"]: entry["token"] for entry in tomllib.loads(EXAMPLE.read_text())["auth"]["tokens"]}

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

KEPT_ALIVE = 'proxy_http_version 1.1; proxy_set_header Connection "";'

# What the README has, then with connections to the program that are kept, then with bodies passed on as they come.
NGINX_OPTIONS = {
    "nginx": {"upstream_options": "", "options": ""},
    "nginx-keepalive": {"upstream_options": "keepalive 16;", "options": KEPT_ALIVE},
    "nginx-unbuffered": {"upstream_options": "keepalive 16;", "options": KEPT_ALIVE + " proxy_request_buffering off;"},
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


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def program(**environment):
    """The URL of the program, started with the example configuration."""
    process = subprocess.Popen(
        [os.environ["IMAGE_TAGS"], "--config", EXAMPLE, "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "IMAGE_TAGS__LOG__FORMAT": "json", **environment},
    )
    try:
        for line in process.stderr:
            line = json.loads(line)
            if line["message"] == "serving":
                break
        else:
            raise RuntimeError(f"the program has ended with {process.wait()}")
        # The pipe must not fill up.
        subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
        yield "http://" + line["listen"]
    finally:
        process.terminate()
        process.wait(timeout=40)


@contextlib.contextmanager
def before(way, url, home):
    """The URL under which clients reach the program at `url` by `way`: directly, or through a proxy."""
    if way == "directly":
        yield url
        return
    port = free_port()
    values = {"home": home, "port": port, "upstream": url.removeprefix("http://")}
    config = home / "proxy.conf"
    if way == "haproxy":
        config.write_text(HAPROXY.format(**values))
        command = ["haproxy", "-db", "-f", config]
    else:
        # What root starts would go on as nobody, who may not write below `home`.
        values["user"] = "user root;" if os.getuid() == 0 else ""
        config.write_text(NGINX.format(**values, **NGINX_OPTIONS[way]))
        command = ["nginx", "-c", config, "-p", home, "-e", home / "error.log"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None and time.monotonic() < deadline, f"{way} does not start"
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
