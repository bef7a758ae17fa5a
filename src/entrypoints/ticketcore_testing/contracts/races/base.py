"""Base of the races: one ledger that two processes have open, calls that start together, and checks of the outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import cycle
from typing import TypeVar

import pytest

from ticketcore.domain.api_keys import Holder, Role
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.events import Event
from ticketcore.domain.ids import TicketCode
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.tickets import Ticket
from ticketcore.domain.validation import Scan
from ticketcore.ports import Ledger
from ticketcore_testing import changes, concurrency
from ticketcore_testing.ledgers import LedgerContract, audit_of
from ticketcore_testing.samples import NOW, new_attempt_id

T = TypeVar("T")
Ledgers = Sequence[Ledger]
Call = Callable[[Ledger], object]


class RacesBase(LedgerContract):
    """Base of the suites that race."""

    @pytest.fixture
    def ledgers(self, open_ledger: Callable[[], Ledger]) -> Ledgers:
        """Return one ledger, opened by two processes."""
        return [open_ledger(), open_ledger()]


def all_at_once(ledgers: Ledgers, calls: Sequence[Callable[[Ledger], T]]) -> list[T]:
    """Make all calls at the same time, over each ledger in turn, and return the results in the order of the calls."""
    return concurrency.all_at_once([partial(call, ledger) for call, ledger in zip(calls, cycle(ledgers), strict=False)])


def of_type(outcomes: Sequence[object], kind: type[T]) -> list[T]:
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]


def with_availability(outcomes: Sequence[object]) -> list[Change]:
    """Return the changes that changed the event's places."""
    return [change for change in of_type(outcomes, Change) if change.availability]


def assert_conserved(ledger: Ledger, event: Event) -> None:
    assert audit_of(ledger, event.id).is_conserved


# Calls


def reserving(wanted: ReservationRequest) -> Call:
    return lambda ledger: ledger.orders.reserve(wanted, NOW)


def paying(order: Order, now: datetime = NOW) -> Call:
    attempt_id = new_attempt_id()
    return lambda ledger: changes.start_payment(ledger.orders, order.id, attempt_id, "tok_approved", now)


def capturing(order: Order, tickets: Sequence[Ticket], code: TicketCode) -> Call:
    return lambda ledger: changes.capture(ledger.orders, order.id, tickets, code, NOW)


def writing(record: OrderRecord, decision: Decision) -> Call:
    return lambda ledger: ledger.orders.write(record, decision)


def declining(order: Order) -> Call:
    return lambda ledger: changes.decline(ledger.orders, order.id, NOW)


def cancelling(order: Order) -> Call:
    return lambda ledger: changes.cancel(ledger.orders, order.id, NOW)


def refunding(order: Order) -> Call:
    return lambda ledger: changes.start_refund(ledger, order.id, NOW)


def admitting(ticket: Ticket, gate: str) -> Call:
    return lambda ledger: ledger.tickets.admit(ticket.id, Scan(gate, gate, holder=Holder(gate, gate, Role.GATE)), NOW)
