"""Attendees as CSV (RFC 4180) for spreadsheets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

import attrs

from ticketcore import Attendee
from ticketcore_texts.local_time import in_zone

MEDIA_TYPE = "text/csv"
CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8"

_HEADER = [field.name for field in attrs.fields(Attendee)]
_LINES_OF_A_CHUNK = 200

# What begins a formula, at the beginning of a cell or behind a separator that a spreadsheet may take for the end of one
# (OWASP ASVS 5.0, 1.2.10, and OWASP's page on CSV injection; the forms of full width are read as formulas in East Asia).
_FORMULA = re.compile(r"(^|[;,\t\r\n\"])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n\0])")


def lines(attendees: Iterable[Attendee], timezone: str) -> Iterator[str]:
    """Yield the header and a line for each attendee, with its times in a zone, an IANA name."""
    writer = csv.writer(_Echo())
    yield writer.writerow(_HEADER)
    for attendee in attendees:
        values = attrs.astuple(attendee, recurse=False)
        yield writer.writerow([_cell(value, timezone) for value in values])


def chunks(attendees: Iterable[Attendee], timezone: str) -> Iterator[bytes]:
    """Yield the bytes of ``lines``, many lines at once."""
    found = lines(attendees, timezone)
    while chunk := "".join(islice(found, _LINES_OF_A_CHUNK)):
        yield chunk.encode()


def harmless(cell: str) -> str:
    """Return the text of a cell that no spreadsheet takes for a formula: with an apostrophe before what would begin one."""
    return _FORMULA.sub(r"\1'", cell)


def _cell(value: object, timezone: str) -> object:
    match value:
        case datetime():
            local, _ = in_zone(value, timezone)
            return local.isoformat(timespec="milliseconds")
        case str():
            return harmless(value)
        case _:
            return value


class _Echo:
    """A file of which nothing is kept: the writer returns each line that it writes."""

    def write(self, line: str) -> str:
        return line
