"""Refusals as exceptions, for callers that prefer those to values."""

from __future__ import annotations

from typing import TypeVar

from ticketcore.domain.errors import TicketcoreError
from ticketcore.domain.refusals import (
    AddressForgotten,
    CapacityInUse,
    CustomerLimit,
    EventCancelled,
    EventNotFound,
    IdempotencyConflict,
    InvalidRequest,
    NothingToUndo,
    OrderNotCancellable,
    OrderNotFound,
    OrderNotPaid,
    OrderNotPayable,
    PaymentDeclined,
    Refusal,
    ReservationExpired,
    SalesClosed,
    SalesNotOpen,
    SoldOut,
    StaleVersion,
    TicketAlreadyUsed,
    TicketNotAuthentic,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WebhookNotFound,
    WrongEvent,
)

#: Every refusal of a use case.
AnyRefusal = (
    InvalidRequest
    | EventNotFound
    | OrderNotFound
    | TicketNotFound
    | WebhookNotFound
    | SoldOut
    | SalesClosed
    | SalesNotOpen
    | CustomerLimit
    | OrderNotPayable
    | OrderNotPaid
    | OrderNotCancellable
    | AddressForgotten
    | CapacityInUse
    | TicketAlreadyUsed
    | WrongEvent
    | TooEarly
    | EventCancelled
    | NothingToUndo
    | TicketVoid
    | TicketNotAuthentic
    | ReservationExpired
    | PaymentDeclined
    | StaleVersion
    | IdempotencyConflict
)

T = TypeVar("T")


class Refused(TicketcoreError):
    """A use case refused; ``refusal`` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal

    def __str__(self) -> str:
        return f"{self.refusal.code}: {self.refusal.detail}"


# Pyright subtracts classes that are named, not subclasses of their base: hence the union beside ``Refusal``.
def accepted(outcome: T | AnyRefusal | Refusal) -> T:
    """Return ``outcome``, or raise ``Refused`` if it is a refusal."""
    if isinstance(outcome, Refusal):
        raise Refused(outcome)
    return outcome
