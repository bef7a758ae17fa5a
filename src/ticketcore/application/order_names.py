"""The names of an order: its id, the digest of its id that logs carry, and its ticket code."""

from __future__ import annotations

from ticketcore.domain import ids
from ticketcore.domain.ids import OrderId
from ticketcore.domain.order_listing import OrderFilter
from ticketcore.domain.orders import Order
from ticketcore.ports import Ports


def id_of(ports: Ports, name: object) -> OrderId:
    """Return the id of the order that an admin names, or the empty id, which no order has, if no order has this name.

    An id is returned without a look at the ledger.
    """
    if isinstance(name, str) and ids.is_id(name, ids.SECRET_BYTES):
        return OrderId(name)
    order = _without_id(ports, name)
    return ids.order_id("") if order is None else order.id


def find(ports: Ports, name: object) -> Order | None:
    """Return the order that an admin names, or ``None`` if there is none."""
    if isinstance(name, str) and ids.is_id(name, ids.SECRET_BYTES):
        return ports.orders.get(OrderId(name))
    return _without_id(ports, name)


def _without_id(ports: Ports, name: object) -> Order | None:
    digest = ids.read_digest(name)
    if digest:
        return ports.orders.find(digest)
    code = ids.read_ticket_code(name)
    if not code:
        return None
    found = ports.orders.list(OrderFilter(ticket_code=code), ports.clock.now(), None, 1)
    return found.items[0] if found.items else None
