"""What can be wrong with an order that a ledger holds, and what of it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given

from ticketcore import DeliveryStatus, OrderStatus
from ticketcore.domain import ids, ledger_faults
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.availability import Audit
from ticketcore.domain.ids import EventId
from ticketcore.domain.ledger_faults import FaultKind, StoredOrder
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.tickets import Ticket
from ticketcore_memory import memory_ledger
from ticketcore_testing.ledgers import add_show, order_in
from ticketcore_testing.samples import new_show
from ticketcore_testing.strategies import audits


def stored(status: OrderStatus, quantity: int = 3) -> StoredOrder:
    """Return an order as the rules leave it."""
    ledger = memory_ledger()
    order_in(ledger, add_show(ledger, new_show(10)), status, quantity)
    [found] = ledger.orders.page(None, 2)
    return found


def kinds(found: StoredOrder) -> list[FaultKind]:
    return [fault.kind for fault in ledger_faults.of_order(found)]


@pytest.mark.parametrize("status", OrderStatus)
def test_what_the_rules_write_is_sound(status: OrderStatus) -> None:
    """No order that came into a status by the rules has a fault."""
    assert kinds(stored(status)) == []


def with_order(found: StoredOrder, **changes: Any) -> StoredOrder:
    return attrs.evolve(found, record=attrs.evolve(found.record, order=attrs.evolve(found.record.order, **changes)))


def with_attempt(found: StoredOrder, **changes: Any) -> StoredOrder:
    assert found.record.attempt is not None
    return attrs.evolve(found, record=attrs.evolve(found.record, attempt=attrs.evolve(found.record.attempt, **changes)))


def with_tickets(found: StoredOrder, change: Callable[[tuple[Ticket, ...]], tuple[Ticket, ...]]) -> StoredOrder:
    return attrs.evolve(found, tickets=change(found.tickets))


BROKEN: dict[str, tuple[OrderStatus, Callable[[StoredOrder], StoredOrder], set[FaultKind]]] = {
    "a place too few": (OrderStatus.PAID, lambda found: with_order(found, places=2), {FaultKind.PLACES}),
    "places of what was never paid": (
        OrderStatus.EXPIRED,
        lambda found: with_order(found, places=1),
        {FaultKind.PLACES},
    ),
    "no places while it is held": (OrderStatus.RESERVED, lambda found: with_order(found, places=0), {FaultKind.PLACES}),
    "places of unused tickets kept": (
        OrderStatus.REFUNDED,
        lambda found: with_order(found, places=3),
        {FaultKind.PLACES},
    ),
    "a ticket too few": (
        OrderStatus.PAID,
        lambda found: with_tickets(found, lambda tickets: tickets[:2]),
        {FaultKind.TICKETS, FaultKind.PLACES},
    ),
    "a number twice": (
        OrderStatus.PAID,
        lambda found: with_tickets(found, lambda tickets: (*tickets[:2], attrs.evolve(tickets[2], number=2))),
        {FaultKind.TICKETS},
    ),
    "tickets of what was not paid": (
        OrderStatus.PROCESSING,
        lambda found: with_tickets(found, lambda _: stored(OrderStatus.PAID).tickets),
        {FaultKind.TICKETS},
    ),
    "a ticket for another event": (
        OrderStatus.PAID,
        lambda found: with_tickets(found, lambda ts: (attrs.evolve(ts[0], event_id=EventId("another")), *ts[1:])),
        {FaultKind.TICKETS},
    ),
    "one QR text twice": (
        OrderStatus.PAID,
        lambda found: with_tickets(found, lambda ts: (attrs.evolve(ts[0], qr_code=ts[1].qr_code), *ts[1:])),
        {FaultKind.TICKETS},
    ),
    "no ticket code": (OrderStatus.PAID, lambda found: with_order(found, ticket_code=None), {FaultKind.TICKETS}),
    "paid at no time": (OrderStatus.PAID, lambda found: with_order(found, paid_at=None), {FaultKind.PAYMENT}),
    "paid without a payment": (
        OrderStatus.PAID,
        lambda found: attrs.evolve(found, record=attrs.evolve(found.record, attempt=None)),
        {FaultKind.PAYMENT},
    ),
    "paid and declined": (
        OrderStatus.PAID,
        lambda found: with_attempt(found, status=AttemptStatus.DECLINED),
        {FaultKind.PAYMENT},
    ),
    "refunded and still captured": (
        OrderStatus.REFUNDED,
        lambda found: with_attempt(found, status=AttemptStatus.CAPTURED),
        {FaultKind.PAYMENT},
    ),
    "another amount": (
        OrderStatus.PAID,
        lambda found: with_attempt(found, amount=Money(1, Currency("BRL"))),
        {FaultKind.PAYMENT},
    ),
    "a token that was kept": (OrderStatus.PAID, lambda found: with_attempt(found, token="tok"), {FaultKind.PAYMENT}),
    "no mail": (OrderStatus.PAID, lambda found: with_order(found, delivery=None), {FaultKind.MAIL}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_contradiction_is_named(name: str) -> None:
    """By its kind, and by the digest of its order."""
    status, broken, expected = BROKEN[name]
    found = broken(stored(status))
    faults = list(ledger_faults.of_order(found))
    assert {fault.kind for fault in faults} == expected
    assert {fault.order for fault in faults} == {ids.digest(found.record.order.id)}


@given(audits)
def test_an_event_has_a_fault_unless_it_is_conserved(audit: Audit) -> None:
    """Exactly one, which names the event."""
    found = list(ledger_faults.of_event(audit))
    assert [fault.event_id for fault in found] == ([] if audit.is_conserved else [audit.event_id])


@pytest.mark.parametrize(
    ("status", "needs_work"), [(OrderStatus.PROCESSING, True), (OrderStatus.PAID, False), (OrderStatus.RESERVED, False)]
)
def test_an_order_needs_work_until_its_payment_is_settled(status: OrderStatus, needs_work: bool) -> None:
    """A refund that is under way is work, too."""
    found = stored(status)
    assert found.needs_work is needs_work
    if status is OrderStatus.PAID:
        assert with_attempt(found, status=AttemptStatus.REFUNDING).needs_work


def test_images_are_stored_once_the_mail_was_sent() -> None:
    """Before, and after a refund, there need not be any."""
    paid = stored(OrderStatus.PAID)
    assert not paid.has_images
    assert with_order(paid, delivery=DeliveryStatus.DELIVERED).has_images
    assert not with_order(stored(OrderStatus.REFUNDED), delivery=DeliveryStatus.DELIVERED).has_images
