"""The counter model's scripts do what the memory adapter does: on the same random walks both show the same places."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import attrs
import pytest

from tests.model.counter import CounterModel
from tests.model.counter_scripts import shown
from tests.model.counter_state import NOTHING, State
from ticketcore.domain.availability import Availability
from ticketcore.domain.events import Event
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Due, NotAdmitted, Repeated, Take, Taken, TooFew, Unknown
from ticketcore_memory import MemoryInventory
from ticketcore_testing.samples import NOW, OPEN, free_places, new_reservation, new_show

KINDS = frozenset({"die", "unanswered", "lose"})
SHOP = CounterModel(
    ((0, 1, 2), (0, 1, 1), (0, 2, 1)), capacities=(2,), faults=2, sweeps=1, changes=1, closings=2, kinds=KINDS
)
OUTCOMES = {
    "taken": Taken,
    "repeated": Repeated,
    "due": Due,
    "unknown": Unknown,
    "too few": TooFew,
    "not admitted": NotAdmitted,
}
#: Terms of sale that admit no order now: for their status, because the sale is over, and before it starts.
CLOSED = (
    attrs.evolve(OPEN, max_quantity=0),
    attrs.evolve(OPEN, ends_at=NOW),
    attrs.evolve(OPEN, starts_at=NOW + timedelta(days=1)),
)
LONG_AGO, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)


@attrs.define
class Shadow:
    """An inventory that follows the steps of the model."""

    inventory: MemoryInventory
    event: Event
    wanted: list[ReservationRequest]

    @classmethod
    def of(cls, state: State) -> Shadow:
        event = new_show(state.events[0].capacity)
        shadow = cls(MemoryInventory(), event, [new_reservation(event, order.quantity) for order in state.orders])
        shadow.inventory.reset(event.availability, OPEN, NOW)
        return shadow

    def follow(self, name: str, before: State, after: State) -> None:
        """Do with the inventory what a step did with the model's counter."""
        for which, (was, now) in enumerate(zip(before.orders, after.orders, strict=True)):
            order_id = self.wanted[which].order_id
            if name.startswith(f"order {which}") and "inventory.take" in name and "cannot" not in name:
                self.check(name, self.inventory.take(self.wanted[which], NOW))
            if now.late and now.remembered:
                self.inventory._deadlines[self.event.id][order_id] = LONG_AGO
            if name.startswith(f"order {which}") and "lapses" in name:
                self.inventory._events[self.event.id].flights[order_id].lapses_at = NOW
            for news in set(was.syncs) - set(now.syncs) if "arrives" in name else ():
                availability = None if news.version == NOTHING else Availability(self.event.id, news.version, news.free)
                self.inventory.sync(self.event.id, order_id, availability, keep=news.keep)
        if "reconcile" in name or ("reconciling.repair" in name and before.events != after.events):
            self.due_at(LATER, after)
            row = after.events[0]
            terms = OPEN if row.admits else CLOSED[row.version % len(CLOSED)]
            self.inventory.reset(Availability(self.event.id, row.version, row.free), terms, NOW)
            self.due_at(LONG_AGO, after)

    def due_at(self, deadline: datetime, state: State) -> None:
        """Set the deadline of reservations that no expiry has seen to be late."""
        for wanted, order in zip(self.wanted, state.orders, strict=True):
            if order.late and order.status == "reserved" and order.remembered:
                self.inventory._deadlines[self.event.id][wanted.order_id] = deadline

    def check(self, name: str, outcome: Take) -> None:
        assert isinstance(outcome, OUTCOMES.get(name.rpartition(": ")[2], object)), name

    @property
    def shown(self) -> int | None:
        return free_places(self.inventory, [self.event.id], NOW).get(self.event.id)


@pytest.mark.parametrize("seed", range(4))
def test_the_model_shows_what_the_inventory_shows(seed: int) -> None:
    """After every step of fifty walks the places and the flights are the same."""
    chance = random.Random(seed)
    for _ in range(50):
        state = SHOP.start()
        shadow = Shadow.of(state)
        while steps := [*SHOP.steps(state), *SHOP.optional_steps(state)]:
            name, after = chance.choice(steps)
            shadow.follow(name, state, after)
            state = after
            assert shadow.shown == shown(SHOP, state.events[0]), name
            flying = {shadow.wanted[which].order_id for which, order in enumerate(state.orders) if order.flying}
            assert shadow.inventory._events[shadow.event.id].flights.keys() == flying, name
