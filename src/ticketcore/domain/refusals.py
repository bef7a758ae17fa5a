"""Refusals: reasons why something may not be done, as values.

A refusal has the stable ``code`` of the contract; its fields are the further members of the problem.  Its class holds all that is
said of it: ``title``, ``detail`` (of this one), ``meaning`` and ``remedy`` (of its code), in English with the message ids for other
languages.  Rules and ports return closed unions of these, so that a type checker finds one that is not handled.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from ticketcore.domain.orders import OCCUPYING, OrderStatus
from ticketcore.domain.texts import LocalTime, Text, plural_text

#: The metadata of a field that is no member of the problem.
ONLY_IN_DETAIL = {"member": False}


@attrs.frozen
class Fault:
    """One fault of one field of a request; ``field`` is empty if the fault is the whole request's."""

    field: str
    message: Text


@attrs.frozen
class Refusal:
    """The base of all refusals."""

    code: ClassVar[str]
    title: ClassVar[Text]
    meaning: ClassVar[Text]
    remedy: ClassVar[Text]

    @property
    def detail(self) -> Text:
        """One sentence for the person who asked."""
        return Text("%(sentence)s.", sentence=self.title)


@attrs.frozen
class InvalidRequest(Refusal):
    """The request has faults: ``errors`` has every one of them."""

    code = "invalid_request"
    title = Text("The request has faults")
    meaning = Text("Fields are missing, unknown or wrong; errors names each.")
    remedy = Text("Correct them all and send again.")
    errors: tuple[Fault, ...]

    @property
    def detail(self) -> Text:
        whole = Text("the request")
        faults = (Text("%(field)s %(fault)s", field=each.field or whole, fault=each.message) for each in self.errors)
        return Text("%(faults)s", faults=tuple(faults))


@attrs.frozen
class EventNotFound(Refusal):
    """No event has this id."""

    code = "event_not_found"
    title = Text("There is no such event")
    meaning = Text("There is no event with this id.")
    remedy = Text("Take ids from GET /events.")


@attrs.frozen
class OrderNotFound(Refusal):
    """No order has this id."""

    code = "order_not_found"
    title = Text("There is no such order")
    meaning = Text("There is no order with this id.")
    remedy = Text("Take the id from the answer of POST /orders.")


@attrs.frozen
class TicketNotFound(Refusal):
    """No ticket has this id."""

    code = "ticket_not_found"
    title = Text("There is no such ticket")
    meaning = Text("There is no ticket with this id.")
    remedy = Text("Take ids from GET /orders/{id}/ticket.")


@attrs.frozen
class WebhookNotFound(Refusal):
    """No webhook, or no message to this webhook, has this id."""

    code = "not_found"
    title = Text("There is no such webhook or delivery")
    meaning = Text("There is no webhook with this id, or it has no such delivery: one is kept for 30 days.")
    remedy = Text("Take ids from GET /webhooks and GET /webhooks/{id}/deliveries.")


@attrs.frozen
class SoldOut(Refusal):
    """Fewer places are free than were asked for: ``available``."""

    code = "sold_out"
    title = Text("There are not enough places left")
    meaning = Text("Fewer places are free than were asked for; available says how many.")
    remedy = Text("Ask for fewer, or try again: the places of unpaid reservations become free.")
    available: int

    @property
    def detail(self) -> Text:
        if self.available == 0:
            return Text("There are no places left; reserved places may become free within minutes.")
        return plural_text(
            "Only %(available)s place is left.",
            "Only %(available)s places are left.",
            "available",
            available=self.available,
        )


@attrs.frozen
class CustomerLimit(Refusal):
    """The buyer has ``held`` places already, and may have ``max_per_customer`` of this event."""

    code = "customer_limit"
    title = Text("This buyer may not have so many places")
    meaning = Text("One buyer may have max_per_customer places of this event; held says how many this one has.")
    remedy = Text("Ask for fewer, or cancel a reservation of this buyer.")
    max_per_customer: int
    held: int

    @property
    def detail(self) -> Text:
        return plural_text(
            "One buyer may have %(most)s place of this event; this one has %(held)s.",
            "One buyer may have %(most)s places of this event; this one has %(held)s.",
            "most",
            most=self.max_per_customer,
            held=self.held,
        )


