"""Scans that gates made without network, merged into what the ledger knows.

The scans of a ticket are a set of which the earliest counts.  A set that only grows, with the least of its members, is a join
semilattice (Shapiro et al., Conflict-free Replicated Data Types, 2011): merging in any order, as often as one likes, has the
same result.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from ticketcore.domain import timestamps
from ticketcore.domain.refusals import Refusal, TicketAlreadyUsed, TooEarly
from ticketcore.domain.tickets import Admission, TicketRecord
from ticketcore.domain.validation import DecisionRefusal, Scan, never

#: Scans of one ticket that are kept, the earliest ones.
MOST_SCANS = 20
#: Scans that are merged by one request.
MOST_AT_ONCE = 100
#: How far the clock of a gate may be wrong.
MAX_SKEW = timedelta(minutes=10)


@attrs.frozen
class OfflineScan:
    """A scan that a gate made by itself at ``scanned_at``: the text that it read, and the id that it gave the scan."""

    qr_code: str
    scan_id: str
    scanned_at: datetime


@attrs.frozen
class Merged:
    """What became of a scan: the ticket's ``record`` as it then is, and why the scan does not count, ``None`` if it does."""

    record: TicketRecord
    refusal: DecisionRefusal | None = None

    @property
    def is_double(self) -> bool:
        """Whether more than one scan has admitted the ticket."""
        return bool(self.record.ticket.others)


@attrs.frozen
class MergedScan:
    """What became of the scan of this id, as a gate hears it; ``gates`` are those that admitted the ticket, if several did.

    ``record`` is its ticket, ``None`` if there is none or the scan could not be read.
    """

    scan_id: str
    refusal: Refusal | None
    gates: tuple[str, ...] = ()
    record: TicketRecord | None = None


def possible_time(scanned_at: datetime, event_created_at: datetime, now: datetime) -> datetime:
    """Return the time of a scan, in whole milliseconds: what its gate says, or ``now`` if it cannot have been made then.

    A scan is not older than its event, nor made after it was handed in; a clock that is wrong by up to ``MAX_SKEW`` is believed.
    Any earlier time than ``now`` would be from before the doors opened, or before the ticket was sold.
    """
    moment = timestamps.whole_milliseconds(scanned_at)
    return moment if event_created_at - MAX_SKEW <= moment <= now + MAX_SKEW else now


def merge(record: TicketRecord, scan: Scan, scanned_at: datetime) -> Merged:
    """Return the ticket with a scan that a gate made by itself, and whether that is the one that counts.

    The earliest scan counts, of equal times the one with the lower ids.  Scans for another event or of a cancelled one, of void
    tickets and from before the doors opened change nothing; nor do those from before their key's admissions were taken back.
    """
    refusal = never(record, scan) or _too_early(record, scanned_at)
    ticket = record.ticket
    if refusal or ticket.is_taken_back(scan.holder.id, scanned_at):
        return Merged(record, refusal)
    made = Admission(scanned_at, scan.gate, scan.scan_id, scan.holder.id)
    admissions = _joined([*ticket.admissions, made])
    first, merged = admissions[0], attrs.evolve(record, ticket=ticket.admitted_by(admissions))
    if _identity(first) == _identity(made):
        return Merged(merged)
    return Merged(merged, TicketAlreadyUsed(first.date, first.gate, record.timezone))


def _too_early(record: TicketRecord, scanned_at: datetime) -> TooEarly | None:
    if record.doors_at is None or scanned_at >= record.doors_at:
        return None
    return TooEarly(record.doors_at, record.timezone)


def _identity(admission: Admission) -> tuple[str, str]:
    return admission.key_id, admission.scan_id


def _joined(admissions: Iterable[Admission]) -> list[Admission]:
    """Return the earliest of these, each scan once, in an order that depends on nothing else."""
    known: dict[tuple[str, str], Admission] = {}
    for each in sorted(admissions, key=lambda each: (each.date, *_identity(each), each.gate)):
        known.setdefault(_identity(each), each)
    return list(known.values())[:MOST_SCANS]
