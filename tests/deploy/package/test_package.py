"""The Debian package in a machine with systemd, from the installation to the purge."""

import os
import pathlib
import re
import shutil
import subprocess
import textwrap

import pytest

from machine import booted

PACKAGE = pathlib.Path(os.environ["IMAGE_TAGS"])
ROOT = pathlib.Path(__file__).resolve().parents[3]
TOKEN = "0123456789abcdef0123456789abcdef"
TOKENS = f"""
[[auth.tokens]]
token = "{TOKEN}"
user = "user"
project = "project"
roles = ["member"]
"""


def test_lintian_finds_no_fault():
    result = subprocess.run(["lintian", "--fail-on", "warning", PACKAGE], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_manual_names_every_command_and_option(tmp_path):
    subprocess.run(["dpkg-deb", "--extract", PACKAGE, tmp_path], check=True)
    manual = (ROOT / "deploy/debian/image-tags.1").read_text().replace("\\-", "-")
    text = subprocess.run([tmp_path / "usr/bin/image-tags", "--help"], check=True, capture_output=True, text=True).stdout
    commands = re.findall(r"^  ([a-z-]+) ", text, re.MULTILINE)
    options = re.findall(r"^ .*(--[a-z-]+)", text, re.MULTILINE)
    assert "check-config" in commands and "--config" in options
    for name in {*commands, *options} - {"help"}:
        assert name in manual, name


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with booted(tmp_path_factory.mktemp("machine")) as machine:
        shutil.copy(PACKAGE, machine.root / "opt/image-tags.deb")
        yield machine


def send(machine, method, path, options=""):
    """The status of the response, and its body."""
    curl = f"curl --silent --show-error --max-time 20 --write-out '\\n%{{http_code}}' --header X-Auth-Token:{TOKEN}"
    body, _, status = machine.run(f"{curl} --request {method} {options} http://127.0.0.1:9292{path}").rpartition("\n")
    return int(status), body


def wait_for(machine, command):
    """Runs a command again and again until it succeeds."""
    machine.run(f"for i in $(seq 100); do ({command}) > /dev/null 2>&1 && exit; sleep 0.2; done; exit 1")


def show(machine, name):
    return machine.run(f"systemctl show --property {name} --value image-tags")


# The tests below follow each other: each takes the machine as the one before has left it.


def test_the_installation_starts_the_service(machine):
    machine.run("dpkg --install /opt/image-tags.deb")
    assert machine.run("systemctl is-enabled image-tags") == "enabled"
    assert show(machine, "Type") == "notify"
    assert machine.run("systemctl is-active image-tags") == "active"
    assert machine.run("image-tags healthcheck") == ""
    assert send(machine, "GET", "/v2/images")[0] == 401


def test_the_service_has_no_rights_and_only_its_group_reads_the_configuration(machine):
    status = machine.run(f"cat /proc/{show(machine, 'MainPID')}/status")
    assert re.search(r"^CapBnd:\t0+$", status, re.MULTILINE) and re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\t2$", status, re.MULTILINE) and not re.search(r"^Uid:\t0\t", status, re.MULTILINE)
    assert machine.run("stat --format '%a %U:%G' /etc/image-tags/config.toml") == "640 root:image-tags"
    assert machine.run("stat --format '%a %U:%G' /etc/image-tags/secrets") == "700 root:root"
    assert machine.run("stat --format %a /var/lib/private/image-tags") == "700"


def test_images_outlive_a_restart(machine):
    config = machine.root / "etc/image-tags/config.toml"
    config.write_text(config.read_text() + TOKENS)
    machine.run("systemctl restart image-tags")
    new = """--header Content-Type:application/json --data '{"name": "a", "disk_format": "raw", "container_format": "bare", "tags": ["b"]}'"""
    status, created = send(machine, "POST", "/v2/images", new)
    assert status == 201
    path = re.search(r'"self":"([^"]+)"', created)[1]
    assert send(machine, "PUT", f"{path}/file", "--header Content-Type:application/octet-stream --data data")[0] == 204
    machine.run("systemctl restart image-tags")
    assert send(machine, "GET", f"{path}/file") == (200, "data")
    assert '"tags":["b"]' in send(machine, "GET", path)[1]


def test_a_reload_takes_over_the_configuration_in_the_same_process(machine):
    process, config = show(machine, "MainPID"), machine.root / "etc/image-tags/config.toml"
    good = config.read_text()
    config.write_text(good.replace(TOKEN, TOKEN[::-1]))
    machine.run("systemctl reload image-tags")
    wait_for(machine, "journalctl --unit image-tags | grep --quiet 'the configuration was reloaded'")
    assert send(machine, "GET", "/v2/images")[0] == 401
    config.write_text(good)
    machine.run("systemctl reload image-tags")
    wait_for(machine, f"test $(curl --silent --output /dev/null --write-out '%{{http_code}}' --header X-Auth-Token:{TOKEN} http://127.0.0.1:9292/v2/images) = 200")
    assert show(machine, "MainPID") == process


def test_a_reload_of_a_bad_configuration_fails_without_any_effect(machine):
    process, config = show(machine, "MainPID"), machine.root / "etc/image-tags/config.toml"
    machine.run("systemctl reload image-tags")
    good = config.read_text()
    config.write_text(good + "[nonsense]\n")
    machine.run("systemctl reload image-tags", succeeds=False)
    assert "nonsense" in machine.run("journalctl --unit image-tags --lines 20")
    assert send(machine, "GET", "/v2/images")[0] == 200
    config.write_text(good)
    machine.run("systemctl reload image-tags")
    assert show(machine, "MainPID") == process


def test_the_service_reads_secrets_that_only_root_may_read(machine):
    secret = machine.root / "etc/image-tags/secrets/keystone"
    secret.write_text("a password\n")
    secret.chmod(0o600)
    file = "/run/credentials/image-tags.service/secrets_keystone"
    config = machine.root / "etc/image-tags/config.toml"
    good = config.read_text()
    keystone = f'[auth.keystone]\nauth_url = "http://127.0.0.1:5000"\nusername = "a"\nproject_name = "b"\npassword_file = "{file}"\n'
    config.write_text(good.replace(TOKENS, "").replace('mode = "static"', 'mode = "keystone"') + keystone)
    machine.run("systemctl restart image-tags")
    assert send(machine, "GET", "/v2/images")[0] == 503
    assert "Keystone cannot be reached" in machine.run("journalctl --unit image-tags --lines 20")
    config.write_text(good)
    machine.run("systemctl restart image-tags")


def test_a_process_that_hangs_is_replaced(machine):
    # In the unit it takes 30 seconds.
    folder = "/run/systemd/system/image-tags.service.d"
    machine.run(f"mkdir -p {folder} && printf '[Service]\\nWatchdogSec=1\\n' > {folder}/watchdog.conf")
    machine.run("systemctl daemon-reload && systemctl restart image-tags")
    process = show(machine, "MainPID")
    machine.run(f"sleep 3; systemctl is-active image-tags && kill -STOP {process}")
    wait_for(machine, f"test $(systemctl show --property MainPID --value image-tags) != {process} && image-tags healthcheck")
    assert "Watchdog timeout" in machine.run("journalctl --unit image-tags")
    machine.run(f"rm -r {folder} && systemctl daemon-reload && systemctl restart image-tags")


def test_no_connection_is_refused_while_the_service_restarts_behind_its_socket(machine):
    machine.run("systemctl stop image-tags")
    machine.run("cp /usr/share/doc/image-tags/examples/image-tags.socket /etc/systemd/system/")
    machine.run("systemctl daemon-reload && systemctl enable --now image-tags.socket")
    # The first connection starts the service.
    assert send(machine, "GET", "/v2/images")[0] == 200
    requests = f"curl --silent --fail --max-time 20 --header X-Auth-Token:{TOKEN} --output /dev/null http://127.0.0.1:9292/v2/images"
    loop = f"(for i in $(seq 100); do {requests} || exit 1; done) & for i in 1 2 3; do systemctl restart image-tags; done; wait $!"
    machine.run(loop)
    machine.run("systemctl disable --now image-tags.socket && rm /etc/systemd/system/image-tags.socket")
    machine.run("systemctl daemon-reload && systemctl restart image-tags")


def test_the_socket_unit_keeps_its_unix_socket_while_the_service_restarts(machine):
    unit = machine.run("cat /usr/share/doc/image-tags/examples/image-tags.socket")
    # As its comment says.
    text = unit.replace("ListenStream=127.0.0.1:9292\n", "").replace("\n#ListenStream", "\nListenStream")
    text = text.replace("\n#SocketGroup", "\nSocketGroup").replace("\n#SocketMode", "\nSocketMode")
    (machine.root / "etc/systemd/system/image-tags.socket").write_text(text)
    machine.run("systemctl stop image-tags && systemctl daemon-reload && systemctl enable --now image-tags.socket")
    (socket,) = re.findall("^ListenStream=(.*)$", text, re.MULTILINE)
    for _ in range(3):
        assert machine.run(f"runuser --user www-data -- curl --silent --unix-socket {socket} http://localhost/readyz") == "ok"
        assert machine.run(f"stat --format '%a %G' {socket}") == "660 www-data"
        machine.run("systemctl restart image-tags")
    machine.run("systemctl disable --now image-tags.socket && rm /etc/systemd/system/image-tags.socket")
    machine.run("systemctl daemon-reload && systemctl restart image-tags")


def test_the_service_listens_on_a_socket_in_its_folder(machine):
    config = machine.root / "etc/image-tags/config.toml"
    good = config.read_text()
    config.write_text(good.replace("127.0.0.1:9292", "unix:/run/image-tags/image-tags.sock"))
    machine.run("systemctl restart image-tags && image-tags healthcheck")
    assert machine.run("stat --format '%a %U' /run/image-tags/image-tags.sock") == "660 image-tags"
    proxy = "runuser --user www-data -- curl --silent --unix-socket /run/image-tags/image-tags.sock http://localhost/readyz"
    machine.run(proxy, succeeds=False)
    machine.run("adduser --quiet www-data image-tags")
    assert machine.run(proxy) == "ok"
    config.write_text(good)
    machine.run("systemctl restart image-tags")


def test_the_file_that_takes_the_service_out_of_rotation_outlives_a_restart(machine):
    config = machine.root / "etc/image-tags/config.toml"
    good = config.read_text()
    config.write_text(good.replace("[server]", '[server]\ndisable_file = "/etc/image-tags/disabled"'))
    machine.run("touch /etc/image-tags/disabled && systemctl restart image-tags")
    assert send(machine, "GET", "/readyz") == (503, "DISABLED BY FILE")
    machine.run("rm /etc/image-tags/disabled")
    assert send(machine, "GET", "/readyz") == (200, "ok")
    config.write_text(good)
    machine.run("systemctl restart image-tags")


def test_the_service_reads_a_policy_of_glance_with_its_group(machine):
    """As docs/beside-glance.md has it."""
    machine.run("addgroup --quiet --system glance && install -d -m 0750 -g glance /etc/glance")
    machine.run("echo 'modify_image: rule:context_is_admin' > /etc/glance/policy.yaml")
    config = machine.root / "etc/image-tags/config.toml"
    good = config.read_text()
    config.write_text(good + '[policy]\nfile = "/etc/glance/policy.yaml"\n')
    machine.run("systemctl restart image-tags", succeeds=False)
    document = (ROOT / "docs/beside-glance.md").read_text()
    (drop_in,) = re.findall(r"```ini\n(.*?)```", document, re.DOTALL)
    folder = machine.root / "etc/systemd/system/image-tags.service.d"
    folder.mkdir()
    (folder / "override.conf").write_text(textwrap.dedent(drop_in))
    machine.run("systemctl daemon-reload && systemctl reset-failed image-tags && systemctl start image-tags")
    machine.run("systemctl reload image-tags")
    shutil.rmtree(folder)
    config.write_text(good)
    machine.run("systemctl daemon-reload && systemctl restart image-tags")


def test_commands_on_sqlite_run_as_the_service_and_a_restore_can_be_written(machine):
    """With the function that docs/operations.md shows, and with a secret in the configuration."""
    document = (ROOT / "docs/operations.md").read_text()
    once = re.search(r"^( *)once\(\) \{\n.*?^\1\}\n", document, re.DOTALL | re.MULTILINE)[0]
    config = machine.root / "etc/image-tags/config.toml"
    good = config.read_text()
    file = "/run/credentials/image-tags.service/secrets_keystone"
    keystone = f'[auth.keystone]\nauth_url = "http://127.0.0.1:5000"\nusername = "a"\nproject_name = "b"\npassword_file = "{file}"\n'
    config.write_text(good.replace(TOKENS, "").replace('mode = "static"', 'mode = "keystone"') + keystone)
    machine.run("systemctl restart image-tags")
    # While the service runs, root finds its secrets.
    machine.run("image-tags check-config && image-tags export > /root/running.jsonl")
    machine.run("systemctl stop image-tags && ! image-tags check-config")
    machine.run(f"{once}\nonce export > /root/images.jsonl && cmp /root/images.jsonl /root/running.jsonl")
    machine.run("rm /var/lib/image-tags/images.db*")
    machine.run(f"{once}\nonce import - < /root/images.jsonl && once doctor")
    backup = re.findall(r"```ini\n# (/etc/systemd/system/(\S+))\n(.*?)```", document, re.DOTALL)
    assert [name for _, name, _ in backup] == ["image-tags-backup.service", "image-tags-backup.timer"]
    for path, _, text in backup:
        (machine.root / path.lstrip("/")).write_text(text)
    machine.run("systemctl daemon-reload && systemctl enable --now image-tags-backup.timer")
    machine.run("systemctl start image-tags-backup && cmp /root/images.jsonl /var/lib/image-tags-backup/$(date +%u).jsonl")
    machine.run("systemctl disable --now image-tags-backup.timer && rm -r /var/lib/private/image-tags-backup")
    machine.run("rm /etc/systemd/system/image-tags-backup.* /var/lib/image-tags-backup /var/lib/systemd/timers/*image-tags* && systemctl daemon-reload")
    owners = machine.run("find /var/lib/private/image-tags -printf '%u\\n' | sort --unique")
    assert owners == "image-tags"
    config.write_text(good)
    machine.run("systemctl start image-tags")
    assert '"name":"a"' in send(machine, "GET", "/v2/images")[1]
    new = """--header Content-Type:application/json --data '{"name": "b"}'"""
    assert send(machine, "POST", "/v2/images", new)[0] == 201


def test_an_upgrade_keeps_configuration_and_images(machine):
    process = show(machine, "MainPID")
    machine.run("dpkg --install --force-confold /opt/image-tags.deb")
    assert show(machine, "MainPID") not in [process, "0"]
    assert '"name":"a"' in send(machine, "GET", "/v2/images")[1]


def test_an_upgrade_leaves_a_deleted_configuration_deleted(machine):
    config = machine.root / "etc/image-tags/config.toml"
    good = config.read_text()
    config.unlink()
    # The service does not start without it, and that is all.
    machine.run("dpkg --install --force-confold /opt/image-tags.deb")
    assert machine.run("dpkg --status image-tags | grep ^Status:") == "Status: install ok installed"
    assert not config.exists()
    config.write_text(good)
    machine.run("chown root:image-tags /etc/image-tags/config.toml && chmod 0640 /etc/image-tags/config.toml")
    machine.run("systemctl reset-failed image-tags && systemctl restart image-tags")


def test_a_removal_keeps_what_a_purge_removes(machine):
    machine.run("dpkg --remove image-tags")
    assert machine.run("systemctl is-active image-tags", succeeds=False) == "inactive"
    machine.run("test -e /etc/image-tags/config.toml && test -e /var/lib/private/image-tags/images.db")
    machine.run("dpkg --purge image-tags")
    left = machine.run("find / -xdev -path /opt -prune -o -path /proc -prune -o -name '*image-tags*' -print")
    # The journal of the machine is not the package's, and neither is what dpkg remembers.
    assert [line for line in left.splitlines() if not line.startswith(("/var/log/", "/var/lib/dpkg/"))] == []
    machine.run("getent passwd image-tags", succeeds=False)


def test_a_purge_succeeds_although_a_file_system_is_mounted_for_the_images(machine):
    state = "/var/lib/private/image-tags"
    machine.run(f"mkdir -p {state} && mount -t tmpfs images {state} && dpkg --install /opt/image-tags.deb")
    machine.run(f"test -e {state}/images.db && dpkg --purge image-tags")
    assert machine.run("dpkg --status image-tags", succeeds=False)
    assert machine.run(f"ls --almost-all {state}") == ""
    machine.run(f"umount {state} && rmdir {state}")
