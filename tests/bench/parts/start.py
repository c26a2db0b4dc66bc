"""What an empty service takes: to its first answer, in memory while it waits, and on the disk."""

import contextlib
import os
import pathlib
import socket
import statistics
import subprocess
import time

import servers
import tables
from goals import at_most
from measure import memory
from ports import free_port

STARTS = 20
REQUEST = b"GET /healthcheck HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def run(programs, home, stack):
    program = programs / "image-tags"
    starts = [start(program, home) for _ in range(STARTS)]
    first = statistics.median(seconds for seconds, _ in starts) * 1000
    idle = statistics.median(size for _, size in starts)
    size = pathlib.Path(program).stat().st_size / 1e6
    goals = [
        at_most("start to the first answer, empty store", 10, {"": first}, "ms"),
        at_most("memory of the idle process", 12, {"": idle}, "MiB"),
        at_most("the program", 20, {"": size}, "MB"),
    ]
    slowest = max(seconds for seconds, _ in starts) * 1000
    rows = [[f"{first:.1f}", f"{slowest:.1f}", f"{idle:.1f}", f"{size:.1f}"]]
    return tables.table(["first answer ms", "slowest start ms", "idle MiB", "program MB"], rows), goals


def start(program, home):
    """The seconds from the start of the process to its first answer, and its memory after that."""
    port = free_port()
    own = {"IMAGE_TAGS__SERVER__LISTEN": f"127.0.0.1:{port}", "IMAGE_TAGS__LOG__LEVEL": "info"}
    command = [program, "--config", servers.settings(home, servers.STATIC)]
    begin = time.monotonic()
    process = subprocess.Popen(command, env=os.environ | own, stderr=subprocess.DEVNULL)
    try:
        connection = connected(process, port, begin + 10)
        with connection:
            connection.sendall(REQUEST)
            answer = connection.recv(4096)
        seconds = time.monotonic() - begin
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"the first answer is {answer}")
        time.sleep(0.1)
        return seconds, memory(process.pid, "VmRSS")
    finally:
        process.terminate()
        process.wait(60)


def connected(process, port, deadline):
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port))
        time.sleep(0.0002)
    raise SystemExit("the service does not start")
