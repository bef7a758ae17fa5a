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
from ticketcore.domain.tickets import Admission, TakenBack, Ticket, TicketRecord
from ticketcore.domain.validation import Admitted, Undo

#: When each gate has last taken its admissions of a ticket back, 0 for never.
Times = tuple[int, ...]
#: The scans that admit a ticket, the earliest first, and what was taken back.
Counted = tuple[tuple[Scan, ...], Times]

_BEGIN = datetime(2027, 5, 1, 20, tzinfo=UTC)
_TICKET = Ticket(TicketId("t"), OrderId("o"), EventId("e"), 1, "QR")
_RECORD = TicketRecord(
    _TICKET, 1, TicketCode("7QXK2-M3PTV"), OrderStatus.PAID, "Show", EventStatus.ON_SALE, None, "Europe/London"
)


@cache
def admit(counted: tuple[Scan, ...], undone: Times, scan: Scan, now: int) -> tuple[tuple[Scan, ...], bool]:
    """Return the scans of a ticket after the service was asked to admit it, and whether it did."""
    outcome = validation.admit(_record(counted, undone), _scan(scan), _time(now))
    return (_counted(outcome.record), True) if isinstance(outcome, Admitted) else (counted, False)


@cache
def merge(counted: tuple[Scan, ...], undone: Times, scan: Scan) -> tuple[Scan, ...]:
    """Return the scans of a ticket with one that a gate made by itself."""
    return _counted(merging.merge(_record(counted, undone), _scan(scan), _time(scan.at)).record)


@cache
def undo(counted: tuple[Scan, ...], undone: Times, gate: int, now: int) -> Counted | None:
    """Return the scans of a ticket after a gate has taken its admission back, and when each has, ``None`` if it may not."""
    outcome = validation.undo(_record(counted, undone), Undo(holder=_holder(gate)), _time(now))
    if not isinstance(outcome, TicketRecord):
        return None
    return _counted(outcome), (*undone[:gate], now, *undone[gate + 1 :])


def _time(at: int) -> datetime:
    return _BEGIN + timedelta(seconds=at)


def _holder(gate: int) -> Holder:
    return Holder(f"key-{gate}", f"gate {gate}", Role.GATE)


def _scan(scan: Scan) -> validation.Scan:
    holder = _holder(scan.gate)
    return validation.Scan(holder.name, str(scan.number), None, holder)


def _record(counted: tuple[Scan, ...], undone: Times) -> TicketRecord:
    made = [Admission(_time(each.at), f"gate {each.gate}", str(each.number), f"key-{each.gate}") for each in counted]
    taken_back = tuple(TakenBack(_time(at), f"key-{gate}") for gate, at in enumerate(undone) if at)
    return attrs.evolve(_RECORD, ticket=attrs.evolve(_TICKET.admitted_by(made), taken_back=taken_back))


def _counted(record: TicketRecord) -> tuple[Scan, ...]:
    return tuple(
        Scan((each.date - _BEGIN) // timedelta(seconds=1), int(each.key_id.removeprefix("key-")), int(each.scan_id))
        for each in record.ticket.admissions
    )
