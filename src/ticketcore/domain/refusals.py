"""Refusals: what may not be done, said as a value.

Each has the contract's stable ``code`` and a ``detail`` fit for a user; its fields are the further members of the problem.
Rules and ports answer closed unions of these, so that a type checker sees whether every one was looked at.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs


@attrs.frozen
class Fault:
    """One thing wrong with one field of a request; ``field`` is empty when it is the whole request."""

    field: str
    message: str


@attrs.frozen
class Refusal:
    """The base of all refusals."""

    code: ClassVar[str]
    title: ClassVar[str]

    @property
    def detail(self) -> str:
        """One sentence for the person who asked."""
        return f"{self.title}."


@attrs.frozen
class InvalidRequest(Refusal):
    code = "invalid_request"
    title = "The request has faults"
    errors: tuple[Fault, ...]

    @property
    def detail(self) -> str:
        return "; ".join(f"{fault.field or 'the request'} {fault.message}" for fault in self.errors)


@attrs.frozen
class EventNotFound(Refusal):
    code = "event_not_found"
    title = "There is no such event"


@attrs.frozen
class OrderNotFound(Refusal):
    code = "order_not_found"
    title = "There is no such order"


@attrs.frozen
class TicketNotFound(Refusal):
    code = "ticket_not_found"
    title = "There is no such ticket"


@attrs.frozen
class SoldOut(Refusal):
    code = "sold_out"
    title = "There are not enough places left"
    available: int

    @property
    def detail(self) -> str:
        if self.available == 0:
            return "There are no places left; reserved places may come back within minutes."
        return "Only 1 place is left." if self.available == 1 else f"Only {self.available} places are left."


@attrs.frozen
class SalesClosed(Refusal):
    """``because`` is the event's status, or ``begun``."""

    code = "sales_closed"
    title = "This event is not on sale"
    because: str

    @property
    def detail(self) -> str:
        return {
            "draft": "This event is not on sale yet.",
            "closed": "Sales for this event are closed.",
            "cancelled": "This event was cancelled.",
            "begun": "This event has already begun.",
        }[self.because]


@attrs.frozen
class OrderNotPayable(Refusal):
    code = "order_not_payable"
    title = "This order cannot be paid"
    order_status: str

    @property
    def detail(self) -> str:
        return f"This order is {self.order_status} and cannot be paid."


@attrs.frozen
class OrderNotPaid(Refusal):
    code = "order_not_paid"
    title = "This order is not paid"
    order_status: str

    @property
    def detail(self) -> str:
        return f"This order is {self.order_status}, not paid."


@attrs.frozen
class OrderNotCancellable(Refusal):
    code = "order_not_cancellable"
    title = "This order cannot be cancelled"
    order_status: str

    @property
    def detail(self) -> str:
        return f"This order is {self.order_status}; only a reserved order can be cancelled."


@attrs.frozen
class CapacityInUse(Refusal):
    code = "capacity_in_use"
    title = "More places are taken than the new capacity has"
    in_use: int

    @property
    def detail(self) -> str:
        places = "1 place is" if self.in_use == 1 else f"{self.in_use} places are"
        return f"{places} sold or reserved; the capacity cannot be lower."


@attrs.frozen
class TicketAlreadyUsed(Refusal):
    code = "ticket_already_used"
    title = "This ticket was used before"
    validation_date: datetime
    gate: str

    @property
    def detail(self) -> str:
        return f"This ticket was admitted at {self.gate} on {self.validation_date:%Y-%m-%d at %H:%M:%S} UTC."


@attrs.frozen
class WrongEvent(Refusal):
    code = "wrong_event"
    title = "This ticket is for another event"


@attrs.frozen
class TicketVoid(Refusal):
    code = "ticket_void"
    title = "This ticket was refunded and is void"


@attrs.frozen
class TicketNotAuthentic(Refusal):
    code = "ticket_not_authentic"
    title = "This is not a ticket of ours"


@attrs.frozen
class ReservationExpired(Refusal):
    code = "reservation_expired"
    title = "The reservation has expired"
    expired_at: datetime

    @property
    def detail(self) -> str:
        return f"The reservation expired on {self.expired_at:%Y-%m-%d at %H:%M:%S} UTC; nothing was charged."


@attrs.frozen
class PaymentDeclined(Refusal):
    code = "payment_declined"
    title = "The payment was declined"

    @property
    def detail(self) -> str:
        return "The payment was declined and the places were given back; a new order can be made."


@attrs.frozen
class StaleVersion(Refusal):
    code = "stale_version"
    title = "The event was changed by somebody else in the meantime"


@attrs.frozen
class IdempotencyConflict(Refusal):
    code = "idempotency_conflict"
    title = "This Idempotency-Key was used for another order"
