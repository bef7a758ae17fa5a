"""The rules of a reservation: places held for one order in ``[created_at, expires_at)``."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from ticketcore.domain import journal
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.events import Event, closed_to_buyers
from ticketcore.domain.ids import CustomerDigest, EventId, OrderId
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.refusals import (
    CustomerLimit,
    EventNotFound,
    Fault,
    InvalidRequest,
    OrderNotCancellable,
    OrderNotFound,
    SalesClosed,
    SalesNotOpen,
    SoldOut,
)
from ticketcore.domain.texts import Text

DEFAULT_HOLD = timedelta(minutes=15)

ReserveRefusal = EventNotFound | SalesClosed | SalesNotOpen | InvalidRequest | SoldOut | CustomerLimit
CancelRefusal = OrderNotFound | OrderNotCancellable


@attrs.frozen
class ReservationRequest:
    """What a buyer asks for: ``quantity`` places of one event until ``expires_at``.

    ``customer`` stands for the buyer; ``is_vetted`` is whether the ledger was asked if he may have so many; ``language`` is the one
    in which he asks (BCP 47), ``None`` if it is not known.
    """

    order_id: OrderId
    event_id: EventId
    customer_email: str
    quantity: int
    expires_at: datetime
    customer: CustomerDigest
    is_vetted: bool = False
    language: str | None = None

    def asks_for(self, order: Order) -> bool:
        """Return whether the order is what this request asks for."""
        same = (order.event_id, order.quantity, order.customer_email)
        return same == (self.event_id, self.quantity, self.customer_email)

    def placed(self, price: Money, now: datetime) -> Order:
        """Return the order that holds the places, each for ``price``."""
        return Order(
            id=self.order_id,
            event_id=self.event_id,
            customer_email=self.customer_email,
            quantity=self.quantity,
            total=price.times(self.quantity),
            status=OrderStatus.RESERVED,
            created_at=now,
            expires_at=self.expires_at,
            places=self.quantity,
            customer=self.customer,
            language=self.language,
        )


def reserve(
    event: Event, wanted: ReservationRequest, now: datetime, held: int = 0
) -> Order | SalesClosed | SalesNotOpen | InvalidRequest | SoldOut | CustomerLimit:
    """Return the order that holds the places, or why there is none.

    ``held`` are the places of the event that the customer's other orders hold or have bought.
    """
    closed = closed_to_buyers(event, now)
    if closed:
        return closed
    if not 1 <= wanted.quantity <= event.max_per_order:
        most = Text("must be from 1 to %(most)s for this event", most=str(event.max_per_order))
        return InvalidRequest((Fault("quantity", most),))
    if wanted.quantity > event.available:
        return SoldOut(event.available)
    if event.max_per_customer is not None and held + wanted.quantity > event.max_per_customer:
        return CustomerLimit(event.max_per_customer, held)
    return wanted.placed(event.price, now)


def is_due(order: Order, now: datetime) -> bool:
    """Return whether the reservation has passed its deadline.  Time never ends an order in another state."""
    return order.status is OrderStatus.RESERVED and order.expires_at <= now


def as_of(order: Order, now: datetime) -> Order:
    """Return the order as it is at ``now``: one past its deadline is expired, whether or not a sweep has recorded it."""
    return order.to(OrderStatus.EXPIRED, problem=Problem.RESERVATION_EXPIRED) if is_due(order, now) else order


def cancel(record: OrderRecord, now: datetime) -> Decision | OrderNotCancellable:
    """Decide a buyer's cancellation, which is idempotent."""
    order = as_of(record.order, now)
    match order.status:
        case OrderStatus.RESERVED:
            cancelled = order.to(OrderStatus.CANCELLED)
            return Decision(cancelled, record.attempt, entries=(journal.transition(cancelled, now),))
        case OrderStatus.CANCELLED:
            return record.unchanged()
        case _:
            return OrderNotCancellable(order.status.value)
