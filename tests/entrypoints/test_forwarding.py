"""What is believed of proxies: as many values from the right as are trusted, and none that is no address."""

from __future__ import annotations

import pytest

from ticketcore_wire.forwarding import client_address, forwarded

PEER = "192.0.2.1"


@pytest.mark.parametrize(
    ("header", "proxies", "client"),
    [
        ("203.0.113.5", 0, PEER),
        ("203.0.113.5", 1, "203.0.113.5"),
        ("198.51.100.7, 203.0.113.5", 1, "203.0.113.5"),
        ("198.51.100.7, 203.0.113.5", 2, "198.51.100.7"),
        ("9.9.9.9, 198.51.100.7,203.0.113.5", 2, "198.51.100.7"),
        ("203.0.113.5", 2, PEER),
        ("", 1, PEER),
        (" , ", 1, PEER),
        ("203.0.113.5:4711", 1, "203.0.113.5"),
        ("[2001:db8::1]:4711", 1, "2001:db8::1"),
        ("[2001:db8::1]", 1, "2001:db8::1"),
        ("2001:DB8:0::1", 1, "2001:db8::1"),
        ("unknown", 1, PEER),
        ("203.0.113.5, _hidden", 1, PEER),
        ("203.0.113.999", 1, PEER),
    ],
)
def test_the_client_is_the_address_that_the_outermost_trusted_proxy_saw(header: str, proxies: int, client: str) -> None:
    """Addresses further left are the client's own words; without enough of them it is the peer."""
    assert client_address(PEER, header, proxies) == client


@pytest.mark.parametrize(
    ("header", "proxies", "said"),
    [
        ("https", 0, None),
        ("", 1, None),
        ("https", 1, "https"),
        ("https", 2, "https"),
        ("evil, https", 1, "https"),
        ("evil, https, http", 2, "https"),
    ],
)
def test_scheme_and_host_come_from_the_outermost_trusted_proxy(header: str, proxies: int, said: str | None) -> None:
    """Proxies that replace the header leave fewer values than there are proxies."""
    assert forwarded(header, proxies) == said
