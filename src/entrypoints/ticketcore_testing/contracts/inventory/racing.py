"""Concurrent calls of one inventory."""

from __future__ import annotations

from functools import partial

from ticketcore.ports import Inventory, Taken, TooFew
from ticketcore.ports.inventory import FLIGHT
from ticketcore_testing.concurrency import all_at_once, rounds
from ticketcore_testing.contracts.inventory.base import CountedContract, count
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import DEADLINE, NOW, OPEN

CALLERS = 16


class RacingContract(CountedContract):
    """Call ``Inventory`` from several threads.  Two calls are atomic if every interleaving equals one after the other."""

    def test_the_last_places_are_taken_once(self, inventory: Inventory) -> None:
        """Of sixteen threads that want one of ten places each, ten get one and six too few."""
        for _ in rounds(20):
            counted = count(inventory)
            outcomes = all_at_once([partial(inventory.take, counted.wanted(), NOW) for _ in range(CALLERS)])
            assert outcomes.count(Taken()) == 10
            assert outcomes.count(TooFew(0, in_flight=10)) == CALLERS - 10
            assert counted.free() == 0

    def test_two_takes_of_the_last_place_are_atomic(self, inventory: Inventory) -> None:
        """One of two orders gets the last place, and the counter is at 0."""

        def race() -> Race:
            counted = count(inventory, 1)
            return Race.of_one(lambda: inventory.take(counted.wanted(), NOW), counted.free)

        assert_atomic(inventory, race)

    def test_two_takes_of_one_order_are_atomic(self, inventory: Inventory) -> None:
        """A request that is sent twice takes its places once."""

        def race() -> Race:
            counted = count(inventory)
            wanted = counted.wanted(2)
            return Race.of_one(lambda: inventory.take(wanted, NOW), counted.free)

        assert_atomic(inventory, race)

    def test_a_take_and_a_sync_are_atomic(self, inventory: Inventory) -> None:
        """A sync of one order subtracts the places that another order takes at the same time."""

        def race() -> Race:
            counted = count(inventory)
            known = counted.take(2)
            return Race(
                lambda: inventory.take(counted.wanted(3), NOW),
                lambda: counted.sync(known.order_id, counted.availability(6, 8)),
                counted.free,
            )

        assert_atomic(inventory, race)

    def test_two_syncs_of_one_order_are_atomic(self, inventory: Inventory) -> None:
        """A sync that is delivered twice gives the places of its take back once."""

        def race() -> Race:
            counted = count(inventory)
            wanted = counted.take(3)
            return Race.of_one(lambda: counted.sync(wanted.order_id, None, keep=False), counted.free)

        assert_atomic(inventory, race)

    def test_syncs_of_two_versions_are_atomic(self, inventory: Inventory) -> None:
        """The newer version stays, whichever comes first."""

        def race() -> Race:
            counted = count(inventory)
            older, newer = counted.take(1), counted.take(2)
            return Race(
                lambda: counted.sync(older.order_id, counted.availability(6, 9)),
                lambda: counted.sync(newer.order_id, counted.availability(7, 7)),
                counted.free,
            )

        assert_atomic(inventory, race)

    def test_a_take_and_a_reset_are_atomic(self, inventory: Inventory) -> None:
        """A reset subtracts the places that are taken at the same time."""

        def race() -> Race:
            counted = count(inventory)
            return Race(
                lambda: inventory.take(counted.wanted(2), NOW),
                lambda: inventory.reset(counted.availability(5, 10), OPEN, NOW),
                counted.free,
            )

        assert_atomic(inventory, race)

    def test_two_lapses_of_one_take_are_atomic(self, inventory: Inventory) -> None:
        """Two threads that see a take lapse give its places back once."""

        def race() -> Race:
            counted = count(inventory)
            counted.take(4)
            return Race.of_one(lambda: counted.free(NOW + FLIGHT), lambda: counted.free(NOW + FLIGHT))

        assert_atomic(inventory, race)

    def test_two_takes_of_what_is_due_are_atomic(self, inventory: Inventory) -> None:
        """Of two threads that find reservations due, one is told so."""

        def race() -> Race:
            counted = count(inventory)
            counted.sync(counted.take(10).order_id, counted.availability(6, 0))
            return Race.of_one(lambda: inventory.take(counted.wanted(), DEADLINE), lambda: counted.free(DEADLINE))

        assert_atomic(inventory, race)
