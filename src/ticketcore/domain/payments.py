"""The rules of a payment: from ``processing`` to ``paid``, ``declined`` or ``refunded``.

Only the gateway's answer ends ``processing``; time never does.  An order whose charge succeeded ends with exactly one of
its tickets and its money.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import assert_never

import attrs

from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import AttemptId, OrderId, TicketCode
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.refusals import (
    OrderNotFound,
    OrderNotPaid,
    OrderNotPayable,
    PaymentDeclined,
    ReservationExpired,
    SalesClosed,
)
from ticketcore.domain.reservations import as_of

PayRefusal = OrderNotFound | OrderNotPayable | PaymentDeclined | ReservationExpired | SalesClosed
RefundRefusal = OrderNotFound | OrderNotPaid


class AttemptStatus(enum.StrEnum):
    """What is known of the charge and, after it, of the money's way back."""

    PENDING = "pending"
    CAPTURED = "captured"
    DECLINED = "declined"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


_ATTEMPT_TRANSITIONS = {
    AttemptStatus.PENDING: {AttemptStatus.CAPTURED, AttemptStatus.DECLINED, AttemptStatus.REFUNDING},
    AttemptStatus.CAPTURED: {AttemptStatus.REFUNDING},
    AttemptStatus.DECLINED: {AttemptStatus.REFUNDING},
    AttemptStatus.REFUNDING: {AttemptStatus.REFUNDED},
    AttemptStatus.REFUNDED: set[AttemptStatus](),
}


@attrs.frozen
class Attempt:
    """One attempt to charge an order; its id is the key under which the gateway charges at most once."""

    id: AttemptId
    order_id: OrderId
    token: str = attrs.field(repr=False)
    amount: Money
    status: AttemptStatus = AttemptStatus.PENDING

    def to(self, status: AttemptStatus) -> Attempt:
        """Answer this attempt after a move; raise ``InvalidTransition`` for one that it cannot make."""
        if status not in _ATTEMPT_TRANSITIONS[self.status]:
            raise InvalidTransition(self.status.value, status.value)
        return attrs.evolve(self, status=status)


@attrs.frozen
class Settlement:
    """What an answer of the gateway makes of an order and its attempt."""

    order: Order
    attempt: Attempt


def start(
    order: Order, event_status: EventStatus, now: datetime
) -> Order | OrderNotPayable | PaymentDeclined | ReservationExpired | SalesClosed:
    """Answer the order in ``processing``; one that is processing or paid already is answered as it is."""
    order = as_of(order, now)
    match order.status:
        case OrderStatus.PROCESSING | OrderStatus.PAID:
            return order
        case OrderStatus.DECLINED:
            return PaymentDeclined()
        case OrderStatus.EXPIRED:
            return ReservationExpired(order.expires_at or now)
        case OrderStatus.CANCELLED | OrderStatus.REFUNDED:
            return OrderNotPayable(order.status.value)
        case OrderStatus.RESERVED:
            if event_status is EventStatus.CANCELLED:
                return SalesClosed(event_status.value)
            return order.to(OrderStatus.PROCESSING)
        case _:
            assert_never(order.status)


def capture(order: Order, attempt: Attempt, event_status: EventStatus, code: TicketCode) -> Settlement:
    """Answer what an approved charge leads to: the tickets, or the money's way back.

    Repeating a capture changes nothing.  A capture that arrives for an order that is no longer processing, or whose event
    was cancelled meanwhile, sends the money back.
    """
    if attempt.status not in {AttemptStatus.PENDING, AttemptStatus.DECLINED}:
        return Settlement(order, attempt)
    if order.status is not OrderStatus.PROCESSING or attempt.status is AttemptStatus.DECLINED:
        return Settlement(order, attempt.to(AttemptStatus.REFUNDING))
    if event_status is EventStatus.CANCELLED:
        ended = order.to(OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED)
        return Settlement(ended, attempt.to(AttemptStatus.REFUNDING))
    return Settlement(order.to(OrderStatus.PAID, ticket_code=code), attempt.to(AttemptStatus.CAPTURED))


def decline(order: Order, attempt: Attempt) -> Settlement:
    """Answer what a refused charge leads to; repeating it changes nothing."""
    if attempt.status is not AttemptStatus.PENDING or order.status is not OrderStatus.PROCESSING:
        return Settlement(order, attempt)
    ended = order.to(OrderStatus.DECLINED, problem=Problem.PAYMENT_DECLINED)
    return Settlement(ended, attempt.to(AttemptStatus.DECLINED))


def refund(order: Order, attempt: Attempt | None, now: datetime) -> Settlement | OrderNotPaid:
    """Answer what an admin's refund leads to; repeating it changes nothing."""
    if order.status is OrderStatus.PAID and attempt is not None:
        return Settlement(order.to(OrderStatus.REFUNDED), attempt.to(AttemptStatus.REFUNDING))
    if order.status is OrderStatus.REFUNDED and attempt is not None:
        return Settlement(order, attempt)
    return OrderNotPaid(as_of(order, now).status.value)
