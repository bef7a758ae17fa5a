"""URLs of webhooks, and the addresses that they may lead to.

A URL comes from outside and the request goes out from inside, so that a webhook could be made to reach what only this network
can: server-side request forgery (SSRF).  An address is judged after its name was resolved, by ``is_public``.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Self

import attrs

from ticketcore.domain.texts import InvalidValue, Text

MAX_LENGTH = 2000
_PORTS = {"http": 80, "https": 443}
_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
#: The form of a URL, as a regular expression: of http or https, with a host, without a user and a fragment.
PATTERN = (
    r"([Hh][Tt][Tt][Pp][Ss]?)://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})"
    rf"(:({_PORT}))?"
    r"(/([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: What an address of IPv6 may be that is neither private nor another form of an address of IPv4.
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
_IPV6_TUNNELS = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))
#: Public by their numbers, and services of the machine's own network all the same.
_NEAR = {ipaddress.IPv4Address("168.63.129.16")}
_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")


@attrs.frozen
class WebhookUrl:
    """A URL in its parts; ``path`` begins with a slash and has the query."""

    scheme: str
    host: str
    port: int
    path: str = attrs.field(repr=False)

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a URL; raise ``InvalidValue`` unless it is http or https, with a host, and no user or fragment."""
        found = re.fullmatch(PATTERN, text) if isinstance(text, str) and len(text) <= MAX_LENGTH else None
        if found is None or not _is_host(found[2]):
            raise InvalidValue(Text("must be a URL of https, without a user and a fragment"))
        scheme, host, _, port, path, _ = found.groups()
        scheme = scheme.lower()
        return cls(scheme, host.lower(), int(port or _PORTS[scheme]), path or "/")

    @property
    def authority(self) -> str:
        """Host and port as the header ``Host`` has them."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The URL without its path, which may hold a secret."""
        return f"{self.scheme}://{self.authority}"


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        return True
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


def check(value: object) -> Text | None:
    """Check for the URL of a webhook."""
    try:
        WebhookUrl.parse(value)
    except InvalidValue as wrong:
        return wrong.text
    return None


def address_fault(url: WebhookUrl, address: str, *, allow_private: bool) -> Text | None:
    """Return why nothing may be sent to a URL whose host has this address, or ``None`` if it may.

    Private addresses need ``allow_private``.  Over networks of others everything goes encrypted.
    """
    if not is_public(address):
        return None if allow_private else Text("leads into a private network")
    return Text("must be https, as it leads out of the private network") if url.scheme == "http" else None


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet; an address of IPv4 in one of IPv6 counts as the former."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return _is_public_ipv4(parsed)
    if parsed.ipv4_mapped is not None:
        return _is_public_ipv4(parsed.ipv4_mapped)
    if parsed in _NAT64:
        return _is_public_ipv4(ipaddress.IPv4Address(parsed.packed[-4:]))
    return parsed in _GLOBAL_IPV6 and parsed.is_global and not any(parsed in network for network in _IPV6_TUNNELS)


def _is_public_ipv4(address: ipaddress.IPv4Address) -> bool:
    is_special = address.is_multicast or address.is_reserved or address in _NEAR or address in _RELAYS
    return address.is_global and not is_special
