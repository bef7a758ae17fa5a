"""Orders: one buyer's purchase, and its transitions."""

from __future__ import annotations

import enum
from datetime import datetime

import attrs

from ticketcore.domain.attempts import Payment
from ticketcore.domain.availability import Availability
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.ids import CustomerDigest, EventId, OrderId, TicketCode
from ticketcore.domain.money import Money
from ticketcore.domain.texts import Text


class OrderStatus(enum.StrEnum):
    """The state of an order."""

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


#: Every transition of an order.
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.RESERVED: frozenset({OrderStatus.PROCESSING, OrderStatus.EXPIRED, OrderStatus.CANCELLED}),
    OrderStatus.PROCESSING: frozenset({OrderStatus.PAID, OrderStatus.DECLINED, OrderStatus.REFUNDED}),
    OrderStatus.PAID: frozenset({OrderStatus.REFUNDED}),
    OrderStatus.EXPIRED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.DECLINED: frozenset(),
    OrderStatus.REFUNDED: frozenset(),
}

#: An order in one of these holds its places; a paid one has bought them.
HOLDING = frozenset({OrderStatus.RESERVED, OrderStatus.PROCESSING})
#: In all others an order occupies no places.
OCCUPYING = HOLDING | {OrderStatus.PAID}


class Problem(enum.StrEnum):
    """Why an order ended without tickets."""

    PAYMENT_DECLINED = "payment_declined"
    RESERVATION_EXPIRED = "reservation_expired"
    SALES_CLOSED = "sales_closed"
    PAYMENT_GIVEN_UP = "payment_given_up"

    @property
    def detail(self) -> Text:
        """The reason as a sentence for the buyer."""
        return _PROBLEM_DETAILS[self]


_PROBLEM_DETAILS = {
    Problem.PAYMENT_DECLINED: Text("The payment was declined; nothing was charged and the places were given back."),
    Problem.RESERVATION_EXPIRED: Text("The reservation was not paid in time; the places were given back."),
    Problem.SALES_CLOSED: Text("The event was cancelled before the payment arrived; any money that came was returned."),
    Problem.PAYMENT_GIVEN_UP: Text(
        "The payment was given up before it arrived; any money that comes is returned, and the places were given back."
    ),
}


@attrs.frozen
class Order:
    """One buyer's purchase.

    ``places`` is what it occupies of its event's capacity.  ``customer`` stands for its buyer among the event's orders, until the
    address is forgotten.  ``language`` is the one that its mails are in (BCP 47), ``None`` for the service's.  ``expires_at`` is the deadline of its reservation, whatever
    became of it.  ``ticket_code`` is ``None`` until it is paid, and so are ``delivery``, what became of the mail with its tickets,
    and ``paid_at``.  ``payment`` is ``None`` until its buyer has confirmed one.
    """

    id: OrderId
    event_id: EventId
    customer_email: str
    quantity: int
    total: Money
    status: OrderStatus
    created_at: datetime
    expires_at: datetime
    places: int
    ticket_code: TicketCode | None = None
    problem: Problem | None = None
    delivery: DeliveryStatus | None = None
    customer: CustomerDigest | None = None
    language: str | None = None
    paid_at: datetime | None = None
    payment: Payment | None = None

    @property
    def counted(self) -> int:
        """The places that count for its customer's limit: those that are reserved, processing or paid."""
        return self.places if self.customer is not None and self.status in OCCUPYING else 0

    @property
    def ticket_price(self) -> Money:
        """The price of one of its tickets."""
        return Money(self.total.minor // self.quantity, self.total.currency)

    @property
    def held(self) -> int:
        """The places held for it, until its payment is decided."""
        return self.places if self.status in HOLDING else 0

    @property
    def sold(self) -> int:
        """The places sold with it."""
        return self.places if self.status not in HOLDING else 0

    def to(self, status: OrderStatus, *, problem: Problem | None = None) -> Order:
        """Return this order after a transition.

        Raises ``InvalidTransition`` if ``TRANSITIONS`` does not have it.
        """
        if status not in TRANSITIONS[self.status]:
            raise InvalidTransition(self.status.value, status.value)
        return attrs.evolve(
            self,
            status=status,
            places=self.places if status in OCCUPYING else 0,
            problem=problem,
        )

    def paid(self, ticket_code: TicketCode, at: datetime) -> Order:
        """Return this order once it is paid: its tickets are issued under a code, and are to be mailed.

        Raises ``InvalidTransition`` unless it is processing.
        """
        return attrs.evolve(
            self.to(OrderStatus.PAID), ticket_code=ticket_code, paid_at=at, delivery=DeliveryStatus.PENDING
        )


@attrs.frozen
class Change:
    """An order as it now is, and its event's availability if this call changed its places."""

    order: Order
    availability: Availability | None = None
