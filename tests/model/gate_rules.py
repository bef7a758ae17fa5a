"""What the ledger does with a ticket: the rules of ``domain.validation`` and ``domain.merging`` themselves, at small times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import attrs

from tests.model.gate_state import Scan
from ticketcore.domain import merging, validation
from ticketcore.domain.api_keys import Holder, Role
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import EventId, OrderId, TicketCode, TicketId
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.tickets import Admission, Ticket, TicketRecord
from ticketcore.domain.validation import Admitted, Undo

#: The scans that admit a ticket, the earliest first, and when its admission was last taken back.
Counted = tuple[tuple[Scan, ...], int]

_BEGIN = datetime(2027, 5, 1, 20, tzinfo=UTC)
_TICKET = Ticket(TicketId("t"), OrderId("o"), EventId("e"), 1, "QR")
_RECORD = TicketRecord(
    _TICKET, 1, TicketCode("7QXK2-M3PTV"), OrderStatus.PAID, "Show", EventStatus.ON_SALE, None, "Europe/London"
)


@cache
def admit(counted: tuple[Scan, ...], undone_at: int, scan: Scan, now: int) -> tuple[tuple[Scan, ...], bool]:
    """Return the scans of a ticket after the service was asked to admit it, and whether it did."""
    outcome = validation.admit(_record(counted, undone_at), _scan(scan), _time(now))
    return (_counted(outcome.record), True) if isinstance(outcome, Admitted) else (counted, False)


@cache
def merge(counted: tuple[Scan, ...], undone_at: int, scan: Scan) -> tuple[Scan, ...]:
    """Return the scans of a ticket with one that a gate made by itself."""
    return _counted(merging.merge(_record(counted, undone_at), _scan(scan), _time(scan.at)).record)


@cache
def undo(counted: tuple[Scan, ...], undone_at: int, gate: int, now: int) -> Counted | None:
    """Return the scans of a ticket after a gate has taken its admission back, and when, ``None`` if it may not."""
    outcome = validation.undo(_record(counted, undone_at), Undo(holder=_holder(gate)), _time(now))
    return (_counted(outcome), now) if isinstance(outcome, TicketRecord) else None


def _time(at: int) -> datetime:
    return _BEGIN + timedelta(seconds=at)


def _holder(gate: int) -> Holder:
    return Holder(f"key-{gate}", f"gate {gate}", Role.GATE)


def _scan(scan: Scan) -> validation.Scan:
    holder = _holder(scan.gate)
    return validation.Scan(holder.name, str(scan.number), None, holder)


def _record(counted: tuple[Scan, ...], undone_at: int) -> TicketRecord:
    made = [Admission(_time(each.at), f"gate {each.gate}", str(each.number), f"key-{each.gate}") for each in counted]
    ticket = attrs.evolve(
        _TICKET,
        admission=made[0] if made else None,
        others=tuple(made[1:]),
        undone_at=_time(undone_at) if undone_at else None,
    )
    return attrs.evolve(_RECORD, ticket=ticket)


def _counted(record: TicketRecord) -> tuple[Scan, ...]:
    ticket = record.ticket
    made = [*filter(None, [ticket.admission]), *ticket.others]
    return tuple(
        Scan((each.date - _BEGIN) // timedelta(seconds=1), int(each.key_id.removeprefix("key-")), int(each.scan_id))
        for each in made
    )
