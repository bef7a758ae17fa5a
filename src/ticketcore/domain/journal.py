"""The journal: what happened to an order, kept beside it and told in plain words."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime

import attrs

from ticketcore.domain import timestamps
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Delivery, Order, OrderStatus
from ticketcore.domain.reservations import Reservation
from ticketcore.domain.tickets import Admission, Ticket


class Step(enum.StrEnum):
    """The kinds of journal entries."""

    RESERVED = "reserved"
    PAYMENT_STARTED = "payment_started"
    FAILED = "failed"
    REMINDED = "reminded"
    MAIL_REFUSED = "mail_refused"
    PAID = "paid"
    DECLINED = "declined"
    STORED = "stored"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NOT_SOLD = "not_sold"
    LATE_CHARGE = "late_charge"
    REFUND_STARTED = "refund_started"
    REFUNDED = "refunded"
    ADMITTED = "admitted"


_SENTENCES = {
    Step.RESERVED: "{quantity} reserved until {until}.",
    Step.PAYMENT_STARTED: "The buyer confirmed the payment of {total}; the places stay held until the gateway answers.",
    Step.FAILED: "It could not be worked on ({reason}); it goes back to the queue.",
    Step.REMINDED: "Nothing had happened for a long time; a new message is on its way.",
    Step.MAIL_REFUSED: "The mail cannot be delivered ({reason}); the tickets are shown with the order.",
    Step.PAID: "The charge succeeded: {quantity} issued under the code {code}.",
    Step.DECLINED: "The payment was declined; {quantity} given back.",
    Step.STORED: "The QR images were stored.",
    Step.DELIVERED: "The tickets were mailed to the buyer.",
    Step.EXPIRED: "The reservation was not paid in time; {quantity} given back.",
    Step.CANCELLED: "The buyer cancelled; {quantity} given back.",
    Step.NOT_SOLD: "The charge succeeded, but the event was cancelled: the money goes back, {quantity} given back.",
    Step.LATE_CHARGE: "A charge succeeded after the order had ended; the money goes back.",
    Step.REFUND_STARTED: "A refund of {total} began: unused tickets are void, {quantity} given back.",
    Step.REFUNDED: "The money was returned.",
    Step.ADMITTED: "Ticket {number} was admitted at {gate}.",
}

_STEP_OF_STATUS = {
    OrderStatus.RESERVED: Step.RESERVED,
    OrderStatus.PROCESSING: Step.PAYMENT_STARTED,
    OrderStatus.PAID: Step.PAID,
    OrderStatus.DECLINED: Step.DECLINED,
    OrderStatus.EXPIRED: Step.EXPIRED,
    OrderStatus.CANCELLED: Step.CANCELLED,
    OrderStatus.REFUNDED: Step.REFUND_STARTED,
}


@attrs.frozen
class Entry:
    """One thing that happened to an order."""

    order_id: OrderId
    at: datetime
    step: Step
    facts: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    @property
    def sentence(self) -> str:
        """What happened, in plain words."""
        return _SENTENCES[self.step].format_map(self.facts)

    def __str__(self) -> str:
        return f"{timestamps.text_of(self.at)}  {self.sentence}"


def _places(quantity: int) -> str:
    return "1 place was" if quantity == 1 else f"{quantity} places were"


def _tickets(quantity: int) -> str:
    return "1 ticket was" if quantity == 1 else f"{quantity} tickets were"


def moved(order: Order, at: datetime) -> Entry:
    """Answer the entry of an order that has just come into its status."""
    issued = order.status is OrderStatus.PAID
    facts = {
        "quantity": _tickets(order.quantity) if issued else _places(order.quantity),
        "total": str(order.total),
        "until": timestamps.text_of(order.expires_at) if order.expires_at else "",
        "code": order.ticket_code or "",
    }
    was_sold = order.status is not OrderStatus.REFUNDED or order.problem is None
    step = _STEP_OF_STATUS[order.status] if was_sold else Step.NOT_SOLD
    return Entry(order.id, at, step, {name: fact for name, fact in facts.items() if f"{{{name}}}" in _SENTENCES[step]})


def reserved(wanted: Reservation, at: datetime) -> Entry:
    """Answer the entry of an order that is just being placed, the same as ``moved`` writes of it."""
    facts = {"quantity": _places(wanted.quantity), "until": timestamps.text_of(wanted.expires_at)}
    return Entry(wanted.order_id, at, Step.RESERVED, facts)


def advanced(order: Order, at: datetime) -> Entry:
    """Answer the entry of an order whose cursor has just moved."""
    return Entry(order.id, at, Step(order.delivery.value))


def failed(order: Order, at: datetime, reason: str) -> Entry:
    return Entry(order.id, at, Step.FAILED, {"reason": reason})


def reminded(order_id: OrderId, at: datetime) -> Entry:
    return Entry(order_id, at, Step.REMINDED)


def mail_refused(order: Order, at: datetime, reason: str) -> Entry:
    return Entry(order.id, at, Step.MAIL_REFUSED, {"reason": reason})


def late_charge(order: Order, at: datetime) -> Entry:
    return Entry(order.id, at, Step.LATE_CHARGE)


def money_returned(order_id: OrderId, at: datetime) -> Entry:
    return Entry(order_id, at, Step.REFUNDED)


def admitted(ticket: Ticket, admission: Admission) -> Entry:
    facts = {"number": str(ticket.number), "gate": admission.gate}
    return Entry(ticket.order_id, admission.date, Step.ADMITTED, facts)


def outlook(order: Order) -> str:
    """Answer where the order stands and what happens next."""
    match order.status:
        case OrderStatus.RESERVED:
            return f"It is reserved: to be paid before {timestamps.text_of(order.expires_at or order.created_at)}."
        case OrderStatus.PROCESSING:
            return "It is processing: the gateway's answer is awaited and its places stay held; a redrive tries anew what was given up."
        case OrderStatus.PAID if order.delivery is Delivery.DELIVERED:
            return "It is paid and the buyer has the tickets."
        case OrderStatus.PAID:
            return "It is paid; the tickets are being made and mailed."
        case _ if order.problem:
            return f"It has ended as {order.status.value}: {order.problem.detail}"
        case _:
            return f"It has ended as {order.status.value}."
