"""Reserve places: refuse at the live counter what cannot be sold, and let the ledger decide the rest."""

from __future__ import annotations

from datetime import datetime

from ticketcore.application import expiry, inventory_sync
from ticketcore.domain import events, reservations
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.refusals import EventNotFound, SoldOut
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.ports import Due, Ports, Take, TooFew, Uncounted, Unknown

#: Each follows an expiry or a reconcile.
_MORE_TAKES = 2


def reserve(ports: Ports, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
    """Hold places for an order, after expiring reservations that are due if there are too few.

    An order that exists already is returned as it is.
    """
    if not wanted.event_id:
        return EventNotFound()
    if wanted.quantity > events.DEFAULT_MAX_PER_ORDER and (refusal := _too_many(ports, wanted, now)):
        return refusal
    taken = _take(ports, wanted)
    if taken is None:
        return EventNotFound()
    if isinstance(taken, TooFew):
        return SoldOut(taken.available)
    outcome = ports.orders.reserve(wanted, now)
    if isinstance(outcome, SoldOut) and expiry.expire(ports, wanted.event_id):
        outcome = ports.orders.reserve(wanted, now)
    _sync(ports, wanted, taken, outcome)
    return outcome


def _too_many(ports: Ports, wanted: ReservationRequest, now: datetime) -> ReserveRefusal | None:
    """Return why an order may not have so many places, or ``None`` if it may.

    A take that the ledger will refuse blocks other buyers while in flight; a large one blocks all of them.
    """
    event = ports.events.get(wanted.event_id)
    outcome = reservations.reserve(event, wanted, now) if event else EventNotFound()
    return None if isinstance(outcome, Order | SoldOut) else outcome


def _take(ports: Ports, wanted: ReservationRequest) -> Take | None:
    """Take from the counter, after expiring what is due or creating a counter that is unknown.

    Return ``None`` if there is no such event: that costs one look-up and no lock.
    """
    try:
        taken = ports.inventory.take(wanted, ports.clock.now())
        for _ in range(_MORE_TAKES):
            if isinstance(taken, Due):
                expiry.expire(ports, wanted.event_id)
            elif isinstance(taken, Unknown):
                if ports.events.get(wanted.event_id) is None:
                    return None
                inventory_sync.reconcile(ports, wanted.event_id)
            else:
                break
            taken = ports.inventory.take(wanted, ports.clock.now())
    except Unavailable:
        ports.events.check()
        return Uncounted()
    return taken


def _sync(ports: Ports, wanted: ReservationRequest, taken: Take, outcome: Change | ReserveRefusal) -> None:
    match outcome:
        case Change() if outcome.availability:
            inventory_sync.sync(ports, outcome)
        case _ if isinstance(taken, Uncounted):
            return
        case Change(order=order):
            inventory_sync.give_back(ports, wanted, keep=order.status is OrderStatus.RESERVED)
        case _:
            # A concurrent call with the same idempotency key may have succeeded.
            same = ports.orders.get(wanted.order_id)
            inventory_sync.give_back(ports, wanted, keep=same is not None and same.status is OrderStatus.RESERVED)
