"""Example values for the tests of the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs

from ticketcore.domain import ids
from ticketcore.domain.attempts import Attempt, AttemptStatus
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.events import Event, EventDraft, EventStatus
from ticketcore.domain.ids import AttemptId, EventId, OrderId, TicketCode, TicketId
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.tickets import Ticket
from ticketcore_testing.samples import CUSTOMER

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DEADLINE = NOW + timedelta(minutes=15)
DOORS = datetime(2027, 6, 5, 20, 30, tzinfo=UTC)

EVENT_ID = EventId(ids.text_of(bytes(range(ids.EVENT_BYTES))))
OTHER_EVENT_ID = EventId(ids.text_of(bytes(ids.EVENT_BYTES)))
ORDER_ID = OrderId(ids.text_of(bytes(range(ids.SECRET_BYTES))))
TICKET_ID = TicketId(ids.text_of(bytes(range(100, 100 + ids.SECRET_BYTES))))
CODE = TicketCode("7QXK2-M3PTV")
PRICE = Money(4500, Currency("BRL"))

DRAFT = EventDraft("Jazz Night", DOORS, "Blue Hall", capacity=100, price="45.00", max_per_order=4)
EVENT = Event(EVENT_ID, "Jazz Night", DOORS, "Blue Hall", 100, PRICE, EventStatus.ON_SALE, 4, NOW)
ORDER = Order(
    ORDER_ID,
    EVENT_ID,
    "ann@example.com",
    2,
    PRICE.times(2),
    OrderStatus.RESERVED,
    NOW,
    DEADLINE,
    places=2,
    customer=CUSTOMER,
)
ATTEMPT = Attempt(AttemptId("an-attempt"), ORDER_ID, "tok_approved", ORDER.total)
TICKET = Ticket(TICKET_ID, ORDER_ID, EVENT_ID, 1, "THE-QR-TEXT")

_PROCESSING = ORDER.to(OrderStatus.PROCESSING)
_PAID = _PROCESSING.paid(CODE, NOW)

_ORDERS = {
    order.status: order
    for order in (
        ORDER,
        _PROCESSING,
        _PAID,
        ORDER.to(OrderStatus.EXPIRED, problem=Problem.RESERVATION_EXPIRED),
        ORDER.to(OrderStatus.CANCELLED),
        _PROCESSING.to(OrderStatus.DECLINED, problem=Problem.PAYMENT_DECLINED),
        _PAID.to(OrderStatus.REFUNDED),
    )
}

_CAPTURED = ATTEMPT.to(AttemptStatus.CAPTURED)
_ATTEMPTS = {
    OrderStatus.PROCESSING: ATTEMPT,
    OrderStatus.PAID: _CAPTURED,
    OrderStatus.DECLINED: ATTEMPT.to(AttemptStatus.DECLINED),
    OrderStatus.REFUNDED: _CAPTURED.owing(ORDER.total.minor),
}

#: An order in each status, as its transitions leave it.
ORDERS = {
    status: attrs.evolve(order, payment=_ATTEMPTS[status].payment) if status in _ATTEMPTS else order
    for status, order in _ORDERS.items()
}

#: The record of an order in each status, with the attempt that belongs to it.
RECORDS = {
    status: OrderRecord(order, _ATTEMPTS.get(status), EventStatus.ON_SALE, revision=7, timezone="UTC")
    for status, order in ORDERS.items()
}


def statuses_but(*excluded: OrderStatus) -> list[OrderStatus]:
    """Return every other status of an order."""
    return [status for status in OrderStatus if status not in excluded]
