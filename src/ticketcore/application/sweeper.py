"""The sweeper's use case: expire, give up, announce, refund events, re-enqueue lost orders, publish the outbox, repair the counters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import attrs

from ticketcore.application import expiry, forgetting, paying, publishing, refunding
from ticketcore.application.counter_rounds import CounterRounds, repair_all
from ticketcore.application.optimistic_locking import change_order
from ticketcore.application.reconciling import Repair
from ticketcore.domain import ids, payments
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import Act, Ports

_CHUNK = 100
#: Mails that are asked for in one transaction, and how many such transactions one sweep makes.
_PIECE = 500
_MOST_PIECES = 20
#: An order that needs work gets a new message after this time without a journal entry: longer than any retries last.
_SILENCE = timedelta(days=1)
_LEASE = "sweep"
#: Several sweeps long, so that its holder renews it in time.
_LEASE_TIME = timedelta(seconds=6)
#: What is forgotten is days old, and looking for it goes over all events that are over.
_FORGET_EVERY = timedelta(hours=1)


@attrs.frozen
class SweepReport:
    """The result of one sweep.

    ``announced`` counts the mails about changed events that were asked for, ``refunds`` the orders of refunded events.
    """

    expired: int
    published: int
    repaired: tuple[Repair, ...]
    forgotten: int = 0
    announced: int = 0
    refunds: int = 0


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


def announce(ports: Ports) -> int:
    """Ask for the mails that changed events announce, as far as one sweep may, and return how many."""
    announced = 0
    for _ in range(_MOST_PIECES):
        asked = ports.deliveries.announce(ports.clock.now(), _PIECE)
        if asked is None:
            break
        announced += asked
    return announced


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
    announced = announce(ports)
    refunds = refunding.refund_events(ports)
    paying.poll(ports)
    remind(ports)
    published: int = 0
    try:
        published = publishing.publish(ports)
    except Unavailable:
        ports.events.check()
    repaired = _try_to_repair(ports, repair or partial(repair_all, ports))
    return SweepReport(expired, published, repaired, _forget(ports, retention), announced, refunds)


def _try_to_repair(ports: Ports, repair: Callable[[], tuple[Repair, ...]]) -> tuple[Repair, ...]:
    try:
        return repair()
    except Unavailable:
        ports.events.check()
        return ()


@attrs.define(eq=False)
class SharedSweep:
    """The sweep of one of several processes: the one that has the lease does it, each repairs what its own buyers ask for.

    A process that dies loses the lease a few seconds later.  The lease saves work and protects nothing: every step may be
    done by two processes at the same time.
    """

    _ports: Ports
    rounds: CounterRounds = attrs.field(
        init=False, default=attrs.Factory(lambda shared: CounterRounds(shared._ports), takes_self=True)
    )
    _holder: str = attrs.field(init=False, default="")
    _forgets_at: datetime | None = attrs.field(init=False, default=None)

    def sweep(self, retention: timedelta | None) -> SweepReport:
        """Do all of it, or the part of this process alone; forget buyers once an hour.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        now = self._ports.clock.now()
        if not self._has_lease(now):
            return SweepReport(0, 0, _try_to_repair(self._ports, self.rounds.repair_asked_for))
        forgets = self._forgets_at is None or self._forgets_at <= now
        report = sweep(self._ports, retention if forgets else None, self.rounds.repair)
        if forgets:
            self._forgets_at = now + _FORGET_EVERY
        return report

    def _has_lease(self, now: datetime) -> bool:
        self._holder = self._holder or ids.text_of(self._ports.ids.new(ids.EVENT_BYTES))
        return self._ports.leases.acquire(_LEASE, self._holder, now, now + _LEASE_TIME)
