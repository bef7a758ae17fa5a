"""A box office with an event on sale, and what handlers return."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ticketcore import EventDraft, LiveEvent, Order, Organiser, Ticket, accepted
from ticketcore.domain.ids import EventId
from ticketcore_bootstrap import Assembly
from ticketcore_memory import SystemClock

Json = dict[str, Any]

BUYER = "ann@example.com"


def failures(*records: Json) -> Json:
    """Return the result of a handler when exactly these records are to be retried."""
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]}


def event_on_sale(organiser: Organiser, capacity: int = 10) -> EventId:
    date = SystemClock().now() + timedelta(days=1)
    live = organiser.create_event(EventDraft("Night", date, "Hall", capacity, "45.00"))
    assert isinstance(live, LiveEvent)
    return live.event.id


def reserved(assembly: Assembly, quantity: int = 1) -> Order:
    """Return a reservation of an event of its own."""
    order = assembly.box_office.reserve(event_on_sale(assembly.organiser), quantity, BUYER)
    assert isinstance(order, Order)
    return order


def paying(assembly: Assembly, quantity: int = 1, token: str = "tok_approved") -> Order:
    """Return an order whose payment is confirmed and not yet processed."""
    order = assembly.box_office.pay(reserved(assembly, quantity).id, token)
    assert isinstance(order, Order)
    return order


def order_of(assembly: Assembly, order: Order) -> Order:
    """Return an order as it now is."""
    found = assembly.box_office.order(order.id)
    assert isinstance(found, Order)
    return found


def ticket_of(assembly: Assembly) -> Ticket:
    """Return the ticket of an order that was paid and processed."""
    order = paying(assembly)
    assembly.box_office.process(order.id)
    [ticket] = accepted(assembly.box_office.tickets_of(order_of(assembly, order)))
    return ticket
