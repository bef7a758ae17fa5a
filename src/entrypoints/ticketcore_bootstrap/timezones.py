"""The time zones of the IANA database: those that this machine knows, or else those of the package tzdata."""

from __future__ import annotations

import zoneinfo
from functools import cache

from ticketcore.domain.events import DEFAULT_TIMEZONE

EXPECTED = "a time zone of the IANA database, such as America/Sao_Paulo"
#: Names in the database that are no zones: what the machine itself is set to, and what stands for none.
_NO_ZONES = {"Factory", "localtime"}


def is_known(name: str) -> bool:
    """Return whether there is a time zone of this IANA name."""
    return name == DEFAULT_TIMEZONE or name in _names()


def parse(name: str) -> str:
    """Return the name of a time zone; raise ``ValueError`` if there is none of this name."""
    if not is_known(name):
        raise ValueError(name)
    return name


@cache
def _names() -> frozenset[str]:
    # All of them, for a single look-up follows any path below the database, and ignores case where the file system does.
    return frozenset(zoneinfo.available_timezones() - _NO_ZONES)
