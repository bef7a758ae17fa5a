"""Hosts, as URLs and connection parameters name them."""

from __future__ import annotations

import ipaddress


def is_local(host: str) -> bool:
    """Return whether a host is this machine: a socket's directory, ``localhost``, or a loopback address."""
    if not host or host.startswith(("/", "@")) or host.lower() in {"localhost", "localhost."}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
