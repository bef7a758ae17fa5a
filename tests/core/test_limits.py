"""Limits of clients: what a text allows, how long one waits, and who is one client."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketcore.domain.limits import DEFAULT_ORDERS, DEFAULT_PAYMENTS, DEFAULT_REQUESTS, Limit, client_of, parse
from ticketcore_testing.samples import NOW

SECOND = timedelta(seconds=1)


def test_the_defaults_are_those_of_the_contract() -> None:
    """30 orders, 30 payments and 600 other requests a minute."""
    assert (parse("30/minute"),) * 2 == (DEFAULT_ORDERS, DEFAULT_PAYMENTS)
    assert parse("600/minute") == DEFAULT_REQUESTS


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("1/second", Limit(1, SECOND)),
        ("30/minute", Limit(30, timedelta(minutes=1))),
        ("99999/hour", Limit(99_999, timedelta(hours=1))),
        ("100000/day", Limit(100_000, timedelta(days=1))),
    ],
)
def test_a_limit_is_a_number_and_a_period(text: str, limit: Limit) -> None:
    """It is read exactly."""
    assert parse(text) == limit


@pytest.mark.parametrize(
    "text", ["", "30", "/minute", "0/minute", "030/minute", "٣/minute", "1/Minute", "1/minutes", "100001/day"]
)
def test_another_text_is_no_limit(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError):  # noqa: PT011  The setting's reader has the words.
        parse(text)


@given(
    seconds=st.lists(st.integers(0, 200), max_size=60).map(sorted), amount=st.integers(1, 20), period=st.integers(1, 60)
)
def test_no_window_holds_more_than_the_limit(seconds: list[int], amount: int, period: int) -> None:
    """Of all acts, those that need not wait are at most ``amount`` in any ``period``, and none waits without need."""
    limit = Limit(amount, period * SECOND)
    accepted: list[datetime] = []
    for second in seconds:
        now = NOW + second * SECOND
        recent = [moment for moment in accepted if moment > now - limit.period]
        wait = limit.wait(accepted, now)
        assert bool(wait) == (len(recent) >= amount)
        assert not wait or wait == recent[-amount] + limit.period - now
        if not wait:
            accepted.append(now)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:0DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
        ("x" * 1000, "x" * 64),
    ],
)
def test_a_client_is_an_address_or_the_network_of_one_subscriber(address: str, client: str) -> None:
    """An IPv4 address is the same however it is written; what is no address is one client, too."""
    assert client_of(address) == client
