"""Expire reservations past their deadline, for a sweep or for a caller that needs their places."""

from __future__ import annotations

from ticketcore.application import inventory_sync
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.reservations import is_due
from ticketcore.ports import Act, Ports

_CHUNK = 100


def expire(ports: Ports, event_id: EventId | None = None) -> int:
    """Expire every reservation that is due, of one event or of all, and return the number of places given back."""
    places = 0
    while True:
        changes = ports.orders.expire_due(event_id, ports.clock.now(), _CHUNK)
        for change in changes:
            inventory_sync.sync(ports, change)
            ports.observe(Act.EXPIRE, "expired", change.order.id)
        places += sum(change.order.quantity for change in changes)
        if len(changes) < _CHUNK:
            return places


def try_to_expire(ports: Ports, order_id: OrderId) -> None:
    """Expire a reservation past its deadline, best effort: a statement that needed its places may have skipped its locked row."""
    try:
        order = ports.orders.get(order_id)
        if order is not None and is_due(order, ports.clock.now()):
            expire(ports, order.event_id)
    except Unavailable:
        return  # The sweeper expires it.
