"""The use case that every buyer begins with: turn the crowd away at the counter, let the ledger decide."""

from __future__ import annotations

from datetime import datetime

from ticketcore import counter, sweeping
from ticketcore.errors import Unavailable
from ticketcore.orders import Change, OrderStatus
from ticketcore.ports import Due, Ports, Take, TooFew, Uncounted, Unknown
from ticketcore.refusals import SoldOut
from ticketcore.reservation import Reservation, ReserveRefusal


def reserve(ports: Ports, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
    """Hold places for an order, expiring what is due if there are too few.

    An order that exists already is answered as it is.
    """
    taken = _take(ports, wanted)
    if isinstance(taken, TooFew):
        return SoldOut(taken.available)
    outcome = ports.orders.reserve(wanted, now)
    if isinstance(outcome, SoldOut) and sweeping.expire(ports, wanted.event_id):
        outcome = ports.orders.reserve(wanted, now)
    _settle(ports, wanted, taken, outcome)
    return outcome


def _take(ports: Ports, wanted: Reservation) -> Take:
    """Take from the counter, after putting right what is due or unknown."""
    try:
        taken = ports.inventory.take(wanted, ports.clock.now())
        if isinstance(taken, Due):
            sweeping.expire(ports, wanted.event_id)
        elif isinstance(taken, Unknown):
            counter.reconcile(ports, wanted.event_id)
        else:
            return taken
        return ports.inventory.take(wanted, ports.clock.now())
    except Unavailable:
        ports.events.check()
        return Uncounted()


def _settle(ports: Ports, wanted: Reservation, taken: Take, outcome: Change | ReserveRefusal) -> None:
    match outcome:
        case Change() if outcome.stock:
            counter.settle(ports, outcome)
        case _ if isinstance(taken, Uncounted):
            return
        case Change(order=order):
            counter.give_back(ports, wanted, keep=order.status is OrderStatus.RESERVED)
        case _:
            counter.give_back(ports, wanted, keep=False)
