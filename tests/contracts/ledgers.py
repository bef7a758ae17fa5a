"""The ledgers that the contract suites run over, and short ways to bring an order into each of its states."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import attrs

from ticketcore import payment_tokens
from ticketcore.events import Event, EventStatus
from ticketcore.ids import AttemptId, EventId, OrderId, TicketCode, TicketId, text_of, ticket_code
from ticketcore.journal import Step
from ticketcore.money import Currency, Money
from ticketcore.orders import Change, Order, OrderStatus
from ticketcore.payment import Attempt
from ticketcore.ports import Events, Keys, Orders, Outbox, PaymentGateway, PaymentQueue, Tickets
from ticketcore.reservation import Reservation
from ticketcore.stock import Audit
from ticketcore.tickets import Ticket
from ticketcore_memory import (
    MemoryEvents,
    MemoryKeys,
    MemoryLedger,
    MemoryOrders,
    MemoryOutbox,
    MemoryPaymentGateway,
    MemoryPaymentQueue,
    MemoryTickets,
)
from ticketcore_sql import (
    Database,
    SqlEvents,
    SqlKeys,
    SqlOrders,
    SqlOutbox,
    SqlPaymentGateway,
    SqlPaymentQueue,
    SqlTickets,
)

MILLISECOND = timedelta(milliseconds=1)
#: When everything happens unless a test says otherwise.
NOW = datetime(2027, 3, 1, 18, 30, 0, 123_000, tzinfo=UTC)
DEADLINE = NOW + timedelta(minutes=15)
SHOWTIME = NOW + timedelta(days=30)
PRICE = Money(4500, Currency("BRL"))

#: What people write, and what may go wrong with it.
TEXTS = [
    'Romeo\'s "Juliet" `x` \\ %s :name ?',
    "'; DROP TABLE events; --",
    "São Tomé, Ærøskøbing, Ελλάδα, 東京, بغداد",
    "e\N{COMBINING ACUTE ACCENT} is not \N{LATIN SMALL LETTER E WITH ACUTE}",
    "🎭 👩‍👩‍👧 \U0010ffff",
    "x" * 200,
    "  spaces  stay  ",
]
#: Ids that no ledger has: what comes in a link may be any text.
STRANGE_IDS = ["", " ", "\0", "a\0b", "é🎭", "' OR 1=1 --", "x" * 10_000, "\ud800"]


def label(text: str) -> str:
    """Answer a short name of a text for a test's id."""
    return ascii(text)[:24]


@attrs.frozen
class Ledger:
    """One adapter's ports on one durable record."""

    events: Events
    orders: Orders
    tickets: Tickets
    outbox: Outbox
    keys: Keys
    payment_queue: PaymentQueue
    payment_gateway: PaymentGateway


def memory_ledger() -> Ledger:
    """Answer an empty ledger in process."""
    return ledger_over(MemoryLedger())


def ledger_over(rows: MemoryLedger) -> Ledger:
    """Answer the memory adapters over these rows."""
    return Ledger(
        MemoryEvents(rows),
        MemoryOrders(rows),
        MemoryTickets(rows),
        MemoryOutbox(rows),
        MemoryKeys(rows),
        MemoryPaymentQueue(),
        MemoryPaymentGateway(),
    )


@contextmanager
def sql_ledgers(url: str) -> Iterator[Callable[[], Ledger]]:
    """Yield what opens the ledger at ``url``, each time with connections of its own; all are closed at the end."""
    with ExitStack() as opened:

        def open_one() -> Ledger:
            database = Database.connect(url)
            opened.callback(database.close)
            return Ledger(
                SqlEvents(database),
                SqlOrders(database),
                SqlTickets(database),
                SqlOutbox(database),
                SqlKeys(database),
                SqlPaymentQueue(database),
                SqlPaymentGateway(database),
            )

        yield open_one


# Values: each with an id that nothing else has.

_numbers = count()


def fresh(size: int = 16) -> bytes:
    """Answer bytes that were not answered before."""
    return hashlib.sha256(str(next(_numbers)).encode()).digest()[:size]


def new_order_id() -> OrderId:
    return OrderId(text_of(fresh()))


def new_code() -> TicketCode:
    return ticket_code(fresh(10))


def new_show(
    capacity: int = 10,
    *,
    name: str = "Hamlet",
    date: datetime = SHOWTIME,
    price: Money = PRICE,
    status: EventStatus = EventStatus.ON_SALE,
    max_per_order: int = 10,
) -> Event:
    """Answer an event that no ledger has yet."""
    return Event(EventId(text_of(fresh(12))), name, date, "Globe", capacity, price, status, max_per_order, NOW)


def new_reservation(event: Event, quantity: int = 1, expires_at: datetime = DEADLINE) -> Reservation:
    return Reservation(new_order_id(), event.id, "ann@example.com", quantity, expires_at)


def new_attempt(order: Order, token: str = payment_tokens.APPROVED) -> Attempt:
    return Attempt(AttemptId(text_of(fresh())), order.id, token, order.total)


def new_tickets(order: Order) -> list[Ticket]:
    return [_new_ticket(order, number) for number in range(1, order.quantity + 1)]


def _new_ticket(order: Order, number: int) -> Ticket:
    ticket_id = TicketId(text_of(fresh()))
    return Ticket(ticket_id, order.id, order.event_id, number, f"QR{ticket_id.upper()}")


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
