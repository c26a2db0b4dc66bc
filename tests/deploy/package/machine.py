"""A machine of its own with Debian and systemd: systemd-nspawn boots a copy of a fresh system, without a network."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import time

TARGET = pathlib.Path(__file__).resolve().parents[3] / "target"
SYSTEM = TARGET / "debian-system"
PACKAGES = "systemd,systemd-sysv,dbus,curl,adduser,procps,ca-certificates"


def make_system():
    """Debian 12 in a folder under target/, once for these packages."""
    made = SYSTEM / "made"
    if made.exists() and made.read_text() == PACKAGES:
        return
    shutil.rmtree(SYSTEM, ignore_errors=True)
    subprocess.run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", SYSTEM], check=True, stdout=subprocess.DEVNULL)
    made.write_text(PACKAGES)


class Machine:
    def __init__(self, root, init):
        self.root, self.init = root, init

    def run(self, command, succeeds=True):
        """Runs a line of sh in the machine, and returns what it prints."""
        enter = ["nsenter", "--target", str(self.init), "--all", "sh", "-c", f"exec 2>&1; {command}"]
        result = subprocess.run(enter, stdout=subprocess.PIPE, text=True, timeout=180)
        assert (result.returncode == 0) == succeeds, f"{command}: {result.stdout}"
        return result.stdout.strip()


@contextlib.contextmanager
def booted(directory):
    """A new machine, in a subdirectory of `directory`."""
    make_system()
    root = directory / "machine"
    subprocess.run(["cp", "--archive", SYSTEM, root], check=True)
    command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--directory", root, "--boot"]
    with open(directory / "console", "w") as console:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
    try:
        machine = Machine(root, first_child(process))
        while machine.run("systemctl is-system-running || true") not in ["running", "degraded"]:
            time.sleep(0.3)
        yield machine
    finally:
        # It makes systemd in the machine power off.
        process.terminate()
        process.wait(timeout=120)
        shutil.rmtree(root)


def first_child(process):
    """systemd in the machine, once its processes are in their namespaces."""
    while process.poll() is None:
        for child in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{child}/exe").endswith("/systemd"):
                    return int(child)
        time.sleep(0.1)
    raise RuntimeError("the machine did not boot")
