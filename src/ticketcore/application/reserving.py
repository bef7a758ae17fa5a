"""Reserve places: refuse at the live counter what cannot be sold, and let the ledger decide the rest."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.application import expiry, inventory_sync, reconciling
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.refusals import CustomerLimit, EventNotFound, InvalidRequest, SalesClosed, SalesNotOpen, SoldOut
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.ports import Due, Limited, NotAdmitted, Ports, Take, TooFew, Uncounted, Unknown

#: Each follows an expiry or a reconcile.
_MORE_TAKES = 2

#: Refusals that the ledger is bound to give, whatever is free.
_Bound = EventNotFound | SalesClosed | SalesNotOpen | InvalidRequest | CustomerLimit


def reserve(ports: Ports, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
    """Hold places for an order, after expiring reservations that are due if there are too few.

    An order that exists already is returned as it is.  One that is bound to be refused changes nothing that other buyers see.
    """
    if not wanted.event_id:
        return EventNotFound()
    taken, now = _take(ports, wanted, now)
    if isinstance(taken, _Bound):
        return taken
    if isinstance(taken, TooFew):
        return _sold_out(ports, wanted, taken)
    try:
        return _decide(ports, wanted, taken, now)
    except Unavailable:
        if not isinstance(taken, Uncounted):
            inventory_sync.end_take(ports, wanted)
        raise


def _sold_out(ports: Ports, wanted: ReservationRequest, taken: TooFew) -> SoldOut:
    """Return the refusal; if takes in flight may come back, only while there is a ledger to decide them."""
    if wanted.quantity <= taken.available + taken.in_flight:
        ports.events.get(wanted.event_id)
    return SoldOut(taken.available)


def _decide(ports: Ports, wanted: ReservationRequest, taken: Take, now: datetime) -> Change | ReserveRefusal:
    """Let the ledger decide, after expiring what is due if that stands in the way, and bring the counter to what it decided."""
    outcome = ports.orders.reserve(wanted, now)
    if isinstance(outcome, SoldOut | CustomerLimit) and expiry.expire(ports, wanted.event_id):
        outcome = ports.orders.reserve(wanted, now)
    _sync(ports, wanted, taken, outcome)
    return outcome


def _take(ports: Ports, wanted: ReservationRequest, now: datetime) -> tuple[Take | _Bound, datetime]:
    """Take from the counter, after expiring what is due or creating or correcting what it does not know.

    Before that the ledger confirms that it would not refuse anyway: that costs one look-up and no lock.  Return the time of
    the last take, too, by which the ledger has to decide: a take must not find a sale open that has not started for the ledger.
    """
    try:
        taken = ports.inventory.take(wanted, now)
        for _ in range(_MORE_TAKES):
            if isinstance(taken, Due):
                _expire_due(ports, wanted.event_id)
            elif isinstance(taken, Unknown | NotAdmitted | Limited):
                refusal = _refusal(ports, wanted, now)
                if isinstance(refusal, _Bound):
                    return refusal, now
                wanted = attrs.evolve(wanted, is_vetted=refusal is None)
                _correct(ports, wanted.event_id, taken)
            else:
                break
            now = ports.clock.now()
            taken = ports.inventory.take(wanted, now)
    except Unavailable:
        ports.events.check()
        return Uncounted(), now
    return taken, now


def _refusal(ports: Ports, wanted: ReservationRequest, now: datetime) -> ReserveRefusal | None:
    """Return why the ledger would refuse the order, after expiring what is due if the customer seems to have too much."""
    refusal = ports.orders.would_refuse(wanted, now)
    if isinstance(refusal, CustomerLimit) and expiry.expire(ports, wanted.event_id):
        return ports.orders.would_refuse(wanted, now)
    return refusal


def _expire_due(ports: Ports, event_id: EventId) -> None:
    """Expire what is due; if that fails the counter may not say that there is nothing left, for it says *due* only once."""
    try:
        expiry.expire(ports, event_id)
    except Unavailable:
        inventory_sync.forget(ports, event_id)
        raise


def _correct(ports: Ports, event_id: EventId, taken: Unknown | NotAdmitted | Limited) -> None:
    """Create the counter, or correct its terms of sale."""
    if not isinstance(taken, Limited):
        reconciling.reconcile(ports, event_id)


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
            if isinstance(outcome, SalesClosed | SalesNotOpen | InvalidRequest):
                # The counter's terms of sale are out of date: no further request of this kind may take from it.
                reconciling.try_to_reconcile(ports, wanted.event_id)
