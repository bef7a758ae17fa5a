"""Times: aware, in UTC, of whole milliseconds, written as RFC 3339 with ``Z``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ticketcore.domain.texts import InvalidValue, Text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:[0-5]\d)", re.IGNORECASE | re.ASCII)


def whole_milliseconds(moment: datetime) -> datetime:
    """Return an aware time in UTC, cut to milliseconds, the grain that every store keeps."""
    in_utc = moment.astimezone(UTC)
    return in_utc.replace(microsecond=in_utc.microsecond // 1000 * 1000)


def parse(text: str) -> datetime:
    """Read an RFC 3339 time with any offset; raise ``InvalidValue`` for anything else."""
    wrong = InvalidValue(Text("must be an RFC 3339 time with an offset, such as 2027-05-01T20:00:00Z"))
    if not _RFC_3339.fullmatch(text):
        raise wrong
    try:
        return whole_milliseconds(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        raise wrong from None


def text_of(moment: datetime) -> str:
    """Return the RFC 3339 text of a time, in UTC, such as ``2027-05-01T20:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    """Return the milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def from_milliseconds(number: int) -> datetime:
    """Return the time of so many milliseconds since 1970, in UTC."""
    return _EPOCH + timedelta(milliseconds=number)
