"""The sweeper's use case: expire, give up, re-enqueue lost orders, publish the outbox, repair the counters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs

from ticketcore.application import expiry, forgetting, publishing
from ticketcore.application.counter_rounds import repair_all
from ticketcore.application.optimistic_locking import change_order
from ticketcore.application.reconciling import Repair
from ticketcore.domain import payments
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import Act, Ports

_CHUNK = 100
#: An order that needs work gets a new message after this time without a journal entry: longer than any retries last.
_SILENCE = timedelta(days=1)


@attrs.frozen
class SweepReport:
    """The result of one sweep."""

    expired: int
    published: int
    repaired: tuple[Repair, ...]
    forgotten: int = 0


def remind(ports: Ports) -> None:
    """Give a new message to every order whose own the queue seems to have lost.

    A dead letter that was not redriven counts as lost: it is tried again once a day.
    """
    now = ports.clock.now()
    while ports.orders.remind(now - _SILENCE, now, _CHUNK) == _CHUNK:
        pass


def give_up(ports: Ports) -> None:
    """Give up the payments of orders whose event was cancelled: their places and whatever money comes go back."""
    while True:
        stranded = ports.orders.stranded(_CHUNK)
        for order_id in stranded:
            outcome = change_order(
                ports, Act.REFUND, order_id, lambda record: payments.give_up(record, ports.clock.now())
            )
            # The payment may have ended by itself meanwhile.
            if isinstance(outcome, OrderRecord) and payments.is_cancelling(outcome):
                ports.observe(Act.REFUND, "given_up", order_id)
        if len(stranded) < _CHUNK:
            return


def _forget(ports: Ports, retention: timedelta | None) -> int:
    """Forget the addresses of events that are over for longer than ``retention``; return of how many orders."""
    if retention is None:
        return 0
    try:
        return forgetting.forget_past(ports, ports.clock.now() - retention).orders
    except Unavailable:
        ports.events.check()
        return 0


def sweep(
    ports: Ports, retention: timedelta | None = None, repair: Callable[[], tuple[Repair, ...]] | None = None
) -> SweepReport:
    """Do all of it; ``repair`` repairs counters, all by default.

    A queue or counter out of reach is left for the next sweep; the ledger out of reach is raised.
    """
    expired = expiry.expire(ports)
    give_up(ports)
    remind(ports)
    published: int = 0
    repaired: tuple[Repair, ...] = ()
    try:
        published = publishing.publish(ports)
    except Unavailable:
        ports.events.check()
    try:
        repaired = repair() if repair else repair_all(ports)
    except Unavailable:
        ports.events.check()
    return SweepReport(expired, published, repaired, _forget(ports, retention))
