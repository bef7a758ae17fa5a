"""A state machine of the counter protocol: at rest the inventory agrees with the ledger.

Buyers take, reserve and end their orders.  Syncs are delivered late, reordered, repeated or lost, callers die, takes lapse,
and the counter is wiped and reconciled.  An admin changes the terms of sale: a request that the ledger is bound to refuse
changes nothing that others see.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ticketcore.domain.availability import Availability
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Inventory, NotAdmitted, Repeated, TooFew, Unknown
from ticketcore.ports.inventory import FLIGHT
from ticketcore_testing.contracts.inventory.base import CountedContract
from ticketcore_testing.contracts.inventory.rows import ENDS, Rows
from ticketcore_testing.samples import MILLISECOND, NOW, free_places, new_reservation, new_show

HOLD = 3 * FLIGHT
_which = st.integers(0, 99)
_time = st.sampled_from([None, timedelta(), MILLISECOND, FLIGHT])


@attrs.frozen
class Sync:
    """A sync in transit to the counter."""

    order_id: OrderId
    availability: Availability | None
    keep: bool


class Counter(RuleBasedStateMachine):
    """One event of four places, its ledger and its counter.

    ``stale`` is true while the counter may have other terms of sale than the row.  ``faulty`` is true if something was lost since the last reconcile: only then may the counter be wrong at rest.  In a
    ``calm`` history nothing is lost or reconciled, because a reconcile would hide earlier faults.
    """

    def __init__(self, inventory: Inventory) -> None:
        super().__init__()
        self.inventory = inventory
        self.ledger = Rows(new_show(4))
        self.event_id = self.ledger.event.id
        self.now = NOW
        self.known: list[ReservationRequest] = []
        self.taken: list[ReservationRequest] = []
        self.under_way: list[Sync] = []
        self.faulty = False
        self.stale = False
        self.calm = False
        self.reconcile()

    @initialize(calm=st.booleans())
    def begin(self, calm: bool) -> None:
        self.calm = calm

    def teardown(self) -> None:
        self.rest(backwards=True)

    def follow(self, change: Change | None) -> None:
        """Send a sync for a change of the ledger, if there was one."""
        if change:
            order = change.order
            self.under_way.append(Sync(order.id, change.availability, order.status is OrderStatus.RESERVED))

    # Buyers

    @rule(quantity=st.integers(1, 3))
    def take(self, quantity: int) -> None:
        """A buyer takes places; unless there are too few, the request goes on to the ledger."""
        wanted = new_reservation(self.ledger.event, quantity, self.now + HOLD)
        self.known.append(wanted)
        self._take(wanted)

    @precondition(lambda self: self.known)
    @rule(which=_which)
    def take_again(self, which: int) -> None:
        """A client that got no response repeats its request."""
        self._take(self.known[which % len(self.known)])

    def _take(self, wanted: ReservationRequest) -> None:
        before = free_places(self.inventory, [self.event_id], self.now)
        outcome = self.inventory.take(wanted, self.now)
        if outcome == NotAdmitted():
            assert free_places(self.inventory, [self.event_id], self.now) == before
        if not self.stale and not isinstance(outcome, Repeated | Unknown):
            assert isinstance(outcome, NotAdmitted) != self.ledger.event.terms.admit(wanted.quantity, self.now)
        if not isinstance(outcome, TooFew | NotAdmitted):
            self.taken.append(wanted)

    @precondition(lambda self: self.taken)
    @rule(which=_which)
    def reserve(self, which: int) -> None:
        """The ledger decides, and a sync follows: that of the order, or one that gives the take back."""
        wanted = self.taken.pop(which % len(self.taken))
        outcome = self.ledger.reserve(wanted, self.now)
        if outcome and outcome.availability:
            self.follow(outcome)
        else:
            keep = outcome is not None and outcome.order.status is OrderStatus.RESERVED
            self.under_way.append(Sync(wanted.order_id, self.ledger.event.availability, keep))

    @precondition(lambda self: self.taken)
    @rule(which=_which)
    def die(self, which: int) -> None:
        """A caller dies between its take and the ledger."""
        self.taken.pop(which % len(self.taken))

    @precondition(lambda self: self.known)
    @rule(which=_which, way=st.sampled_from(list(ENDS)))
    def end(self, which: int, way: str) -> None:
        """An order is cancelled, sold, declined or refunded, if its status allows it."""
        order_id = self.known[which % len(self.known)].order_id
        self.follow(self.ledger.end(order_id, way, self.now))

    @rule()
    def expire(self) -> None:
        """A sweep expires what is due."""
        for change in self.ledger.expire_due(self.now):
            self.follow(change)

    @precondition(lambda self: not self.calm)
    @rule(capacity=st.integers(1, 6))
    def change_capacity(self, capacity: int) -> None:
        """An admin adds or removes places, and the counter is reconciled."""
        self.ledger.change_capacity(capacity)
        self.reconcile()

    @precondition(lambda self: not self.calm)
    @rule(status=st.sampled_from([EventStatus.ON_SALE, EventStatus.CLOSED]), most=st.integers(1, 3), late=st.booleans())
    def change_terms(self, status: EventStatus, most: int, late: bool) -> None:
        """An admin changes the terms of sale, and the counter is reconciled, or the process dies before that."""
        self._change_terms(late, status=status, max_per_order=most)

    @precondition(lambda self: not self.calm)
    @rule(start=_time, end=_time, late=st.booleans())
    def change_sale(self, start: timedelta | None, end: timedelta | None, late: bool) -> None:
        """An admin changes when the sale starts and ends."""
        starts_at, ends_at = (None if each is None else self.now + each for each in (start, end))
        self._change_terms(late, sale_starts_at=starts_at, sale_ends_at=ends_at)

    def _change_terms(self, late: bool, **fields: Any) -> None:
        self.ledger.change_terms(**fields)
        self.stale = True
        if not late:
            self.reconcile()

    # Syncs

    @precondition(lambda self: self.under_way)
    @rule(which=_which, stays=st.booleans())
    def deliver(self, which: int, stays: bool) -> None:
        """A sync in transit arrives, and may arrive again."""
        sync = self.under_way[which % len(self.under_way)]
        if not stays:
            self.under_way.remove(sync)
        self._sync(sync)

    def _sync(self, sync: Sync) -> None:
        self.inventory.sync(self.event_id, sync.order_id, sync.availability, keep=sync.keep)

    @precondition(lambda self: self.under_way and not self.calm)
    @rule(which=_which)
    def lose(self, which: int) -> None:
        """A sync is lost."""
        self.under_way.pop(which % len(self.under_way))
        self.faulty = True

    @precondition(lambda self: not self.calm)
    @rule()
    def wipe(self) -> None:
        """The counter is lost."""
        self.inventory.drop(self.event_id)
        self.faulty = True

    @precondition(lambda self: not self.calm)
    @rule()
    def reconcile(self) -> None:
        """The sweeper expires what is due, and sets the counter to the row, under its lock."""
        self.expire()
        self.inventory.reset(self.ledger.event.availability, self.ledger.event.terms, self.now)
        self.faulty = self.stale = False

    # Time and rest

    @rule(step=st.sampled_from([MILLISECOND, FLIGHT - MILLISECOND, FLIGHT, HOLD]))
    def wait(self, step: timedelta) -> None:
        """Time passes until just before or just at the end of a flight or a hold."""
        self.now += step

    @rule(backwards=st.booleans())
    def rest(self, backwards: bool) -> None:
        """Every caller finishes, every sync arrives, every take in flight lapses: the counter is right."""
        while self.taken:
            self.reserve(0)
        for sync in reversed(self.under_way) if backwards else self.under_way:
            self._sync(sync)
        self.under_way.clear()
        self.now += FLIGHT
        if not self.faulty:
            self.agree()
        self.reconcile()
        self.agree()

    def agree(self) -> None:
        counter = self.inventory.counters([self.event_id], self.now)[self.event_id]
        assert counter.available == self.ledger.event.available

    @invariant()
    def is_never_below_0(self) -> None:
        assert min(free_places(self.inventory, [self.event_id], self.now).values(), default=0) >= 0


class ProtocolContract(CountedContract):
    """Hold ``Inventory`` to the counter protocol."""

    examples = 200

    def test_the_counter_agrees_with_the_ledger_at_rest(self, inventory: Inventory) -> None:
        """It does without faults in any order of events, and after a reconcile in any case."""

        class OneCounter(Counter):
            def __init__(self) -> None:
                super().__init__(inventory)

        run_state_machine_as_test(
            OneCounter,
            settings=settings(
                max_examples=self.examples,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
