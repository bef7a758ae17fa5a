"""The live counter is brought to the ledger's version after each change.

A counter that cannot be reached costs speed only, so nothing here fails because of it.
"""

from __future__ import annotations

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Ports


def sync(ports: Ports, change: Change) -> None:
    """Bring the counter to the ledger's version.  Losing this costs nothing."""
    order = change.order
    try:
        ports.inventory.sync(order.event_id, order.id, change.availability, keep=order.status is OrderStatus.RESERVED)
    except Unavailable:
        return


def give_back(ports: Ports, wanted: ReservationRequest, *, keep: bool) -> None:
    """End a take that the ledger did not follow; ``keep`` tells whether there is a reservation all the same."""
    event = ports.events.get(wanted.event_id)
    try:
        ports.inventory.sync(wanted.event_id, wanted.order_id, event.availability if event else None, keep=keep)
    except Unavailable:
        return


def end_take(ports: Ports, wanted: ReservationRequest) -> None:
    """Give the places of a take back at once after the ledger could not be reached, best effort: otherwise it lapses.

    The reservation stays known, for the ledger may have it.
    """
    try:
        ports.inventory.sync(wanted.event_id, wanted.order_id, None, keep=True)
    except Unavailable:
        return


def forget(ports: Ports, event_id: EventId) -> None:
    """Drop a counter that no longer knows which reservations are due, best effort: the next buyer has it created again."""
    try:
        ports.inventory.drop(event_id)
    except Unavailable:
        return
