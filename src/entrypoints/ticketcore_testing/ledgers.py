"""A ledger to try: the ports on one durable record, and short ways to bring an order into each of its states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import attrs

from ticketcore.domain.availability import Audit
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.payments import Attempt
from ticketcore.ports import Events, Keys, Orders, Outbox, Tickets
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, new_attempt, new_code, new_reservation, new_tickets


@attrs.frozen
class Ledger:
    """One adapter's ports on one durable record."""

    events: Events
    orders: Orders
    tickets: Tickets
    outbox: Outbox
    keys: Keys


# Moves: each brings something about that must work for a test to begin.


def add_show(ledger: Ledger, event: Event) -> Event:
    ledger.events.add(event)
    return event


def reserve(ledger: Ledger, event: Event, quantity: int = 1, expires_at: datetime = DEADLINE) -> Order:
    change = ledger.orders.reserve(new_reservation(event, quantity, expires_at), NOW)
    assert isinstance(change, Change)
    return change.order


def start_payment(ledger: Ledger, order: Order) -> Attempt:
    attempt = new_attempt(order)
    assert isinstance(ledger.orders.start_payment(attempt, NOW), Order)
    return attempt


def capture(ledger: Ledger, order: Order, attempt: Attempt) -> Order:
    change = ledger.orders.capture(attempt.id, new_tickets(order), new_code(), NOW)
    assert isinstance(change, Change)
    return change.order


def expire(ledger: Ledger, order: Order) -> Order:
    """Expire this order and every other that is due no later."""
    assert order.expires_at is not None
    changes = ledger.orders.expire_due(order.event_id, order.expires_at, 1000)
    return next(change.order for change in changes if change.order.id == order.id)


def order_in(ledger: Ledger, event: Event, status: OrderStatus, quantity: int = 1) -> Order:
    """Answer a new order that has come into this status."""
    if status is OrderStatus.EXPIRED:
        return expire(ledger, reserve(ledger, event, quantity, NOW + MILLISECOND))
    order = reserve(ledger, event, quantity)
    match status:
        case OrderStatus.RESERVED:
            pass
        case OrderStatus.CANCELLED:
            ledger.orders.cancel(order.id, NOW)
        case OrderStatus.PROCESSING:
            start_payment(ledger, order)
        case OrderStatus.DECLINED:
            ledger.orders.decline(start_payment(ledger, order).id, NOW)
        case OrderStatus.PAID:
            capture(ledger, order, start_payment(ledger, order))
        case OrderStatus.REFUNDED:
            capture(ledger, order, start_payment(ledger, order))
            ledger.orders.start_refund(order.id, NOW)
    current = order_of(ledger, order.id)
    assert current.status is status
    return current


# Looks at what a ledger holds.


def event_of(ledger: Ledger, event_id: EventId) -> Event:
    event = ledger.events.get(event_id)
    assert event is not None
    return event


def order_of(ledger: Ledger, order_id: OrderId) -> Order:
    order = ledger.orders.get(order_id)
    assert order is not None
    return order


def attempt_of(ledger: Ledger, order_id: OrderId) -> Attempt:
    attempt = ledger.orders.attempt(order_id)
    assert attempt is not None
    return attempt


def audit_of(ledger: Ledger, event_id: EventId) -> Audit:
    audit = ledger.events.audit(event_id)
    assert audit is not None
    return audit


def steps_of(ledger: Ledger, order_id: OrderId) -> list[Step]:
    return [entry.step for entry in ledger.orders.journal(order_id)]


def outbox_of(ledger: Ledger, order_id: OrderId) -> list[OrderId]:
    return [row.order_id for row in ledger.outbox.pending(1000, order_id)]


def all_about(ledger: Ledger, event_id: EventId, *order_ids: OrderId) -> list[object]:
    """Answer everything that a ledger tells of an event and of orders."""
    told: list[object] = [ledger.events.get(event_id), ledger.events.audit(event_id)]
    for order_id in order_ids:
        told += [ledger.orders.get(order_id), ledger.orders.attempt(order_id), outbox_of(ledger, order_id)]
        told += [list(ledger.tickets.of_order(order_id)), list(ledger.orders.journal(order_id))]
    return told


@contextmanager
def nothing_changes(ledger: Ledger, order: Order) -> Iterator[None]:
    """Fail if the order, its event, journal, tickets or outbox rows are others at the end."""
    before = all_about(ledger, order.event_id, order.id)
    yield
    assert all_about(ledger, order.event_id, order.id) == before
