"""Contract suite of the inventory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.domain.availability import Availability
from ticketcore.ports import Inventory, Uncounted
from ticketcore_testing.contracts.inventory.base import Counted
from ticketcore_testing.contracts.inventory.protocol import ProtocolContract
from ticketcore_testing.contracts.inventory.racing import RacingContract
from ticketcore_testing.contracts.inventory.resetting import ResettingContract
from ticketcore_testing.contracts.inventory.syncing import SyncingContract
from ticketcore_testing.contracts.inventory.taking import TakingContract
from ticketcore_testing.samples import NOW, OPEN, new_order_id, new_reservation, new_show

__all__ = ["InventoryContract", "UncountedContract"]


class InventoryContract(TakingContract, SyncingContract, ResettingContract, RacingContract, ProtocolContract):
    """Hold ``Inventory`` to its contract; override ``inventory``.

    Use ``UncountedContract`` for an adapter that does not count.  ``examples`` is the number of histories of the counter
    protocol that are tried, of up to 40 steps each.
    """

    def test_it_says_that_it_counts(self, counted: Counted) -> None:
        """The sweeper reconciles only an inventory that counts."""
        assert counted.inventory.counts


class UncountedContract:
    """Hold an ``Inventory`` without counters to its contract; override ``inventory``."""

    @pytest.fixture
    def inventory(self) -> Inventory:
        """Return an inventory that does not count: the one fixture to override."""
        raise NotImplementedError("override inventory")

    def test_everything_is_left_to_the_ledger(self, inventory: Inventory) -> None:
        """It counts nothing, so it has no drift and shows no event."""
        event = new_show()
        assert not inventory.counts
        assert inventory.take(new_reservation(event), NOW) == Uncounted()
        inventory.sync(event.id, new_order_id(), Availability(event.id, 1, 1), keep=True)
        assert inventory.reset(event.availability, OPEN, NOW + timedelta(days=1)) == 0
        assert inventory.counters([event.id], NOW) == {}
        inventory.drop(event.id)
        inventory.check()