_CLOSED = {
    "draft": Text("This event is not on sale yet."),
    "closed": Text("Sales for this event are closed."),
    "cancelled": Text("This event was cancelled."),
    "begun": Text("This event has already begun."),
    "ended": Text("The sale for this event has ended."),
}


@attrs.frozen
class SalesClosed(Refusal):
    """``because`` is the event's status, ``ended`` from the end of its sale on, or ``begun`` from its date on."""

    code = "sales_closed"
    title = Text("This event is not on sale")
    meaning = Text("The event is a draft, closed, cancelled, or has begun, or its sale has ended.")
    remedy = Text("Nothing can be bought for it now.")
    because: str

    @property
    def detail(self) -> Text:
        return _CLOSED[self.because]


@attrs.frozen
class SalesNotOpen(Refusal):
    """The sale starts later, at ``opens_at``; ``timezone`` is the event's."""

    code = "sales_not_open"
    title = Text("The sale for this event has not started")
    meaning = Text("The sale for this event starts later; opens_at says when.")
    remedy = Text("Order again then.")
    opens_at: datetime
    timezone: str = attrs.field(metadata=ONLY_IN_DETAIL)

    @property
    def detail(self) -> Text:
        return Text("The sale for this event starts on %(opens_at)s.", opens_at=LocalTime(self.opens_at, self.timezone))


@attrs.frozen
class OrderNotPayable(Refusal):
    """The order was cancelled, declined or refunded, or is paid in another way."""

    code = "order_not_payable"
    title = Text("This order cannot be paid")
    meaning = Text("The order was cancelled, declined or refunded, and can neither be paid nor corrected.")
    remedy = Text("Make a new order.")
    order_status: str

    @property
    def detail(self) -> Text:
        status = OrderStatus(self.order_status)
        if status in OCCUPYING:
            return Text("This order is %(status)s and takes no other payment.", status=status.word)
        return Text("This order is %(status)s and has ended.", status=status.word)


@attrs.frozen
class OrderNotPaid(Refusal):
    """The order has no tickets."""

    code = "order_not_paid"
    title = Text("This order is not paid")
    meaning = Text("The order has no tickets: order_status has its status.")
    remedy = Text("Pay it, or wait until it is paid.")
    order_status: str

    @property
    def detail(self) -> Text:
        return Text("This order is %(status)s, not paid.", status=OrderStatus(self.order_status).word)


@attrs.frozen
class OrderNotCancellable(Refusal):
    """The order is no longer reserved."""

    code = "order_not_cancellable"
    title = Text("This order cannot be cancelled")
    meaning = Text("Only a reserved order can be cancelled; order_status has the status of this one.")
    remedy = Text("Ask for a refund if it is paid.")
    order_status: str

    @property
    def detail(self) -> Text:
        return Text(
            "This order is %(status)s; only a reserved order can be cancelled.",
            status=OrderStatus(self.order_status).word,
        )


@attrs.frozen
class AddressForgotten(Refusal):
    """The order has no address to mail to any more."""

    code = "address_forgotten"
    title = Text("The address of this order was forgotten")
    meaning = Text("The buyer's address was taken out of the order: there is none to mail to.")
    remedy = Text("Correct the address of the order first; that mails its tickets.")


@attrs.frozen
class CapacityInUse(Refusal):
    """More places are taken than the new capacity has: ``in_use``."""

    code = "capacity_in_use"
    title = Text("More places are taken than the new capacity has")
    meaning = Text("More places are sold or reserved than the new capacity has; in_use says how many.")
    remedy = Text("Choose at least that many.")
    in_use: int

    @property
    def detail(self) -> Text:
        return plural_text(
            "%(in_use)s place is sold or reserved; the capacity cannot be lower.",
            "%(in_use)s places are sold or reserved; the capacity cannot be lower.",
            "in_use",
            in_use=self.in_use,
        )


@attrs.frozen
class TicketAlreadyUsed(Refusal):
    """The ticket was admitted before, at ``validation_date`` and ``gate``; ``timezone`` is the event's, where it is known."""

    code = "ticket_already_used"
    title = Text("This ticket was used before")
    meaning = Text("The ticket was admitted before: validation_date and gate say when and where.")
    remedy = Text("Do not admit anyone with it.")
    validation_date: datetime
    gate: str
    timezone: str = attrs.field(default="UTC", eq=False, metadata=ONLY_IN_DETAIL)

    @property
    def detail(self) -> Text:
        return Text(
            "This ticket was admitted at %(gate)s on %(validation_date)s.",
            gate=self.gate,
            validation_date=LocalTime(self.validation_date, self.timezone),
        )


