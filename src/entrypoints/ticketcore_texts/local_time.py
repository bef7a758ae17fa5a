"""Times as the clocks where an event takes place show them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def in_zone(value: datetime, timezone: str) -> tuple[datetime, str]:
    """Return a time in a zone, an IANA name, with the name of that zone.

    They are in UTC if this machine does not know the zone, or it has no such year.
    """
    try:
        return value.astimezone(ZoneInfo(timezone)), timezone
    except (LookupError, ValueError, OSError, OverflowError):
        return value.astimezone(UTC), "UTC"
