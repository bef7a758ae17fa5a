"""Orders: one buyer's purchase, and the only moves that it can make."""

from __future__ import annotations

import enum
from datetime import datetime

import attrs

from ticketcore.domain.availability import Availability
from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.ids import EventId, OrderId, TicketCode
from ticketcore.domain.money import Money
from ticketcore.domain.texts import Text


class OrderStatus(enum.StrEnum):
    RESERVED = "reserved"
    PROCESSING = "processing"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    REFUNDED = "refunded"

    @property
    def word(self) -> Text:
        """The status as a sentence names it."""
        return _WORDS[self]


_WORDS = {
    OrderStatus.RESERVED: Text("reserved"),
    OrderStatus.PROCESSING: Text("processing"),
    OrderStatus.PAID: Text("paid"),
    OrderStatus.EXPIRED: Text("expired"),
    OrderStatus.CANCELLED: Text("cancelled"),
    OrderStatus.DECLINED: Text("declined"),
    OrderStatus.REFUNDED: Text("refunded"),
}


#: Every move that an order can make.
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.RESERVED: frozenset({OrderStatus.PROCESSING, OrderStatus.EXPIRED, OrderStatus.CANCELLED}),
    OrderStatus.PROCESSING: frozenset({OrderStatus.PAID, OrderStatus.DECLINED, OrderStatus.REFUNDED}),
    OrderStatus.PAID: frozenset({OrderStatus.REFUNDED}),
    OrderStatus.EXPIRED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.DECLINED: frozenset(),
    OrderStatus.REFUNDED: frozenset(),
}

#: An order in one of these holds its places; a paid one has them.
HOLDING = frozenset({OrderStatus.RESERVED, OrderStatus.PROCESSING})


class Problem(enum.StrEnum):
    """Why an order ended without tickets."""

    PAYMENT_DECLINED = "payment_declined"
    RESERVATION_EXPIRED = "reservation_expired"
    SALES_CLOSED = "sales_closed"

    @property
    def detail(self) -> Text:
        """The reason as a sentence for the buyer."""
        return _PROBLEM_DETAILS[self]


_PROBLEM_DETAILS = {
    Problem.PAYMENT_DECLINED: Text("The payment was declined; nothing was charged and the places were given back."),
    Problem.RESERVATION_EXPIRED: Text("The reservation was not paid in time; the places were given back."),
    Problem.SALES_CLOSED: Text("The event was cancelled before the payment arrived; the money was returned."),
}


class Delivery(enum.StrEnum):
    """How far a paid order's tickets have come: the cursor that a worker goes on from."""

    NONE = "none"
    ISSUED = "issued"
    STORED = "stored"
    DELIVERED = "delivered"


#: The cursor only moves forward, one step at a time.
NEXT_STEP = {Delivery.ISSUED: Delivery.STORED, Delivery.STORED: Delivery.DELIVERED}


@attrs.frozen
class Order:
    """One buyer's purchase.  ``expires_at`` is ``None`` once paid; ``ticket_code`` until paid."""

    id: OrderId
    event_id: EventId
    customer_email: str
    quantity: int
    total: Money
    status: OrderStatus
    created_at: datetime
    expires_at: datetime | None
    ticket_code: TicketCode | None = None
    problem: Problem | None = None
    delivery: Delivery = Delivery.NONE

    @property
    def needs_work(self) -> bool:
        """Whether a worker has something left to do for it, but for money that may be on the way back."""
        is_on_its_way = self.status is OrderStatus.PAID and self.delivery is not Delivery.DELIVERED
        return self.status is OrderStatus.PROCESSING or is_on_its_way

    def to(
        self,
        status: OrderStatus,
        *,
        problem: Problem | None = None,
        ticket_code: TicketCode | None = None,
    ) -> Order:
        """Answer this order after a move; raise ``InvalidTransition`` for one that ``TRANSITIONS`` does not have."""
        if status not in TRANSITIONS[self.status]:
            raise InvalidTransition(self.status.value, status.value)
        paid = status is OrderStatus.PAID
        return attrs.evolve(
            self,
            status=status,
            problem=problem,
            ticket_code=ticket_code or self.ticket_code,
            expires_at=None if paid else self.expires_at,
            delivery=Delivery.ISSUED if paid else self.delivery,
        )


@attrs.frozen
class Change:
    """An order as it now is, and its event's places if this call changed them."""

    order: Order
    availability: Availability | None = None
