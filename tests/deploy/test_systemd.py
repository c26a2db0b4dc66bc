"""The units, as systemd-analyze sees them. The tests of the package run them."""

import os
import shutil

from conftest import DEPLOY, run

UNITS = DEPLOY / "systemd"


def faults(*units):
    # It succeeds in spite of unknown keys.
    return run("sh", "-c", 'systemd-analyze verify --man=no "$@" 2>&1', "-", *units)


def test_the_units_are_valid(tmp_path):
    socket, service = (tmp_path / f"image-tags.{kind}" for kind in ["socket", "service"])
    shutil.copy(UNITS / socket.name, socket)
    text = (UNITS / service.name).read_text()
    assert text.count("/usr/bin/image-tags") == 3
    service.write_text(text.replace("/usr/bin/image-tags", os.environ["IMAGE_TAGS"]))
    assert faults(service, socket) == ""
    service.write_text(service.read_text().replace("WatchdogSec", "WatchdogSeconds"))
    assert "WatchdogSeconds" in faults(service)


def test_the_service_is_exposed_below_2():
    run("systemd-analyze", "security", "--offline=true", "--threshold=20", UNITS / "image-tags.service")
