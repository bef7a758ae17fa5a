"""The contract of ``take``: enough places, too few, or reservations that are due."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from ticketcore.domain.availability import SaleTerms
from ticketcore.ports import Due, Limited, NotAdmitted, Repeated, Taken, TooFew, Unknown
from ticketcore.ports.inventory import FLIGHT
from ticketcore_testing.contracts.inventory.base import Counted, CountedContract
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, OPEN, new_order_id, new_reservation, new_show


class TakingContract(CountedContract):
    """Hold ``take`` to its contract."""

    def test_a_take_subtracts_its_places(self, counted: Counted) -> None:
        """Places are taken until none are left; the refusal has the number of free places."""
        counted.take(7)
        assert counted.free() == 3
        assert counted.inventory.take(counted.wanted(4), NOW) == TooFew(3, in_flight=7)
        assert counted.free() == 3
        counted.take(3)
        assert counted.inventory.take(counted.wanted(1), NOW) == TooFew(0, in_flight=10)

    def test_a_take_that_is_in_flight_is_repeated(self, counted: Counted) -> None:
        """The same order again takes nothing more, whatever its quantity."""
        wanted = counted.take(2)
        assert counted.inventory.take(wanted, NOW) == Repeated()
        assert counted.inventory.take(attrs.evolve(wanted, quantity=99), NOW) == Repeated()
        assert counted.free() == 8

    def test_a_reservation_that_is_known_is_repeated(self, counted: Counted) -> None:
        """It is known after its sync, and after its take has lapsed, until it ends."""
        wanted = counted.take(2)
        counted.sync(wanted.order_id, counted.availability(6, 8))
        assert counted.inventory.take(wanted, NOW) == Repeated()
        assert counted.inventory.take(wanted, NOW + 2 * FLIGHT) == Repeated()
        assert counted.free() == 8

    def test_a_take_that_lapses_leaves_its_reservation_known(self, counted: Counted) -> None:
        """Its places are free again, but the ledger may have the order and decides if it is requested again."""
        wanted = counted.take(2)
        assert counted.free(NOW + FLIGHT) == 10
        assert counted.inventory.take(wanted, NOW + FLIGHT) == Repeated()

    def test_a_reservation_may_be_due_while_its_take_is_in_flight(self, counted: Counted) -> None:
        """A hold may be shorter than a flight; the take is still known, takes nothing more, and lapses at its time."""
        wanted = counted.take(10, NOW + MILLISECOND)
        assert counted.inventory.take(counted.wanted(), NOW + MILLISECOND) == Due()
        assert counted.inventory.take(wanted, NOW + MILLISECOND) == Repeated()
        assert counted.free(NOW + FLIGHT) == 10

    def test_an_ended_reservation_is_forgotten(self, counted: Counted) -> None:
        """A reservation that is not kept can be taken again."""
        wanted = counted.take(2)
        counted.sync(wanted.order_id, counted.availability(7, 10), keep=False)
        assert counted.inventory.take(wanted, NOW) == Taken()

    def test_a_refused_take_is_not_remembered(self, counted: Counted) -> None:
        """An order that found too few places is not repeated when it is requested again."""
        wanted = counted.wanted(11)
        assert counted.inventory.take(wanted, NOW) == TooFew(10)
        assert counted.inventory.take(attrs.evolve(wanted, quantity=1), NOW) == Taken()

    @pytest.mark.parametrize(
        ("terms", "quantity", "now"),
        [
            (attrs.evolve(OPEN, max_quantity=2), 3, NOW),
            (attrs.evolve(OPEN, max_quantity=2), 11, NOW),
            (attrs.evolve(OPEN, max_quantity=0), 1, NOW),
            (attrs.evolve(OPEN, ends_at=NOW), 1, NOW),
            (attrs.evolve(OPEN, ends_at=DEADLINE), 1, DEADLINE),
            (attrs.evolve(OPEN, starts_at=NOW + MILLISECOND), 1, NOW),
        ],
        ids=["too many", "too many and too few", "not on sale", "over", "over by now", "just before the start"],
    )
    def test_an_order_that_the_terms_do_not_admit_takes_nothing(
        self, counted: Counted, terms: SaleTerms, quantity: int, now: datetime
    ) -> None:
        """It changes nothing that others see, whatever is free, and is not remembered."""
        counted.sell_on(terms)
        wanted = counted.wanted(quantity)
        assert counted.inventory.take(wanted, now) == NotAdmitted()
        assert counted.inventory.take(wanted, now) == NotAdmitted()
        assert counted.free(now) == 10
        counted.sell_on(OPEN)
        assert counted.inventory.take(attrs.evolve(wanted, quantity=1), now) == Taken()

    @pytest.mark.parametrize(
        ("terms", "quantity", "now"),
        [
            (attrs.evolve(OPEN, max_quantity=2), 2, NOW),
            (attrs.evolve(OPEN, ends_at=DEADLINE), 1, DEADLINE - MILLISECOND),
            (attrs.evolve(OPEN, starts_at=NOW), 1, NOW),
            (attrs.evolve(OPEN, starts_at=datetime(1, 1, 2, tzinfo=UTC)), 1, NOW),
        ],
        ids=["as many as allowed", "just before the end", "at the start", "long after the start"],
    )
    def test_an_order_that_the_terms_just_admit_takes_its_places(
        self, counted: Counted, terms: SaleTerms, quantity: int, now: datetime
    ) -> None:
        """The largest order, and the first and the last millisecond are admitted."""
        counted.sell_on(terms)
        assert counted.inventory.take(counted.wanted(quantity), now) == Taken()
        assert counted.free(now) == 10 - quantity

    def test_where_customers_are_limited_a_request_is_vetted_first(self, counted: Counted) -> None:
        """Until then it takes nothing and is not remembered; too few places are too few without that."""
        counted.sell_on(attrs.evolve(OPEN, limits_customers=True))
        wanted = counted.wanted(8)
        assert counted.inventory.take(wanted, NOW) == Limited()
        assert counted.inventory.take(counted.wanted(11), NOW) == TooFew(10)
        assert counted.free() == 10
        vetted = attrs.evolve(wanted, is_vetted=True)
        assert counted.inventory.take(vetted, NOW) == Taken()
        assert counted.inventory.take(wanted, NOW) == Repeated()
        assert counted.free() == 2

    def test_a_known_order_is_repeated_whatever_the_terms_are(self, counted: Counted) -> None:
        """The ledger may have it from before the terms changed, and decides."""
        wanted = counted.take(2)
        counted.sell_on(attrs.evolve(OPEN, max_quantity=0))
        assert counted.inventory.take(wanted, NOW) == Repeated()

    def test_without_a_counter_everything_is_unknown(self, counted: Counted) -> None:
        """Counters of other events do not matter."""
        assert counted.inventory.take(new_reservation(new_show()), NOW) == Unknown()

    def test_events_are_counted_separately(self, counted: Counted) -> None:
        """A take, a sync and a drop of one event leave the others unchanged."""
        other = Counted(counted.inventory, new_show())
        counted.inventory.reset(other.availability(1, 4), OPEN, NOW)
        wanted = counted.take(3)
        counted.sync(wanted.order_id, counted.availability(6, 7))
        counted.inventory.drop(counted.event.id)
        assert other.free() == 4

    def test_due_is_returned_when_a_deadline_has_passed(self, counted: Counted) -> None:
        """A reservation is due from the millisecond of its deadline on, and matters only when places are too few."""
        wanted = counted.take(10)
        counted.sync(wanted.order_id, counted.availability(6, 0))
        assert counted.inventory.take(counted.wanted(), DEADLINE - MILLISECOND) == TooFew(0)
        assert counted.inventory.take(counted.wanted(), DEADLINE) == Due()

    def test_due_is_returned_once_for_each_reservation(self, counted: Counted) -> None:
        """It forgets the reservations that are due; one whose deadline passes later is due again."""
        for quantity, deadline in ((4, DEADLINE), (4, DEADLINE), (2, DEADLINE + MILLISECOND)):
            wanted = counted.take(quantity, deadline)
            counted.sync(wanted.order_id, counted.availability(6, 10))
        counted.sync(new_order_id(), counted.availability(8, 0))
        assert counted.inventory.take(counted.wanted(), DEADLINE) == Due()
        assert counted.inventory.take(counted.wanted(), DEADLINE) == TooFew(0)
        assert counted.inventory.take(counted.wanted(), DEADLINE + MILLISECOND) == Due()
        assert counted.inventory.take(counted.wanted(), DEADLINE + MILLISECOND) == TooFew(0)

    def test_due_takes_nothing(self, counted: Counted) -> None:
        """The caller takes again after the reservations are expired."""
        wanted = counted.take(10)
        counted.sync(wanted.order_id, counted.availability(6, 0))
        mine = counted.wanted(2)
        assert counted.inventory.take(mine, DEADLINE) == Due()
        counted.sync(wanted.order_id, counted.availability(7, 10), keep=False)
        assert counted.inventory.take(mine, DEADLINE) == Taken()
        assert counted.free(DEADLINE) == 8

    def test_a_reservation_that_is_not_kept_is_never_due(self, counted: Counted) -> None:
        """A reservation that was paid, cancelled or expired needs no sweep, even after the counter was lost."""
        wanted = counted.take(10)
        counted.sync(wanted.order_id, counted.availability(6, 0), keep=False)
        assert counted.inventory.take(counted.wanted(), DEADLINE) == TooFew(0)

    def test_enough_places_are_taken_even_if_some_are_due(self, counted: Counted) -> None:
        """A take does not wait for a sweep that it does not need."""
        counted.sync(counted.take(3).order_id, counted.availability(6, 7))
        assert counted.inventory.take(counted.wanted(7), DEADLINE) == Taken()
