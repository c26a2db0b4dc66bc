"""The container's image, without a container engine: its Dockerfile, and the program as the image starts it.

A folder with the program, the libraries that it loads and nothing else takes the place of the image. bubblewrap runs it as
an engine would: as process 1 and the image's user, without capabilities, on a root that is read-only.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import ROOT, run
from ports import free_port

DOCKERFILE = (ROOT / "Dockerfile").read_text()
# What base-nossl of distroless has of Debian 12: its files take 13.9 MiB. With them the image has to be below 40 MiB.
BASE_BYTES = 14_600_000
LIMIT_BYTES = 40 << 20


def instruction(name):
    """The arguments of the last instruction of this name."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)[-1]


def test_the_dockerfile_has_no_fault():
    run("hadolint", ROOT / "Dockerfile")


def test_what_the_dockerfile_copies_is_in_the_context():
    allowed = (ROOT / ".dockerignore").read_text().split()
    for line in re.findall(r"^COPY (?!--)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(source == part or source.startswith(f"{part}/") for part in (name.lstrip("!") for name in allowed)), source


def test_labels_say_what_a_release_is():
    for label in ["title", "description", "licenses", "version", "revision", "created", "source"]:
        assert f"org.opencontainers.image.{label}=" in DOCKERFILE


def test_a_release_is_small_enough():
    release = ROOT / "target" / "release" / "image-tags"
    if not release.exists():
        pytest.skip("there is no release build")
    assert BASE_BYTES + release.stat().st_size + 350_000 < LIMIT_BYTES


@pytest.fixture(scope="module")
def image(namespaces, tmp_path_factory):
    """A folder with what the image has and the program needs."""
    root = tmp_path_factory.mktemp("image")
    program = pathlib.Path(os.environ["IMAGE_TAGS"])
    libraries = re.findall(r"(/\S+) \(0x", run("ldd", program))
    for file in [*libraries, "/etc/ssl/certs/ca-certificates.crt"]:
        copy = root / file.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    for folder in ["usr/local/bin", "etc/image-tags", "var/lib/image-tags", "proc", "dev"]:
        (root / folder).mkdir(parents=True)
    shutil.copy(program, root / "usr/local/bin/image-tags")
    return root


TOKEN = "0123456789abcdef0123456789abcdef"
CONFIGURATION = f"""
[server]
listen = "127.0.0.1:1"
[store]
url = "sqlite:///var/lib/image-tags/images.db"
[data]
url = "file:///var/lib/image-tags/data"
[[auth.tokens]]
token = "{TOKEN}"
user = "user"
project = "project"
roles = ["member"]
"""


class Container:
    def __init__(self, image, folder):
        self.port = free_port()
        self.config, volume = folder / "config" / "config.toml", folder / "volume"
        self.config.parent.mkdir()
        self.config.write_text(CONFIGURATION)
        volume.mkdir()
        user, group = instruction("USER").split(":")
        # The root is read-only, but for the volume.
        self.bubblewrap = ["bwrap", "--unshare-user", "--unshare-pid", "--as-pid-1", "--uid", user, "--gid", group, "--cap-drop", "ALL"]
        self.bubblewrap += ["--ro-bind", image, "/", "--ro-bind", self.config.parent, "/etc/image-tags", "--bind", volume, "/var/lib/image-tags"]
        self.bubblewrap += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/", "--clearenv", "--setenv", "PATH", "/usr/local/bin"]
        name, address = instruction("ENV").split("=")
        assert address == "0.0.0.0:9292"
        # Another port, since there may be others. Only this machine reaches it.
        self.bubblewrap += ["--setenv", name, f"127.0.0.1:{self.port}"]

    @contextlib.contextmanager
    def running(self):
        read, write = os.pipe()
        command = json.loads(instruction("ENTRYPOINT"))
        process = subprocess.Popen([*self.bubblewrap, "--info-fd", str(write), *command], pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as information:
            self.pid = json.load(information)["child-pid"]
        try:
            while self.healthcheck() != 0:
                assert process.poll() is None, "the program ended"
                time.sleep(0.1)
            yield
        finally:
            os.kill(self.pid, getattr(signal, instruction("STOPSIGNAL")))
            code = process.wait(timeout=40)
        assert code == 0

    def healthcheck(self):
        command = json.loads(instruction("HEALTHCHECK.* CMD"))
        return subprocess.run([*self.bubblewrap, *command], stderr=subprocess.DEVNULL).returncode

    def send(self, method, path, body=None, kind="application/json", token=TOKEN):
        headers = {"X-Auth-Token": token, "Content-Type": kind}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        return urllib.request.urlopen(request, timeout=20).read()


def test_it_runs_as_a_user_without_rights_on_a_root_that_is_read_only(image, tmp_path):
    container = Container(image, tmp_path)
    with container.running():
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{container.pid}/status").read_text().splitlines())
        assert {status[name] for name in ["CapPrm", "CapEff", "CapBnd"]} == {"0" * 16}
        assert status["NSpid"].split()[-1] == "1"
        mounts = pathlib.Path(f"/proc/{container.pid}/mountinfo").read_text()
        writable = {line.split()[4] for line in mounts.splitlines() if "rw" in line.split()[5].split(",")}
        assert {name for name in writable if not name.startswith(("/dev", "/proc"))} == {"/var/lib/image-tags"}
        created = json.loads(container.send("POST", "/v2/images", b'{"name": "a", "disk_format": "raw", "container_format": "bare"}'))
        path = f"/v2/images/{created['id']}"
        container.send("PUT", f"{path}/file", b"data", "application/octet-stream")
        container.send("PUT", f"{path}/tags/tag")
    assert container.healthcheck() == 1
    with container.running():
        assert container.send("GET", f"{path}/file") == b"data"
        assert json.loads(container.send("GET", path))["tags"] == ["tag"]


def test_a_reload_reads_a_configuration_that_was_replaced(image, tmp_path):
    """Editors, Ansible and others write a new file and rename it: of a file mounted by itself, the old one stays."""
    container = Container(image, tmp_path)
    new = container.config.with_suffix(".new")
    new.write_text(CONFIGURATION.replace(TOKEN, TOKEN[::-1]))
    with container.running():
        container.send("GET", "/v2/images")
        new.rename(container.config)
        os.kill(container.pid, signal.SIGHUP)
        deadline = time.monotonic() + 20
        while True:
            try:
                container.send("GET", "/v2/images", token=TOKEN[::-1])
                break
            except urllib.error.HTTPError as error:
                assert error.code == 401 and time.monotonic() < deadline
            time.sleep(0.1)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            container.send("GET", "/v2/images")


def test_the_example_credentials_do_not_start_on_all_addresses(image, tmp_path):
    container = Container(image, tmp_path)
    shutil.copy(ROOT / "config.example.toml", container.config)
    command = [*container.bubblewrap, "--setenv", *instruction("ENV").split("="), *json.loads(instruction("ENTRYPOINT"))]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1 and "is a credential of the example configuration" in result.stderr


def test_the_script_for_other_architectures_writes_the_configuration_of_cargo(tmp_path):
    script = ROOT / "deploy" / "container" / "target"
    architecture = run("dpkg", "--print-architecture").strip()
    environment = {**os.environ, "CARGO_HOME": str(tmp_path)}
    run(script, architecture, cwd=tmp_path, env=environment)
    assert (tmp_path / "root/usr/lib/libgcc_s.so.1").exists()
    assert 'linker = "gcc"' in (tmp_path / "config.toml").read_text()
    assert "is amd64 or arm64" in run(script, "mips", succeeds=False, cwd=tmp_path, env=environment)
