"""A Glance 33 under uWSGI with a Keystone of its own, on the MariaDB at IMAGE_TAGS_TEST_MARIADB."""

import contextlib
import os
import pathlib
import subprocess
import sys
import urllib.parse
from dataclasses import dataclass

import servers
from ports import free_port

KEYSTONE = pathlib.Path(__file__).resolve().parents[2] / "keystone"
sys.path.append(str(KEYSTONE))
import cloud  # noqa: E402
import stack as keystone  # noqa: E402

# As the installation guide of Glance sets it up, with its data in a directory.
SETTINGS = """\
[DEFAULT]
log_file = {home}/glance.log
enabled_backends = files:file, web:http
node_staging_uri = file://{home}/staging
[database]
connection = {database}
[oslo_concurrency]
lock_path = {home}/locks
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = {home}/images
[web]
[import_filtering_opts]
allowed_hosts = [127.0.0.1]
allowed_ports = []
[os_glance_staging_store]
filesystem_store_datadir = {home}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {home}/tasks
[keystone_authtoken]
www_authenticate_uri = {auth}
auth_url = {auth}
auth_type = password
username = image-tags
password = {password}
project_name = service
user_domain_id = default
project_domain_id = default
service_token_roles = service
service_token_roles_required = True
[paste_deploy]
flavor = keystone
"""


@dataclass
class Glance:
    url: str
    token: str
    process: int
    # An empty database on the server of Glance.
    store: str
    identity: keystone.Keystone


@contextlib.contextmanager
def running(home, threads=1, filters=(), modules=""):
    """A Glance with two processes, and a token of a member. It finds these filters of requests in `modules`."""
    environment = pathlib.Path(os.environ["GLANCE"])
    with own_keystone(home / "keystone") as identity, own_directory(home / "glance") as directory:
        server = os.environ["IMAGE_TAGS_TEST_MARIADB"]
        for database in ("glance CHARACTER SET utf8", "beside"):
            mariadb(server, f"CREATE DATABASE {database}")
        configure(directory, environment, identity, server, filters)
        manage = [environment / "bin/glance-manage", "--config-file", directory / "glance-api.conf", "db_sync"]
        subprocess.run(manage, check=True, capture_output=True)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = uwsgi(environment, directory, port, threads)
        with servers.running(command, f"{url}/healthcheck", **options(directory, modules)) as process:
            yield Glance(url, identity.login("member"), process.pid, f"{server}/beside", identity)


@contextlib.contextmanager
def own_keystone(home):
    identity = keystone.Keystone(home)
    try:
        yield identity
    finally:
        identity.stop()


@contextlib.contextmanager
def own_directory(home):
    for part in ("images", "staging", "tasks", "locks"):
        (home / part).mkdir(parents=True)
    yield home


def configure(directory, environment, identity, server, filters):
    address = urllib.parse.urlsplit(server).netloc
    values = {"database": f"mysql+pymysql://{address}/glance?charset=utf8", "auth": identity.url}
    values |= {"home": directory, "password": cloud.PASSWORDS["image-tags"]}
    (directory / "glance-api.conf").write_text(SETTINGS.format(**values))
    paste = environment / "etc/glance/glance-api-paste.ini"
    pipeline = " ".join(["keystone =", *filters])
    (directory / "glance-api-paste.ini").write_text(paste.read_text().replace("keystone =", pipeline, 1))


def uwsgi(environment, directory, port, threads):
    """uWSGI's router keeps the connections of clients, and hands the requests to the processes."""
    command = [environment / "bin/uwsgi", "--master", "--die-on-term", "--lazy-apps", "--enable-threads", "--thunder-lock"]
    command += ["--processes", "2", "--threads", str(threads), "--buffer-size", "65535", "--need-app", "--disable-logging"]
    command += ["--module", "glance.wsgi.api:application", "--virtualenv", environment]
    command += ["--socket", directory / "socket", "--http", f"127.0.0.1:{port}", "--http-to", directory / "socket"]
    # Nova uploads snapshots in chunks.
    return [*command, "--http-keepalive=60", "--http-chunked-input"]


def options(directory, modules):
    log = (directory / "uwsgi.log").open("w")
    own = {"OS_GLANCE_CONFIG_DIR": str(directory), "PYTHONPATH": str(modules)}
    return {"env": os.environ | own, "stdout": log, "stderr": subprocess.STDOUT}


def mariadb(server, statement):
    address = urllib.parse.urlsplit(server)
    command = ["mariadb", "--no-defaults", "--host", address.hostname, "--port", str(address.port), "--user", address.username]
    subprocess.run([*command, "--execute", statement], check=True)
