"""What can be wrong with the orders of a ledger: rules over what it holds, which change nothing."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import attrs

from ticketcore.domain import ids
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.availability import Audit
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import HOLDING, Order, OrderStatus
from ticketcore.domain.texts import Text, plural_text
from ticketcore.domain.tickets import Ticket, TicketStatus

_PAYMENTS: dict[OrderStatus, frozenset[AttemptStatus | None]] = {
    OrderStatus.RESERVED: frozenset({None}),
    OrderStatus.EXPIRED: frozenset({None}),
    OrderStatus.CANCELLED: frozenset({None}),
    OrderStatus.PROCESSING: frozenset({AttemptStatus.PENDING}),
    OrderStatus.PAID: frozenset({AttemptStatus.CAPTURED}),
    # A charge may succeed late, and is returned then.
    OrderStatus.DECLINED: frozenset({AttemptStatus.DECLINED, AttemptStatus.REFUNDING, AttemptStatus.REFUNDED}),
    OrderStatus.REFUNDED: frozenset(
        {AttemptStatus.CANCELLING, AttemptStatus.CANCELLED, AttemptStatus.REFUNDING, AttemptStatus.REFUNDED}
    ),
}


class FaultKind(enum.StrEnum):
    """The kind of a fault; programs switch on it."""

    PLACES = "places"
    TICKETS = "tickets"
    PAYMENT = "payment"
    SEAL = "seal"
    MAIL = "mail"
    MESSAGE = "message"
    COUNTER = "counter"
    IMAGE = "image"
    UNCHECKED = "unchecked"


@attrs.frozen
class LedgerFault:
    """One fault: of an event, of an order, which is named by its digest, or of the whole ledger."""

    kind: FaultKind
    detail: Text
    event_id: EventId | None = None
    order: str | None = None


@attrs.frozen
class StoredOrder:
    """An order as the ledger has it, with its tickets by number, and whether its outbox has a message of it."""

    record: OrderRecord
    tickets: tuple[Ticket, ...]
    is_enqueued: bool

    @property
    def needs_work(self) -> bool:
        """Whether its payment, or the way back of its money, is still to be worked on."""
        attempt = self.record.attempt
        unsettled = {AttemptStatus.CANCELLING, AttemptStatus.REFUNDING}
        return self.record.order.status is OrderStatus.PROCESSING or bool(attempt and attempt.status in unsettled)

    @property
    def has_images(self) -> bool:
        """Whether the images of its tickets were stored: before their mail was sent, and not after a refund."""
        order = self.record.order
        return order.status is OrderStatus.PAID and order.delivery is DeliveryStatus.DELIVERED


def of_event(audit: Audit) -> Iterator[LedgerFault]:
    """Yield the fault of an event whose places are not conserved."""
    if audit.is_conserved:
        return
    sums = Text(
        "capacity %(capacity)s, available %(available)s, reserved %(held)s, sold %(sold)s; by its orders reserved "
        "%(held_by_orders)s, sold %(sold_by_orders)s, tickets %(tickets)s; of customers %(of_customers)s, by their orders "
        "%(of_customers_by_orders)s",
        **attrs.asdict(audit, filter=attrs.filters.exclude("event_id", "version")),
    )
    yield LedgerFault(FaultKind.PLACES, sums, event_id=audit.event_id)


def of_order(stored: StoredOrder) -> Iterator[LedgerFault]:
    """Yield what contradicts itself in an order: its places, its tickets, its payment and its mail."""
    for kind, detail in (*_of_places(stored), *_of_tickets(stored), *_of_payment(stored.record), *_of_mail(stored)):
        yield LedgerFault(kind, detail, order=ids.digest(stored.record.order.id))


def _of_places(stored: StoredOrder) -> Iterator[tuple[FaultKind, Text]]:
    order, expected = stored.record.order, _places(stored)
    if order.places != expected:
        yield (
            FaultKind.PLACES,
            plural_text(
                "it occupies %(places)s place and should occupy %(expected)s",
                "it occupies %(places)s places and should occupy %(expected)s",
                "places",
                places=order.places,
                expected=expected,
            ),
        )


def _places(stored: StoredOrder) -> int:
    order = stored.record.order
    if order.status in HOLDING:
        return order.quantity
    # What was used stays occupied after a refund: there is a person on each place.
    counted = {TicketStatus.VALID, TicketStatus.USED} if order.status is OrderStatus.PAID else {TicketStatus.USED}
    return sum(ticket.status in counted for ticket in stored.tickets)


def _of_tickets(stored: StoredOrder) -> Iterator[tuple[FaultKind, Text]]:
    order = stored.record.order
    numbers = [ticket.number for ticket in stored.tickets]
    if numbers != _numbers(order):
        wanted = len(_numbers(order))
        yield (
            FaultKind.TICKETS,
            Text(
                "it is %(status)s and has the tickets %(numbers)s; it should have %(wanted)s",
                status=order.status.word,
                numbers=", ".join(map(str, numbers)) or "-",
                wanted=wanted,
            ),
        )
    if any(ticket.event_id != order.event_id for ticket in stored.tickets):
        yield FaultKind.TICKETS, Text("a ticket of it is for another event")
    if len({ticket.qr_code for ticket in stored.tickets}) != len(numbers):
        yield FaultKind.TICKETS, Text("two tickets of it have one QR text")


def _numbers(order: Order) -> list[int]:
    """Return the numbers of its tickets: those that were issued once it was paid, refunded later or not."""
    was_paid = order.status is OrderStatus.PAID or (order.status is OrderStatus.REFUNDED and order.ticket_code)
    return list(range(1, order.quantity + 1)) if was_paid else []


def _of_payment(record: OrderRecord) -> Iterator[tuple[FaultKind, Text]]:
    order, attempt = record.order, record.attempt
    if (attempt and attempt.status) not in _PAYMENTS[order.status]:
        payment = attempt.status.value if attempt else "-"
        yield (
            FaultKind.PAYMENT,
            Text("it is %(status)s and its payment %(payment)s", status=order.status.word, payment=payment),
        )
    if attempt and attempt.amount != order.total:
        yield (
            FaultKind.PAYMENT,
            Text("its payment is of %(amount)s and its total %(total)s", amount=attempt.amount, total=order.total),
        )
    if attempt and attempt.token is not None and attempt.status is not AttemptStatus.PENDING:
        yield FaultKind.PAYMENT, Text("its payment has ended and its token is still there")
    if order.status is OrderStatus.PAID and order.ticket_code is None:
        yield FaultKind.TICKETS, Text("it is paid and has no ticket code")
    if order.status is OrderStatus.PAID and order.paid_at is None:
        yield FaultKind.PAYMENT, Text("it is paid and no time of its payment is known")


def _of_mail(stored: StoredOrder) -> Iterator[tuple[FaultKind, Text]]:
    order = stored.record.order
    if order.status is OrderStatus.PAID and order.delivery is None:
        yield FaultKind.MAIL, Text("it is paid and no mail was ever asked for")
