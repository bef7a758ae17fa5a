"""Base of the ledger's suites, and functions that bring an order into a status or read what a ledger holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.acts import AdminAct
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.availability import Audit
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.events import Event
from ticketcore.domain.ids import CustomerDigest, EventId, OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_simulated_payments import tokens
from ticketcore_testing import changes
from ticketcore_testing.samples import (
    DEADLINE,
    MILLISECOND,
    NOW,
    new_attempt_id,
    new_code,
    new_reservation,
    new_tickets,
)


class LedgerContract:
    """Base of the suites over one ledger."""

    @pytest.fixture
    def open_ledger(self) -> Callable[[], Ledger]:
        """Return a function that opens one ledger, empty at first, each time as another process would.

        It is the one fixture to override.
        """
        raise NotImplementedError("override open_ledger")

    @pytest.fixture
    def ledger(self, open_ledger: Callable[[], Ledger]) -> Ledger:
        """Return an empty ledger."""
        return open_ledger()


# Functions that bring an order into a status


def add_show(ledger: Ledger, event: Event) -> Event:
    ledger.events.add(event)
    return event


def reserve(
    ledger: Ledger,
    event: Event,
    quantity: int = 1,
    expires_at: datetime = DEADLINE,
    customer: CustomerDigest | None = None,
) -> Order:
    wanted = new_reservation(event, quantity, expires_at)
    change = ledger.orders.reserve(attrs.evolve(wanted, customer=customer or wanted.customer), NOW)
    assert isinstance(change, Change)
    return change.order


def start_payment(ledger: Ledger, order: Order) -> Attempt:
    outcome = changes.start_payment(ledger.orders, order.id, new_attempt_id(), tokens.APPROVED, NOW)
    assert isinstance(outcome, Change)
    return attempt_of(ledger, order.id)


def capture(ledger: Ledger, order: Order) -> Order:
    return changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), NOW).order


def refund(ledger: Ledger, order: Order) -> Order:
    outcome = changes.start_refund(ledger, order.id, NOW)
    assert isinstance(outcome, Change)
    return outcome.order


def expire(ledger: Ledger, order: Order) -> Order:
    """Expire this order and every other that is due no later."""
    expired = ledger.orders.expire_due(order.event_id, order.expires_at, 1000)
    return next(change.order for change in expired if change.order.id == order.id)


def order_in(ledger: Ledger, event: Event, status: OrderStatus, quantity: int = 1) -> Order:
    """Return a new order in this status."""
    if status is OrderStatus.EXPIRED:
        return expire(ledger, reserve(ledger, event, quantity, NOW + MILLISECOND))
    order = reserve(ledger, event, quantity)
    if status is OrderStatus.CANCELLED:
        changes.cancel(ledger.orders, order.id, NOW)
    elif status is not OrderStatus.RESERVED:
        start_payment(ledger, order)
    if status is OrderStatus.DECLINED:
        changes.decline(ledger.orders, order.id, NOW)
    if status in {OrderStatus.PAID, OrderStatus.REFUNDED}:
        capture(ledger, order)
    if status is OrderStatus.REFUNDED:
        refund(ledger, order)
    current = order_of(ledger, order.id)
    assert current.status is status
    return current


def deliver(ledger: Ledger, now: datetime) -> None:
    """Settle every mail that is due as delivered."""
    while claimed := ledger.deliveries.claim(now):
        ledger.deliveries.settle(claimed, claimed.delivered(), journal.mailed(claimed, now))


# Functions that read what a ledger holds


def event_of(ledger: Ledger, event_id: EventId) -> Event:
    event = ledger.events.get(event_id)
    assert event is not None
    return event


def order_of(ledger: Ledger, order_id: OrderId) -> Order:
    order = ledger.orders.get(order_id)
    assert order is not None
    return order


def record_of(ledger: Ledger, order_id: OrderId) -> OrderRecord:
    record = ledger.orders.load(order_id)
    assert record is not None
    return record


def attempt_of(ledger: Ledger, order_id: OrderId) -> Attempt:
    attempt = record_of(ledger, order_id).attempt
    assert attempt is not None
    return attempt


def audit_of(ledger: Ledger, event_id: EventId) -> Audit:
    audit = ledger.events.audit(event_id)
    assert audit is not None
    return audit


def steps_of(ledger: Ledger, order_id: OrderId) -> list[Step]:
    return [entry.step for entry in ledger.orders.journal(order_id)]


def outbox_of(ledger: Ledger, order_id: OrderId) -> list[OrderId]:
    return [row.order_id for row in ledger.outbox.pending(1000, [order_id])]


def acts_on(ledger: Ledger, subject: str) -> list[AdminAct]:
    """Return the acts on an event or a key, latest first, read in pages."""
    found: list[AdminAct] = []
    page = ledger.keys.acts(None, 100)
    while True:
        found += [act for act in page.items if act.subject == subject]
        if page.after is None:
            return found
        page = ledger.keys.acts(page.after, 100)


def all_about(ledger: Ledger, event_id: EventId, *order_ids: OrderId) -> list[object]:
    """Return everything that a ledger returns for an event and orders."""
    found: list[object] = [ledger.events.get(event_id), ledger.events.audit(event_id)]
    for order_id in order_ids:
        found += [ledger.orders.get(order_id), ledger.orders.load(order_id), outbox_of(ledger, order_id)]
        found += [list(ledger.tickets.of_order(order_id)), list(ledger.orders.journal(order_id))]
    return found


@contextmanager
def nothing_changes(ledger: Ledger, order: Order) -> Iterator[None]:
    """Fail if the order, its event, journal, tickets or outbox rows differ at the end."""
    before = all_about(ledger, order.event_id, order.id)
    yield
    assert all_about(ledger, order.event_id, order.id) == before
