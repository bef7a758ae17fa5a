"""Times as the clocks where an event takes place show them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from ticketcore.domain.texts import InvalidValue, Text

_NO_TIME = Text("must be a date with a time, such as 2027-05-01T20:00")


def in_zone(value: datetime, timezone: str) -> tuple[datetime, str]:
    """Return a time in a zone, an IANA name, with the name of that zone.

    They are in UTC if this machine does not know the zone, or it has no such year.
    """
    zone = _zone(timezone)
    try:
        return (value.astimezone(UTC), "UTC") if zone is None else (value.astimezone(zone), timezone)
    except OverflowError:
        return value.astimezone(UTC), "UTC"


def from_local(text: str, timezone: str) -> datetime:
    """Read an ISO 8601 time without offset as the clocks of a zone show it, in UTC if this machine does not know the zone.

    Of a time that they show twice, when summer time ends, it is the first.  Raises ``InvalidValue`` for what is no such time,
    and for a time that the clocks skip.
    """
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(_NO_TIME) from None
    if local.tzinfo is not None:
        raise InvalidValue(_NO_TIME)
    moment = local.replace(tzinfo=_zone(timezone) or UTC, fold=0)
    if _is_skipped(moment):
        raise InvalidValue(Text("does not exist in %(timezone)s: the clocks are put forward then", timezone=timezone))
    return moment


def _is_skipped(moment: datetime) -> bool:
    try:
        shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    except OverflowError:
        return False
    return shown.replace(tzinfo=None) != moment.replace(tzinfo=None)


def _zone(timezone: str) -> tzinfo | None:
    """Return a time zone, ``None`` if this machine does not know it."""
    try:
        return ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):
        return None
