"""The rules of a reservation: places held for one order in ``[created_at, expires_at)``."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from ticketcore.domain.events import Event, closed_to_buyers
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.refusals import (
    EventNotFound,
    Fault,
    InvalidRequest,
    OrderNotCancellable,
    OrderNotFound,
    SalesClosed,
    SoldOut,
)
from ticketcore.domain.texts import Text

DEFAULT_HOLD = timedelta(minutes=15)

ReserveRefusal = EventNotFound | SalesClosed | InvalidRequest | SoldOut
CancelRefusal = OrderNotFound | OrderNotCancellable


@attrs.frozen
class Reservation:
    """What a buyer asks for: ``quantity`` places of one event until ``expires_at``."""

    order_id: OrderId
    event_id: EventId
    customer_email: str
    quantity: int
    expires_at: datetime


def reserve(event: Event, wanted: Reservation, now: datetime) -> Order | SalesClosed | InvalidRequest | SoldOut:
    """Answer the order that holds the places, or why there is none."""
    closed = closed_to_buyers(event, now)
    if closed:
        return closed
    if not 1 <= wanted.quantity <= event.max_per_order:
        most = Text("must be from 1 to %(most)s for this event", most=str(event.max_per_order))
        return InvalidRequest((Fault("quantity", most),))
    if wanted.quantity > event.available:
        return SoldOut(event.available)
    return Order(
        id=wanted.order_id,
        event_id=event.id,
        customer_email=wanted.customer_email,
        quantity=wanted.quantity,
        total=event.price.times(wanted.quantity),
        status=OrderStatus.RESERVED,
        created_at=now,
        expires_at=wanted.expires_at,
    )


def is_due(order: Order, now: datetime) -> bool:
    """Whether the reservation's time is over.  Time never ends an order in another state."""
    return order.status is OrderStatus.RESERVED and order.expires_at is not None and order.expires_at <= now


def as_of(order: Order, now: datetime) -> Order:
    """Answer the order as it is at ``now``: one past its deadline is expired, whether or not somebody has swept."""
    return order.to(OrderStatus.EXPIRED, problem=Problem.RESERVATION_EXPIRED) if is_due(order, now) else order


def cancel(order: Order, now: datetime) -> Order | OrderNotCancellable:
    """Answer the cancelled order; cancelling twice equals cancelling once."""
    order = as_of(order, now)
    match order.status:
        case OrderStatus.RESERVED:
            return order.to(OrderStatus.CANCELLED)
        case OrderStatus.CANCELLED:
            return order
        case _:
            return OrderNotCancellable(order.status.value)
