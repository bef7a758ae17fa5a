"""The contract of ``sync``: late, repeated, reordered and lost calls are harmless, and a take without one lapses."""

from __future__ import annotations

import pytest

from ticketcore.ports import Due, Taken, TooFew, Unknown
from ticketcore.ports.inventory import FLIGHT
from ticketcore_testing.contracts.inventory.base import Counted, CountedContract
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, new_order_id


class SyncingContract(CountedContract):
    """Hold ``sync`` and the lapse of takes to their contract."""

    def test_a_sync_ends_the_take_and_follows_the_ledger(self, counted: Counted) -> None:
        """The ledger has counted the places, so they are not subtracted twice."""
        wanted = counted.take(3)
        counted.sync(wanted.order_id, counted.availability(6, 7))
        assert counted.free() == 7
        assert counted.free(NOW + FLIGHT) == 7

    def test_a_sync_leaves_other_takes_in_flight(self, counted: Counted) -> None:
        """The counter is the ledger's availability less what is still in flight."""
        wanted = counted.take(3)
        counted.take(2)
        counted.sync(wanted.order_id, counted.availability(6, 7))
        assert counted.free() == 5

    def test_a_sync_without_availability_gives_the_take_back(self, counted: Counted) -> None:
        """The ledger has changed nothing; repeating the sync gives nothing more."""
        wanted = counted.take(3)
        for _ in range(2):
            counted.sync(wanted.order_id, None, keep=False)
            assert counted.free() == 10

    def test_a_sync_of_an_order_that_took_nothing_gives_nothing(self, counted: Counted) -> None:
        """Only places that were subtracted are given back."""
        counted.take(3)
        counted.sync(new_order_id(), None, keep=False)
        assert counted.free() == 7

    def test_a_repeated_sync_is_harmless(self, counted: Counted) -> None:
        """``sync`` is idempotent."""
        wanted = counted.take(3)
        for _ in range(3):
            counted.sync(wanted.order_id, counted.availability(6, 7))
            assert counted.free() == 7

    def test_a_sync_of_the_same_version_is_followed(self, counted: Counted) -> None:
        """The same version is not older: a refused order brings the current row."""
        wanted = counted.take(3)
        counted.sync(wanted.order_id, counted.availability(5, 2), keep=False)
        assert counted.free() == 2

    def test_an_older_sync_only_ends_its_take(self, counted: Counted) -> None:
        """The newer version counts that order already, so its places are given back and the counter does not stay too low."""
        first, second = counted.take(3), counted.take(2)
        counted.sync(second.order_id, counted.availability(7, 5))
        assert counted.free() == 2
        counted.sync(first.order_id, counted.availability(6, 7))
        assert counted.free() == 5
        counted.sync(first.order_id, counted.availability(6, 7))
        assert counted.free() == 5

    @pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
    def test_syncs_commute(self, counted: Counted, order: tuple[int, ...]) -> None:
        """The newest version counts, whichever arrives last."""
        orders = [counted.take(quantity).order_id for quantity in (1, 2, 3)]
        availabilities = [counted.availability(6, 9), counted.availability(7, 7), counted.availability(8, 4)]
        for index in order:
            counted.sync(orders[index], availabilities[index])
        assert counted.free() == 4

    def test_a_lost_sync_is_repaired_by_the_next(self, counted: Counted) -> None:
        """The take lapses, and the next version counts everything."""
        counted.take(3)
        counted.sync(new_order_id(), counted.availability(7, 5))
        assert counted.free(NOW + FLIGHT) == 5

    def test_reservations_may_be_due_from_their_deadline(self, counted: Counted) -> None:
        """Until syncs have ended all that have passed it, or for a while after a take has found them."""
        first, second = counted.take(3), counted.take(2, DEADLINE + MILLISECOND)
        counted.sync(second.order_id, None)
        assert [counted.counter(DEADLINE + step * MILLISECOND).may_be_due for step in (-1, 0)] == [False, True]
        counted.sync(first.order_id, None, keep=False)
        assert [counted.counter(DEADLINE + step * MILLISECOND).may_be_due for step in (0, 1)] == [False, True]
        found_at = DEADLINE + MILLISECOND
        assert counted.inventory.take(counted.wanted(11), found_at) == Due()
        assert [counted.counter(found_at + FLIGHT - step * MILLISECOND).may_be_due for step in (1, 0)] == [True, False]

    def test_a_sync_creates_no_counter(self, counted: Counted) -> None:
        """An event without a counter, or a dropped one, stays without; its reservation is forgotten."""
        wanted = counted.take()
        counted.inventory.drop(counted.event.id)
        counted.sync(wanted.order_id, counted.availability(6, 9))
        counted.sync(new_order_id(), None, keep=False)
        assert counted.free() is None
        assert counted.inventory.take(wanted, NOW) == Unknown()

    def test_the_counter_is_never_shown_below_0(self, counted: Counted) -> None:
        """A smaller capacity may leave less than what is in flight; the next syncs correct it."""
        wanted = counted.take(8)
        counted.sync(new_order_id(), counted.availability(6, 1))
        assert counted.free() == 0
        assert counted.inventory.take(counted.wanted(), NOW) == TooFew(0, in_flight=8)
        counted.sync(wanted.order_id, None, keep=False)
        assert counted.free() == 1

    def test_a_take_lapses_after_its_flight(self, counted: Counted) -> None:
        """Its places are free again at that millisecond, for reads and takes."""
        counted.take(10)
        assert counted.free(NOW + FLIGHT - MILLISECOND) == 0
        assert counted.inventory.take(counted.wanted(), NOW + FLIGHT - MILLISECOND) == TooFew(0, in_flight=10)
        assert counted.inventory.take(counted.wanted(4), NOW + FLIGHT) == Taken()
        assert counted.free(NOW + FLIGHT) == 6

    def test_a_sync_after_the_lapse_gives_nothing_twice(self, counted: Counted) -> None:
        """The lapse gave the places back already."""
        wanted = counted.take(3)
        assert counted.free(NOW + FLIGHT) == 10
        counted.sync(wanted.order_id, None, keep=False)
        assert counted.free(NOW + FLIGHT) == 10
        counted.sync(wanted.order_id, counted.availability(6, 7))
        assert counted.free(NOW + FLIGHT) == 7
