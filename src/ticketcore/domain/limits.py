"""Limits on what one client may do in a time: a sliding window over the acts that were accepted."""

from __future__ import annotations

import enum
import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

#: More acts than this in one window cannot be counted: an adapter keeps the time of each.
MAX_AMOUNT = 100_000
_FORM = re.compile(r"([1-9][0-9]{0,5})/(second|minute|hour|day)")
_PERIODS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
#: The bits of an IPv6 address that one subscriber is given (RFC 6177): the others are his to choose.
_SUBSCRIBER_BITS = 64
_MAX_NAME = 64


class LimitedAct(enum.StrEnum):
    """What is counted, each for itself."""

    ORDER = "orders"
    PAYMENT = "payments"
    REQUEST = "requests"
    REFUSED_KEY = "refused_keys"


@attrs.frozen
class Limit:
    """At most ``amount`` acts of one client within any ``period``."""

    amount: int = attrs.field(validator=[attrs.validators.ge(1), attrs.validators.le(MAX_AMOUNT)])
    period: timedelta

    def wait(self, accepted: Sequence[datetime], now: datetime) -> timedelta:
        """Return how long a client waits for its next act, 0 if it may be now.

        ``accepted`` are the times of its latest accepted acts, in the order of acceptance, at least ``amount`` of them if
        there were so many.  The window is half-open: an act counts in [its time, its time + ``period``).
        """
        if len(accepted) < self.amount:
            return timedelta(0)
        return min(max(timedelta(0), accepted[-self.amount] + self.period - now), self.period)


DEFAULT_ORDERS = Limit(30, _PERIODS["minute"])
DEFAULT_PAYMENTS = Limit(30, _PERIODS["minute"])
DEFAULT_REQUESTS = Limit(600, _PERIODS["minute"])
REFUSED_KEYS = Limit(20, _PERIODS["minute"])


def parse(text: str) -> Limit:
    """Return the limit of a text such as ``30/minute``; raise ``ValueError`` for any other."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Limit(int(found[1]), _PERIODS[found[2]])


def text_of(limit: Limit) -> str:
    """Return the text of a limit, which ``parse`` reads; raise ``ValueError`` if its period has no name."""
    names = {period: name for name, period in _PERIODS.items()}
    if limit.period not in names:
        raise ValueError(limit)
    return f"{limit.amount}/{names[limit.period]}"


def client_of(address: str) -> str:
    """Return the name under which a network address is counted: of IPv6 the first 64 bits, of others the whole."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_MAX_NAME]
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, _SUBSCRIBER_BITS), strict=False))
