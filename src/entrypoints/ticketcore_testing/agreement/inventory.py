"""Inventories: the same takes, syncs and resets are answered alike by all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ticketcore.domain.availability import Availability
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.reservations import Reservation
from ticketcore.ports import Inventory, Take
from ticketcore.ports.inventory import FLIGHT
from ticketcore_testing.samples import MILLISECOND, NOW, new_order_id, new_reservation, new_show

T = TypeVar("T")

_EVENTS = 3
# The newest of what there is comes first, so that short histories meet again; the last number is for what nobody knows.
_which = st.integers(0, 6)
_UNKNOWN = 6
_event = st.sampled_from([0, 0, 0, 1, 2])


class InventoriesAgree(RuleBasedStateMachine):
    """One history, told to every inventory.  ``open_inventories`` answers them by their names.

    They need not be empty, so each history may have the same ones: it is about events of its own, of which the last has no
    counter at first.
    """

    def __init__(self, open_inventories: Callable[[], Mapping[str, Inventory]]) -> None:
        super().__init__()
        self.inventories = open_inventories()
        self.now = NOW
        self.events: list[Event] = [new_show() for _ in range(_EVENTS)]
        self.orders: list[Reservation] = []

    def all_say(self, ask: Callable[[Inventory], T]) -> T:
        """Ask every inventory; answer what they all say."""
        answers = {name: ask(inventory) for name, inventory in self.inventories.items()}
        first, *others = answers.values()
        assert all(answer == first for answer in others), answers
        return first

    def _order(self, which: int) -> tuple[EventId, OrderId]:
        if which < _UNKNOWN and self.orders:
            wanted = self.orders[-1 - which % len(self.orders)]
            return wanted.event_id, wanted.order_id
        return self.events[0].id, new_order_id()

    @initialize(places=st.integers(2, 6))
    def begin(self, places: int) -> None:
        """Two of the events are counted from the start."""
        for event in self.events[:-1]:
            self._reset(Availability(event.id, 5, places))

    # Takes

    @rule(event=_event, quantity=st.integers(1, 4), hold=st.sampled_from([FLIGHT, 2 * FLIGHT, MILLISECOND]))
    def take(self, event: int, quantity: int, hold: timedelta) -> None:
        """Somebody new wants places, until the end of a flight or later, or for a moment."""
        wanted = new_reservation(self.events[event], quantity, self.now + hold)
        self.orders.append(wanted)
        self._take(wanted)

    @rule(which=_which, quantity=st.none() | st.integers(1, 4))
    def take_again(self, which: int, quantity: int | None) -> None:
        """Somebody asks again, perhaps for another number of places."""
        if self.orders:
            wanted = self.orders[-1 - which % len(self.orders)]
            self._take(attrs.evolve(wanted, quantity=quantity or wanted.quantity))

    def _take(self, wanted: Reservation) -> Take:
        return self.all_say(lambda inventory: inventory.take(wanted, self.now))

    # News of the ledger

    @rule(
        which=_which,
        version=st.none() | st.integers(3, 8),
        places=st.integers(0, 8),
        keep=st.booleans(),
        times=st.integers(1, 2),
    )
    def sync(self, which: int, version: int | None, places: int, keep: bool, times: int) -> None:
        """News come, old or new, with or without the row, perhaps twice."""
        event_id, order_id = self._order(which)
        availability = None if version is None else Availability(event_id, version, places)
        for _ in range(times):
            self.all_say(lambda inventory: inventory.sync(event_id, order_id, availability, keep=keep))

    @rule(event=_event, version=st.integers(3, 8), places=st.integers(0, 8))
    def reset(self, event: int, version: int, places: int) -> None:
        """Somebody reconciles; all tell the same drift."""
        self._reset(Availability(self.events[event].id, version, places))

    def _reset(self, availability: Availability) -> None:
        self.all_say(lambda inventory: inventory.reset(availability, self.now))

    @rule(event=_event, times=st.integers(1, 2))
    def drop(self, event: int, times: int) -> None:
        """The counter is forgotten."""
        for _ in range(times):
            self.all_say(lambda inventory: inventory.drop(self.events[event].id))

    # Time

    @rule(step=st.sampled_from([MILLISECOND, FLIGHT - MILLISECOND, FLIGHT]))
    def wait(self, step: timedelta) -> None:
        """Time passes, to just before or just at what ends."""
        self.now += step

    @rule(which=_which, before=st.booleans())
    def wait_for_a_deadline(self, which: int, before: bool) -> None:
        """Time moves to a deadline, or to the millisecond before it."""
        if self.orders:
            deadline = self.orders[-1 - which % len(self.orders)].expires_at
            self.now = max(self.now, deadline - MILLISECOND if before else deadline)

    # What they show

    @invariant()
    def they_show_the_same(self) -> None:
        asked = [*(event.id for event in self.events), new_show().id]
        self.all_say(lambda inventory: dict(inventory.available(asked, self.now)))

    def teardown(self) -> None:
        """Leave nothing to the next history."""
        for number in range(_EVENTS):
            self.drop(number, times=1)
