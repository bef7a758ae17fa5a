"""Base of the inventory's suites: an inventory with a counter for one event."""

from __future__ import annotations

from datetime import datetime

import attrs
import pytest

from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.events import Event
from ticketcore.domain.ids import OrderId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Counter, Inventory, Taken
from ticketcore_testing.samples import DEADLINE, NOW, OPEN, free_places, new_reservation, new_show


@attrs.frozen
class Counted:
    """An inventory with a counter for one event of ten places."""

    inventory: Inventory
    event: Event

    def availability(self, version: int, available: int) -> Availability:
        return Availability(self.event.id, version, available)

    def counter(self, now: datetime = NOW) -> Counter:
        return self.inventory.counters([self.event.id], now)[self.event.id]

    def free(self, now: datetime = NOW) -> int | None:
        return free_places(self.inventory, [self.event.id], now).get(self.event.id)

    def wanted(self, quantity: int = 1, expires_at: datetime = DEADLINE) -> ReservationRequest:
        return new_reservation(self.event, quantity, expires_at)

    def take(self, quantity: int = 1, expires_at: datetime = DEADLINE, now: datetime = NOW) -> ReservationRequest:
        wanted = self.wanted(quantity, expires_at)
        assert self.inventory.take(wanted, now) == Taken()
        return wanted

    def sell_on(self, terms: SaleTerms) -> None:
        """Change the event's terms of sale; its places stay."""
        self.inventory.reset(self.availability(5, 10), terms, NOW)

    def sync(self, order_id: OrderId, availability: Availability | None, *, keep: bool = True) -> None:
        self.inventory.sync(self.event.id, order_id, availability, keep=keep)


def count(inventory: Inventory, places: int = 10) -> Counted:
    """Return the inventory with a counter of version 5 for a new event."""
    event = new_show(10)
    inventory.reset(Availability(event.id, 5, places), OPEN, NOW)
    return Counted(inventory, event)


class CountedContract:
    """Base of the suites for an inventory that counts."""

    @pytest.fixture
    def inventory(self) -> Inventory:
        """Return an inventory that counts: the one fixture to override.

        It need not be empty: every test has events of its own.
        """
        raise NotImplementedError("override inventory")

    @pytest.fixture
    def counted(self, inventory: Inventory) -> Counted:
        """Return the inventory with a counter of ten free places at version 5."""
        return count(inventory)
