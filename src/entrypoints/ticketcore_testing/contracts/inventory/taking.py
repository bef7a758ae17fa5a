"""What taking promises: enough places, too few, or reservations that are due."""

from __future__ import annotations

import attrs

from ticketcore.ports import Due, Repeated, Taken, TooFew, Unknown
from ticketcore.ports.inventory import FLIGHT
from ticketcore_testing.contracts.inventory.base import Counted, CountedContract
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, new_order_id, new_reservation, new_show


class TakingContract(CountedContract):
    """Take, and hear what is due."""

    def test_a_take_subtracts_its_places(self, counted: Counted) -> None:
        """Places are taken until exactly none are left; then the refusal tells how many there are."""
        counted.take(7)
        assert counted.free() == 3
        assert counted.inventory.take(counted.wanted(4), NOW) == TooFew(3)
        assert counted.free() == 3
        counted.take(3)
        assert counted.inventory.take(counted.wanted(1), NOW) == TooFew(0)

    def test_a_take_that_is_in_flight_is_repeated(self, counted: Counted) -> None:
        """The same order again takes nothing more, whatever it asks for."""
        wanted = counted.take(2)
        assert counted.inventory.take(wanted, NOW) == Repeated()
        assert counted.inventory.take(attrs.evolve(wanted, quantity=99), NOW) == Repeated()
        assert counted.free() == 8

    def test_a_reservation_that_is_known_is_repeated(self, counted: Counted) -> None:
        """After its sync, and after its take has lapsed, until it ends."""
        wanted = counted.take(2)
        counted.sync(wanted.order_id, counted.availability(6, 8))
        assert counted.inventory.take(wanted, NOW) == Repeated()
        assert counted.inventory.take(wanted, NOW + 2 * FLIGHT) == Repeated()
        assert counted.free() == 8

    def test_a_take_that_lapses_leaves_its_reservation_known(self, counted: Counted) -> None:
        """Its places are back, but the ledger may have the order: it decides if the same comes again."""
        wanted = counted.take(2)
        assert counted.free(NOW + FLIGHT) == 10
        assert counted.inventory.take(wanted, NOW + FLIGHT) == Repeated()

    def test_a_reservation_may_be_due_while_its_take_is_in_flight(self, counted: Counted) -> None:
        """It is shorter than a flight then; the take is still known, takes nothing more, and lapses in its time."""
        wanted = counted.take(10, NOW + MILLISECOND)
        assert counted.inventory.take(counted.wanted(), NOW + MILLISECOND) == Due()
        assert counted.inventory.take(wanted, NOW + MILLISECOND) == Repeated()
        assert counted.free(NOW + FLIGHT) == 10

    def test_an_ended_reservation_is_forgotten(self, counted: Counted) -> None:
        """One that is not kept can be taken again."""
        wanted = counted.take(2)
        counted.sync(wanted.order_id, counted.availability(7, 10), keep=False)
        assert counted.inventory.take(wanted, NOW) == Taken()

    def test_a_refused_take_is_not_remembered(self, counted: Counted) -> None:
        """An order that found too few places is not repeated when it comes again."""
        wanted = counted.wanted(11)
        assert counted.inventory.take(wanted, NOW) == TooFew(10)
        assert counted.inventory.take(attrs.evolve(wanted, quantity=1), NOW) == Taken()

    def test_without_a_counter_everything_is_unknown(self, counted: Counted) -> None:
        """Another event's counter does not matter."""
        assert counted.inventory.take(new_reservation(new_show()), NOW) == Unknown()

    def test_events_are_counted_each_for_itself(self, counted: Counted) -> None:
        """A take, a sync and a drop of one event leave the others alone."""
        other = Counted(counted.inventory, new_show())
        counted.inventory.reset(other.availability(1, 4), NOW)
        wanted = counted.take(3)
        counted.sync(wanted.order_id, counted.availability(6, 7))
        counted.inventory.drop(counted.event.id)
        assert other.free() == 4

    def test_due_is_answered_when_a_deadline_has_passed(self, counted: Counted) -> None:
        """A reservation is due from the millisecond of its deadline on, and only asked about when places are too few."""
        wanted = counted.take(10)
        counted.sync(wanted.order_id, counted.availability(6, 0))
        assert counted.inventory.take(counted.wanted(), DEADLINE - MILLISECOND) == TooFew(0)
        assert counted.inventory.take(counted.wanted(), DEADLINE) == Due()

    def test_due_is_answered_once_for_what_it_stands_for(self, counted: Counted) -> None:
        """The reservations are forgotten with the answer; one that passes its deadline later is due again."""
        for quantity, deadline in ((4, DEADLINE), (4, DEADLINE), (2, DEADLINE + MILLISECOND)):
            wanted = counted.take(quantity, deadline)
            counted.sync(wanted.order_id, counted.availability(6, 10))
        counted.sync(new_order_id(), counted.availability(8, 0))
        assert counted.inventory.take(counted.wanted(), DEADLINE) == Due()
        assert counted.inventory.take(counted.wanted(), DEADLINE) == TooFew(0)
        assert counted.inventory.take(counted.wanted(), DEADLINE + MILLISECOND) == Due()
        assert counted.inventory.take(counted.wanted(), DEADLINE + MILLISECOND) == TooFew(0)

    def test_due_takes_nothing(self, counted: Counted) -> None:
        """Whoever heard it takes again once the reservations were expired."""
        wanted = counted.take(10)
        counted.sync(wanted.order_id, counted.availability(6, 0))
        mine = counted.wanted(2)
        assert counted.inventory.take(mine, DEADLINE) == Due()
        counted.sync(wanted.order_id, counted.availability(7, 10), keep=False)
        assert counted.inventory.take(mine, DEADLINE) == Taken()
        assert counted.free(DEADLINE) == 8

    def test_what_is_not_kept_is_never_due(self, counted: Counted) -> None:
        """A reservation that was paid, cancelled or expired needs no sweep, even if the counter was lost before."""
        wanted = counted.take(10)
        counted.sync(wanted.order_id, counted.availability(6, 0), keep=False)
        assert counted.inventory.take(counted.wanted(), DEADLINE) == TooFew(0)

    def test_enough_places_are_taken_even_if_some_are_due(self, counted: Counted) -> None:
        """Nobody waits for a sweep that is not needed."""
        counted.sync(counted.take(3).order_id, counted.availability(6, 7))
        assert counted.inventory.take(counted.wanted(7), DEADLINE) == Taken()
