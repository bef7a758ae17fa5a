"""What trusted proxies say of a client: each appends to the right, so that only as many values from there are believed."""

from __future__ import annotations

import re
from ipaddress import ip_address

_BRACKETS = re.compile(r"\[([^\]]+)\](:\d+)?")
_PORT = re.compile(r"([\d.]+):\d+")


def client_address(peer: str, forwarded_for: str, proxies: int) -> str:
    """Return the client's address, from ``X-Forwarded-For`` if ``proxies`` trusted ones have written it, else the peer's."""
    values = _values(forwarded_for)
    if not proxies or len(values) < proxies:
        return peer
    return _address(values[-proxies]) or peer


def forwarded(value: str, proxies: int) -> str | None:
    """Return what the outermost of the trusted proxies says of a scheme or a host, ``None`` if there is none.

    Many of them replace such a header instead of appending to it, so that there may be fewer values than proxies.
    """
    believed = _values(value)[-proxies:] if proxies else []
    return believed[0] if believed else None


def _values(header: str) -> list[str]:
    return [value.strip() for value in header.split(",") if value.strip()]


def _address(value: str) -> str | None:
    found = _BRACKETS.fullmatch(value) or _PORT.fullmatch(value)
    try:
        return str(ip_address(found[1] if found else value))
    except ValueError:
        return None
