"""Ports of this machine for servers that the tests start."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

HOST = "127.0.0.1"

#: Below the ephemeral ports of clients, so that none of them takes the port of a server that is down for a while.
_LOWEST, _HIGHEST = 15_000, 32_000


def free_port() -> int:
    """Return a port on which no process listens."""
    while True:
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        with suppress(OSError):
            socket.create_server((HOST, port)).close()
            return port


def is_free(port: int) -> bool:
    """Return whether no process listens on a port."""
    with suppress(OSError):
        socket.create_server((HOST, port)).close()
        return True
    return False
