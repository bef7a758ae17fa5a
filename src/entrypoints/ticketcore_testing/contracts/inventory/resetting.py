"""What resetting, looking and dropping promise."""

from __future__ import annotations

import pytest

from ticketcore.domain.availability import Availability
from ticketcore.ports import Inventory, Taken, Unknown
from ticketcore.ports.inventory import FLIGHT
from ticketcore_testing.contracts.inventory.base import Counted, CountedContract
from ticketcore_testing.samples import MILLISECOND, NOW, new_order_id, new_show


class ResettingContract(CountedContract):
    """Reset, look, drop and check."""

    def test_the_first_reset_makes_the_counter(self, inventory: Inventory) -> None:
        """There was none, so there is no drift."""
        event = new_show()
        assert inventory.available([event.id], NOW) == {}
        assert inventory.reset(Availability(event.id, 3, 8), NOW) is None
        assert inventory.available([event.id], NOW) == {event.id: 8}
        assert inventory.reset(Availability(event.id, 3, 8), NOW) == 0

    @pytest.mark.parametrize(("available", "drift"), [(10, 0), (7, 3), (12, -2)])
    def test_a_reset_answers_what_the_counter_had_too_much(self, counted: Counted, available: int, drift: int) -> None:
        """Too much is above 0, too little below; afterwards it is right."""
        assert counted.inventory.reset(counted.availability(6, available), NOW) == drift
        assert counted.free() == available
        assert counted.inventory.reset(counted.availability(6, available), NOW) == 0

    def test_a_reset_leaves_takes_in_flight(self, counted: Counted) -> None:
        """They are subtracted, are no drift, and end as ever."""
        wanted = counted.take(3)
        assert counted.inventory.reset(counted.availability(5, 10), NOW) == 0
        assert counted.free() == 7
        counted.sync(wanted.order_id, counted.availability(6, 7))
        assert counted.free() == 7

    def test_a_reset_forgets_takes_that_have_lapsed(self, counted: Counted) -> None:
        """At the millisecond at which their flight ends."""
        counted.take(3)
        assert counted.inventory.reset(counted.availability(5, 10), NOW + FLIGHT - MILLISECOND) == 0
        assert counted.free(NOW + FLIGHT - MILLISECOND) == 7
        assert counted.inventory.reset(counted.availability(5, 10), NOW + FLIGHT) == 0
        assert counted.free(NOW + FLIGHT) == 10

    def test_a_reset_goes_back_to_an_older_version(self, counted: Counted) -> None:
        """It was read under the event's lock, so it is the truth: a counter set back or ahead follows again."""
        counted.inventory.reset(counted.availability(2, 9), NOW)
        counted.sync(new_order_id(), counted.availability(3, 4))
        assert counted.free() == 4

    def test_a_sync_older_than_the_reset_is_not_followed(self, counted: Counted) -> None:
        """The reset's version orders what comes after it."""
        wanted = counted.take(3)
        counted.inventory.reset(counted.availability(8, 2), NOW)
        counted.sync(wanted.order_id, counted.availability(6, 7))
        assert counted.free() == 2

    def test_only_counted_events_are_answered(self, counted: Counted) -> None:
        """Events without a counter are left out, and asking makes none."""
        stranger = new_show().id
        asked = [stranger, counted.event.id, stranger]
        assert counted.inventory.available(asked, NOW) == {counted.event.id: 10}
        assert counted.inventory.available(asked, NOW) == {counted.event.id: 10}
        assert counted.inventory.available([], NOW) == {}

    def test_a_dropped_event_is_forgotten(self, counted: Counted) -> None:
        """Counter, takes and reservations; repeating it changes nothing."""
        wanted = counted.take(3)
        for _ in range(2):
            counted.inventory.drop(counted.event.id)
            assert counted.free() is None
            assert counted.inventory.take(wanted, NOW) == Unknown()
        assert counted.inventory.reset(counted.availability(5, 10), NOW) is None
        assert counted.free() == 10
        assert counted.inventory.take(wanted, NOW) == Taken()

    def test_dropping_what_is_unknown_changes_nothing(self, counted: Counted) -> None:
        """There is nothing to forget."""
        counted.inventory.drop(new_show().id)
        assert counted.free() == 10

    def test_a_counter_that_can_be_reached_passes_its_check(self, counted: Counted) -> None:
        """The check answers nothing and changes nothing."""
        counted.inventory.check()
        assert counted.free() == 10
