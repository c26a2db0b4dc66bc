"""Ports that servers of tests listen on."""

import socket


def free_port():
    """A TCP port of 127.0.0.1 on which nobody listened a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