@attrs.frozen
class WrongEvent(Refusal):
    """The ticket is for another event."""

    code = "wrong_event"
    title = Text("This ticket is for another event")
    meaning = Text("The ticket is genuine, but for another event.")
    remedy = Text("Do not admit anyone with it here.")


@attrs.frozen
class TooEarly(Refusal):
    """The doors open later, at ``doors_at``; ``timezone`` is the event's."""

    code = "too_early"
    title = Text("The doors are not open yet")
    meaning = Text("The ticket is valid; it is admitted from doors_at on.")
    remedy = Text("Scan it again then.")
    doors_at: datetime
    timezone: str = attrs.field(metadata=ONLY_IN_DETAIL)

    @property
    def detail(self) -> Text:
        return Text("The doors open on %(doors_at)s.", doors_at=LocalTime(self.doors_at, self.timezone))


@attrs.frozen
class EventCancelled(Refusal):
    """The ticket's event was cancelled, and admits no holder of a ticket."""

    code = "event_cancelled"
    title = Text("The event of this ticket was cancelled")
    meaning = Text("The ticket is genuine, but its event was cancelled.")
    remedy = Text("Do not admit anyone with it.")


@attrs.frozen
class NothingToUndo(Refusal):
    """The ticket has no admission that this key may take back."""

    code = "nothing_to_undo"
    title = Text("There is no admission to take back")
    meaning = Text("The ticket was not admitted, or by another key, or more than ten minutes ago, or it was refunded.")
    remedy = Text("Ask an admin, who may take back any admission of a paid order.")


@attrs.frozen
class TicketVoid(Refusal):
    """The ticket was refunded."""

    code = "ticket_void"
    title = Text("This ticket was refunded and is void")
    meaning = Text("The ticket was refunded.")
    remedy = Text("Do not admit anyone with it.")


@attrs.frozen
class TicketNotAuthentic(Refusal):
    """No trusted key has sealed the QR text; ``is_untrusted`` says that it names a key that is not trusted."""

    code = "ticket_not_authentic"
    title = Text("This is not a ticket of ours")
    meaning = Text("The QR text is not one that this service has sealed.")
    remedy = Text("Do not admit anyone with it.")
    # Not compared: it is the same refusal, told in other words.
    is_untrusted: bool = attrs.field(default=False, eq=False, metadata=ONLY_IN_DETAIL)

    @property
    def detail(self) -> Text:
        if self.is_untrusted:
            return Text("The ticket is sealed with a key that this service does not trust.")
        return super().detail


@attrs.frozen
class ReservationExpired(Refusal):
    """The order was not paid before its deadline, ``expired_at``; ``timezone`` is the event's, where it is known."""

    code = "reservation_expired"
    title = Text("The reservation has expired")
    meaning = Text("The order was not paid in time; nothing was charged.")
    remedy = Text("Make a new order.")
    expired_at: datetime
    timezone: str = attrs.field(default="UTC", eq=False, metadata=ONLY_IN_DETAIL)

    @property
    def detail(self) -> Text:
        expired_at = LocalTime(self.expired_at, self.timezone)
        return Text("The reservation expired on %(expired_at)s; nothing was charged.", expired_at=expired_at)


@attrs.frozen
class PaymentDeclined(Refusal):
    """The payment of the order was declined."""

    code = "payment_declined"
    title = Text("The payment was declined")
    meaning = Text("The payment of this order was declined; nothing was charged.")
    remedy = Text("Make a new order.")

    @property
    def detail(self) -> Text:
        return Text("The payment was declined and the places were given back; a new order can be made.")


@attrs.frozen
class StaleVersion(Refusal):
    """The event's revision is not the expected one: it was changed meanwhile."""

    code = "stale_version"
    title = Text("The event was changed in the meantime")
    meaning = Text("The event was changed since it was read.")
    remedy = Text("Read it again and repeat the change.")


@attrs.frozen
class IdempotencyConflict(Refusal):
    """The idempotency key belongs to another order."""

    code = "idempotency_conflict"
    title = Text("This Idempotency-Key was used for another order")
    meaning = Text("The same Idempotency-Key came before with another event, quantity or e-mail address.")
    remedy = Text("Use a new key for a new order.")
