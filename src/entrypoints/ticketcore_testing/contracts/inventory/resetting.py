"""The contract of ``reset``, ``counters``, ``drop`` and ``check``."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain.availability import Availability
from ticketcore.ports import Due, Inventory, Repeated, Taken, Unknown
from ticketcore.ports.inventory import BEGINNING, FLIGHT
from ticketcore_testing.contracts.inventory.base import Counted, CountedContract
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, OPEN, free_places, new_order_id, new_show


class ResettingContract(CountedContract):
    """Hold ``reset``, ``counters``, ``drop`` and ``check`` to their contract."""

    def test_the_first_reset_creates_the_counter(self, inventory: Inventory) -> None:
        """Without a counter before there is no drift."""
        event = new_show()
        assert free_places(inventory, [event.id], NOW) == {}
        assert inventory.reset(Availability(event.id, 3, 8), OPEN, NOW) is None
        assert free_places(inventory, [event.id], NOW) == {event.id: 8}
        assert inventory.reset(Availability(event.id, 3, 8), OPEN, NOW) == 0

    @pytest.mark.parametrize(("available", "drift"), [(10, 0), (7, 3), (12, -2)])
    def test_a_reset_returns_the_drift(self, counted: Counted, available: int, drift: int) -> None:
        """It is positive if the counter was too high and negative if it was too low."""
        assert counted.inventory.reset(counted.availability(6, available), OPEN, NOW) == drift
        assert counted.free() == available
        assert counted.inventory.reset(counted.availability(6, available), OPEN, NOW) == 0

    def test_a_counter_says_since_when_it_knows_reservations(self, counted: Counted) -> None:
        """From the beginning if there were none before it, otherwise since it was made, however often it is reset."""
        later = NOW + MILLISECOND
        untouched = new_show()
        counted.inventory.reset(untouched.availability, OPEN, NOW)
        assert counted.inventory.counters([untouched.id], NOW)[untouched.id].since == BEGINNING
        counted.inventory.reset(counted.availability(6, 9), OPEN, later)
        assert counted.counter().since == NOW
        counted.inventory.drop(counted.event.id)
        counted.inventory.reset(counted.availability(6, 9), OPEN, later)
        assert counted.counter().since == later

    def test_a_reset_leaves_takes_in_flight(self, counted: Counted) -> None:
        """They are subtracted, are no drift, and end as usual."""
        wanted = counted.take(3)
        assert counted.inventory.reset(counted.availability(5, 10), OPEN, NOW) == 0
        assert counted.free() == 7
        counted.sync(wanted.order_id, counted.availability(6, 7))
        assert counted.free() == 7

    def test_a_reset_forgets_takes_that_have_lapsed(self, counted: Counted) -> None:
        """A take lapses at the millisecond at which its flight ends."""
        counted.take(3)
        assert counted.inventory.reset(counted.availability(5, 10), OPEN, NOW + FLIGHT - MILLISECOND) == 0
        assert counted.free(NOW + FLIGHT - MILLISECOND) == 7
        assert counted.inventory.reset(counted.availability(5, 10), OPEN, NOW + FLIGHT) == 0
        assert counted.free(NOW + FLIGHT) == 10

    def test_a_reset_goes_back_to_an_older_version(self, counted: Counted) -> None:
        """It was read under the event's lock, so a counter that is ahead or stale follows the ledger again."""
        counted.inventory.reset(counted.availability(2, 9), OPEN, NOW)
        counted.sync(new_order_id(), counted.availability(3, 4))
        assert counted.free() == 4

    def test_a_sync_older_than_the_reset_is_not_followed(self, counted: Counted) -> None:
        """The version of the reset orders later syncs."""
        wanted = counted.take(3)
        counted.inventory.reset(counted.availability(8, 2), OPEN, NOW)
        counted.sync(wanted.order_id, counted.availability(6, 7))
        assert counted.free() == 2

    def test_a_reset_brings_the_terms_of_sale(self, counted: Counted) -> None:
        """Those of an older revision too: they were read under the event's lock.  No other call changes them."""
        for revision in (7, 3):
            counted.sell_on(attrs.evolve(OPEN, revision=revision))
            assert counted.counter().revision == revision
        counted.sync(counted.take().order_id, counted.availability(6, 9))
        assert counted.counter().revision == 3

    def test_a_reset_forgets_what_is_due(self, counted: Counted) -> None:
        """Reservations that have passed their deadline were expired before; those that have not stay known."""
        past, later = counted.take(3), counted.take(2, DEADLINE + MILLISECOND)
        for _ in range(2):
            counted.inventory.reset(counted.availability(7, 5), OPEN, DEADLINE)
            assert not counted.counter(DEADLINE).may_be_due
        assert counted.counter(DEADLINE + MILLISECOND).may_be_due
        assert counted.inventory.take(later, DEADLINE) == Repeated()
        assert counted.inventory.take(past, DEADLINE) == Taken()
        assert counted.inventory.take(counted.wanted(11), DEADLINE) == Due()
        counted.inventory.reset(counted.availability(7, 5), OPEN, DEADLINE)
        assert not counted.counter(DEADLINE).may_be_due

    def test_only_counted_events_are_returned(self, counted: Counted) -> None:
        """Events without a counter are left out, and reading creates none."""
        stranger = new_show().id
        event_ids = [stranger, counted.event.id, stranger]
        assert free_places(counted.inventory, event_ids, NOW) == {counted.event.id: 10}
        assert free_places(counted.inventory, event_ids, NOW) == {counted.event.id: 10}
        assert free_places(counted.inventory, [], NOW) == {}

    def test_a_dropped_event_is_forgotten(self, counted: Counted) -> None:
        """Its counter, takes and reservations are gone; dropping is idempotent."""
        wanted = counted.take(3)
        for _ in range(2):
            counted.inventory.drop(counted.event.id)
            assert counted.free() is None
            assert counted.inventory.take(wanted, NOW) == Unknown()
        assert counted.inventory.reset(counted.availability(5, 10), OPEN, NOW) is None
        assert counted.free() == 10
        assert counted.inventory.take(wanted, NOW) == Taken()

    def test_dropping_an_unknown_event_changes_nothing(self, counted: Counted) -> None:
        """There is no counter to drop."""
        counted.inventory.drop(new_show().id)
        assert counted.free() == 10

    def test_a_counter_that_can_be_reached_passes_its_check(self, counted: Counted) -> None:
        """``check`` returns nothing and changes nothing."""
        counted.inventory.check()
        assert counted.free() == 10
