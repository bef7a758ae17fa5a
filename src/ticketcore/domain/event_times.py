"""The times of an event: when its sale starts and ends, when its doors open, and when it begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ticketcore.domain.refusals import Fault
from ticketcore.domain.texts import Text

#: The fields of an event, of a draft and of a change that are times.
TIMES = ("date", "sale_starts_at", "sale_ends_at", "doors_at")
_AFTER_DATE = Text("must not be after %(field)s", field="date")
_PAST = Fault("date", Text("is in the past; with allow_past it is accepted"))


def past_fault(date: datetime, now: datetime) -> Fault | None:
    """Return the fault of a date that has passed, which is mostly a slip; ``allow_past`` says that it is none."""
    return _PAST if date <= now else None


def is_past_fault(fault: Fault) -> bool:
    """Return whether a fault is that of a date that has passed."""
    return fault == _PAST


def faults(
    date: datetime, sale_starts_at: datetime | None, sale_ends_at: datetime | None, doors_at: datetime | None
) -> Iterator[Fault]:
    """Yield the faults of times that do not go together, each without a fault by itself."""
    end = "date" if sale_ends_at is None else "sale_ends_at"
    if sale_starts_at is not None and sale_starts_at >= (sale_ends_at or date):
        yield Fault("sale_starts_at", Text("must be before %(field)s", field=end))
    if sale_ends_at is not None and sale_ends_at > date:
        yield Fault("sale_ends_at", _AFTER_DATE)
    if doors_at is not None and doors_at > date:
        yield Fault("doors_at", _AFTER_DATE)
