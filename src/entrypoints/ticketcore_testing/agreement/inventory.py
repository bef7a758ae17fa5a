"""Agreement of inventories on takes, syncs and resets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Inventory, Take
from ticketcore.ports.inventory import FLIGHT
from ticketcore_testing.samples import MILLISECOND, NOW, OPEN, begin_history, new_order_id, new_reservation, new_show

T = TypeVar("T")

_EVENTS = 3
# The newest order comes first, so that short histories use one again; the last number stands for an unknown one.
_which = st.integers(0, 6)
_UNKNOWN = 6
_event = st.sampled_from([0, 0, 0, 1, 2])


class InventoriesAgree(RuleBasedStateMachine):
    """One history over every inventory.  ``open_inventories`` returns the inventories by their names.

    The inventories need not be empty and may be the same for each history, which has events of its own.  The last event has no
    counter at first.
    """

    def __init__(self, open_inventories: Callable[[], Mapping[str, Inventory]]) -> None:
        super().__init__()
        begin_history()  # What a history finds must not hang on the ids of those before.
        self.inventories = open_inventories()
        self.now = NOW
        self.events: list[Event] = [new_show() for _ in range(_EVENTS)]
        self.orders: list[ReservationRequest] = []

    def all_return(self, call: Callable[[Inventory], T]) -> T:
        """Call every inventory and return the result of all of them."""
        results = {name: call(inventory) for name, inventory in self.inventories.items()}
        first, *others = results.values()
        assert all(result == first for result in others), results
        return first

    def _order(self, which: int) -> tuple[EventId, OrderId]:
        if which < _UNKNOWN and self.orders:
            wanted = self.orders[-1 - which % len(self.orders)]
            return wanted.event_id, wanted.order_id
        return self.events[0].id, new_order_id()

    @initialize(places=st.integers(2, 6))
    def begin(self, places: int) -> None:
        """Create counters for two of the events."""
        for event in self.events[:-1]:
            self._reset(Availability(event.id, 5, places), OPEN)

    # Takes

    @rule(event=_event, quantity=st.integers(1, 4), hold=st.sampled_from([FLIGHT, 2 * FLIGHT, MILLISECOND]))
    def take(self, event: int, quantity: int, hold: timedelta) -> None:
        """Take places for a new order, until the end of a flight, longer, or for a millisecond."""
        wanted = new_reservation(self.events[event], quantity, self.now + hold)
        self.orders.append(wanted)
        self._take(wanted)

    @rule(which=_which, quantity=st.none() | st.integers(1, 4), vetted=st.booleans())
    def take_again(self, which: int, quantity: int | None, vetted: bool) -> None:
        """Take for a known order again, perhaps another number of places, perhaps vetted now."""
        if self.orders:
            wanted = self.orders[-1 - which % len(self.orders)]
            self._take(attrs.evolve(wanted, quantity=quantity or wanted.quantity, is_vetted=vetted))

    @rule(event=_event, quantity=st.integers(1, 4))
    def take_beside_one_that_is_due(self, event: int, quantity: int) -> None:
        """Take for an order that is due at once, perhaps more than is left for another, and for the first again."""
        self.take(event, 1, MILLISECOND)
        self.now += MILLISECOND
        self.take(event, quantity, FLIGHT)
        self.take_again(1, None, vetted=False)

    def _take(self, wanted: ReservationRequest) -> Take:
        return self.all_return(lambda inventory: inventory.take(wanted, self.now))

    # Changes of the ledger

    @rule(
        which=_which,
        version=st.none() | st.integers(3, 8),
        places=st.integers(0, 8),
        keep=st.booleans(),
        times=st.integers(1, 2),
    )
    def sync(self, which: int, version: int | None, places: int, keep: bool, times: int) -> None:
        """Sync an old or new version, with or without availability, perhaps twice."""
        event_id, order_id = self._order(which)
        availability = None if version is None else Availability(event_id, version, places)
        for _ in range(times):
            self.all_return(lambda inventory: inventory.sync(event_id, order_id, availability, keep=keep))

    @rule(
        event=_event,
        version=st.integers(3, 8),
        places=st.integers(0, 8),
        most=st.sampled_from([4, 4, 2, 0]),
        ends_in=st.sampled_from([FLIGHT, 3 * FLIGHT, MILLISECOND]),
        limited=st.booleans(),
        starts_in=st.sampled_from([None, None, timedelta(), MILLISECOND, FLIGHT]),
    )
    def reset(
        self,
        event: int,
        version: int,
        places: int,
        most: int,
        ends_in: timedelta,
        limited: bool,
        starts_in: timedelta | None,
    ) -> None:
        """Reconcile; all inventories return the same drift."""
        starts_at = None if starts_in is None else self.now + starts_in
        terms = SaleTerms(version, most, self.now + ends_in, limited, starts_at)
        self._reset(Availability(self.events[event].id, version, places), terms)

    def _reset(self, availability: Availability, terms: SaleTerms) -> None:
        self.all_return(lambda inventory: inventory.reset(availability, terms, self.now))

    @rule(event=_event, times=st.integers(1, 2))
    def drop(self, event: int, times: int) -> None:
        """Drop the counter, perhaps twice."""
        for _ in range(times):
            self.all_return(lambda inventory: inventory.drop(self.events[event].id))

    # Time

    @rule(step=st.sampled_from([MILLISECOND, FLIGHT - MILLISECOND, FLIGHT]))
    def wait(self, step: timedelta) -> None:
        """Let time pass until just before or just at the end of a flight."""
        self.now += step

    @rule(which=_which, before=st.booleans(), again=st.booleans())
    def wait_for_a_deadline(self, which: int, before: bool, again: bool) -> None:
        """Let time pass until a deadline, or a millisecond before it, and perhaps take for that order again."""
        if self.orders:
            deadline = self.orders[-1 - which % len(self.orders)].expires_at
            self.now = max(self.now, deadline - MILLISECOND if before else deadline)
            if again:
                self.take_again(which, None, vetted=False)

    # Availability

    @invariant()
    def they_show_the_same(self) -> None:
        requested = [*(event.id for event in self.events), new_show().id]
        self.all_return(lambda inventory: dict(inventory.counters(requested, self.now)))

    def teardown(self) -> None:
        """Drop the counters."""
        for number in range(_EVENTS):
            self.drop(number, times=1)
