"""The laws of an event's times, which never change: no place is sold outside of the sale, no ticket admitted before the doors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ticketcore import Order
from ticketcore.domain.journal import Entry, Step
from ticketcore.ports import Ports

_ADMITTED = {Step.ADMITTED, Step.ADMITTED_OFFLINE}


def at_rest(ports: Ports, order: Order) -> Iterator[str]:
    """Yield what an order has too early or too late, by the clocks of the processes that recorded it."""
    event = ports.events.get(order.event_id)
    assert event is not None
    if event.sale_starts_at is not None and order.created_at < event.sale_starts_at:
        yield "was placed before the sale had started"
    if event.sale_is_over_at <= order.created_at:
        yield "was placed after the sale had ended"
    for entry in ports.orders.journal(order.id):
        if event.doors_at is not None and entry.step in _ADMITTED and scanned_at(entry) < event.doors_at:
            yield f"has ticket {entry.facts['number']}, which was let in before the doors were open"


def scanned_at(entry: Entry) -> datetime:
    """Return when the scan was made that an entry of an admission is about."""
    found = entry.facts.get("scanned", entry.at)
    assert isinstance(found, datetime)
    return found
