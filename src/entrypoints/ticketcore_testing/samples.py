"""Values to test an adapter with: times, difficult texts, and new events, orders, attempts and tickets."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import attrs

from ticketcore.domain.attempts import Payment, PaymentMethod, PaymentStatus
from ticketcore.domain.availability import SaleTerms
from ticketcore.domain.events import MAX_PER_ORDER, Event, EventStatus
from ticketcore.domain.ids import (
    AttemptId,
    CustomerDigest,
    EventId,
    OrderId,
    TicketCode,
    TicketId,
    text_of,
    ticket_code,
)
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Order
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import Inventory

MILLISECOND = timedelta(milliseconds=1)
#: The current time, unless a test sets another.
NOW = datetime(2027, 3, 1, 18, 30, 0, 123_000, tzinfo=UTC)
DEADLINE = NOW + timedelta(minutes=15)
SHOWTIME = NOW + timedelta(days=30)
PRICE = Money(4500, Currency("BRL"))
NOTHING = Money(0, PRICE.currency)
#: Stands for the buyer of an order.
CUSTOMER = CustomerDigest(text_of(bytes(16)))
#: Terms of sale that admit any order.
OPEN = SaleTerms(1, MAX_PER_ORDER, datetime(9999, 1, 1, tzinfo=UTC))

#: Texts that adapters may fail to store.
TEXTS = [
    'Romeo\'s "Juliet" `x` \\ %s :name ?',
    "'; DROP TABLE events; --",
    "São Tomé, Ærøskøbing, Ελλάδα, 東京, بغداد",
    "e\N{COMBINING ACUTE ACCENT} is not \N{LATIN SMALL LETTER E WITH ACUTE}",
    "🎭 👩‍👩‍👧 \U0010ffff",
    "x" * 200,
    "  spaces  stay  ",
]
#: Ids that no ledger has: an id from a link may be any text.
STRANGE_IDS = ["", " ", "\0", "a\0b", "é🎭", "' OR 1=1 --", "x" * 10_000, "\ud800"]


def label(text: str) -> str:
    """Return a short name of a text for a test's id."""
    return ascii(text)[:24]


# Values with new ids


@attrs.define(eq=False)
class _Source:
    """Bytes that are different at each call, and in the same order in every run of one history."""

    history: int = 0
    _number: Iterator[int] = attrs.field(factory=count)

    def begin(self) -> None:
        self.history, self._number = self.history + 1, count()

    def fresh(self, size: int) -> bytes:
        within = hashlib.sha256(str(next(self._number)).encode()).digest()
        return (self.history.to_bytes(3, "big") + within)[:size]


_source = _Source()


def fresh(size: int = 16) -> bytes:
    """Return bytes that are different at each call."""
    return _source.fresh(size)


def begin_history() -> None:
    """Make ids from here on compare with each other as they do in every other history."""
    _source.begin()


def new_order_id() -> OrderId:
    return OrderId(text_of(fresh()))


def new_code() -> TicketCode:
    # A code has five bits of each byte, too few of them to tell histories apart.
    return ticket_code(hashlib.sha256(fresh()).digest()[:10])


def new_show(capacity: int = 10, **fields: Any) -> Event:
    """Return a new event, with these fields of an ``Event``."""
    event_id = EventId(text_of(fresh(12)))
    event = Event(event_id, "Hamlet", SHOWTIME, "Globe", capacity, PRICE, EventStatus.ON_SALE, 10, NOW)
    return attrs.evolve(event, **fields)


def new_reservation(
    event: Event, quantity: int = 1, expires_at: datetime = DEADLINE, customer: CustomerDigest = CUSTOMER
) -> ReservationRequest:
    return ReservationRequest(new_order_id(), event.id, "ann@example.com", quantity, expires_at, customer)


def free_places(inventory: Inventory, event_ids: Collection[EventId], now: datetime) -> dict[EventId, int]:
    """Return the free places of those events that have a counter."""
    return {event_id: counter.available for event_id, counter in inventory.counters(event_ids, now).items()}


def new_attempt_id() -> AttemptId:
    return AttemptId(text_of(fresh()))


def gateway_payment(status: PaymentStatus, refunded: Money = NOTHING) -> Payment:
    """Return a payment through the gateway that does not wait for its buyer."""
    return Payment(status, method=PaymentMethod.GATEWAY, refunded=refunded)


def new_tickets(order: Order) -> list[Ticket]:
    return [_new_ticket(order, number) for number in range(1, order.quantity + 1)]


def _new_ticket(order: Order, number: int) -> Ticket:
    ticket_id = TicketId(text_of(fresh()))
    return Ticket(ticket_id, order.id, order.event_id, number, f"QR{ticket_id.upper()}")
