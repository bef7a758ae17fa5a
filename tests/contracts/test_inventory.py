"""What the port of the inventory promises, over every live counter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
import pytest

from tests.contracts.ledgers import DEADLINE, MILLISECOND, NOW, new_order_id, new_reservation, new_show
from ticketcore.events import Event
from ticketcore.ids import OrderId
from ticketcore.ports import Due, Inventory, Repeated, Taken, TooFew, Uncounted, Unknown
from ticketcore.ports.inventory import FLIGHT
from ticketcore.reservation import Reservation
from ticketcore.stock import Stock
from ticketcore_memory import NoInventory


@attrs.frozen
class Counted:
    """An inventory with a counter for one event of ten places."""

    inventory: Inventory
    event: Event

    def stock(self, version: int, available: int) -> Stock:
        return Stock(self.event.id, version, available)

    def free(self, now: datetime = NOW) -> int | None:
        return self.inventory.available([self.event.id], now).get(self.event.id)

    def wanted(self, quantity: int = 1, expires_at: datetime = DEADLINE) -> Reservation:
        return new_reservation(self.event, quantity, expires_at)

    def take(self, quantity: int = 1, expires_at: datetime = DEADLINE, now: datetime = NOW) -> Reservation:
        wanted = self.wanted(quantity, expires_at)
        assert self.inventory.take(wanted, now) == Taken()
        return wanted

    def settle(self, order_id: OrderId, stock: Stock | None, *, keep: bool = True) -> None:
        self.inventory.settle(self.event.id, order_id, stock, keep=keep)


@pytest.fixture
def counted(new_inventory: Callable[[], Inventory]) -> Counted:
    """Answer an inventory that counts ten free places of version 5."""
    inventory, event = new_inventory(), new_show(10)
    inventory.reset(Stock(event.id, 5, 10), NOW)
    return Counted(inventory, event)


# take


def test_a_take_subtracts_its_places(counted: Counted) -> None:
    """Places are taken until exactly none are left; then the refusal tells how many there are."""
    counted.take(7)
    assert counted.free() == 3
    assert counted.inventory.take(counted.wanted(4), NOW) == TooFew(3)
    assert counted.free() == 3
    counted.take(3)
    assert counted.inventory.take(counted.wanted(1), NOW) == TooFew(0)


def test_a_take_that_is_in_flight_is_repeated(counted: Counted) -> None:
    """The same order again takes nothing more, whatever it asks for."""
    wanted = counted.take(2)
    assert counted.inventory.take(wanted, NOW) == Repeated()
    assert counted.inventory.take(attrs.evolve(wanted, quantity=99), NOW) == Repeated()
    assert counted.free() == 8


def test_a_reservation_that_is_known_is_repeated(counted: Counted) -> None:
    """After its settle, and after its take has lapsed, until it ends."""
    wanted = counted.take(2)
    counted.settle(wanted.order_id, counted.stock(6, 8))
    assert counted.inventory.take(wanted, NOW) == Repeated()
    assert counted.inventory.take(wanted, NOW + 2 * FLIGHT) == Repeated()
    assert counted.free() == 8


def test_an_ended_reservation_is_forgotten(counted: Counted) -> None:
    """One that is not kept can be taken again."""
    wanted = counted.take(2)
    counted.settle(wanted.order_id, counted.stock(7, 10), keep=False)
    assert counted.inventory.take(wanted, NOW) == Taken()


def test_a_refused_take_is_not_remembered(counted: Counted) -> None:
    """An order that found too few places is not repeated when it comes again."""
    wanted = counted.wanted(11)
    assert counted.inventory.take(wanted, NOW) == TooFew(10)
    assert counted.inventory.take(attrs.evolve(wanted, quantity=1), NOW) == Taken()


def test_without_a_counter_everything_is_unknown(counted: Counted) -> None:
    """Another event's counter does not matter."""
    assert counted.inventory.take(new_reservation(new_show()), NOW) == Unknown()


def test_events_are_counted_each_for_itself(counted: Counted) -> None:
    """A take, a settle and a drop of one event leave the others alone."""
    other = Counted(counted.inventory, new_show())
    counted.inventory.reset(other.stock(1, 4), NOW)
    wanted = counted.take(3)
    counted.settle(wanted.order_id, counted.stock(6, 7))
    counted.inventory.drop(counted.event.id)
    assert other.free() == 4


# due


def test_due_is_answered_when_a_deadline_has_passed(counted: Counted) -> None:
    """A reservation is due from the millisecond of its deadline on, and only asked about when places are too few."""
    wanted = counted.take(10)
    counted.settle(wanted.order_id, counted.stock(6, 0))
    assert counted.inventory.take(counted.wanted(), DEADLINE - MILLISECOND) == TooFew(0)
    assert counted.inventory.take(counted.wanted(), DEADLINE) == Due()


def test_due_is_answered_once_for_what_it_stands_for(counted: Counted) -> None:
    """The reservations are forgotten with the answer; one that passes its deadline later is due again."""
    for quantity, deadline in ((4, DEADLINE), (4, DEADLINE), (2, DEADLINE + MILLISECOND)):
        wanted = counted.take(quantity, deadline)
        counted.settle(wanted.order_id, counted.stock(6, 10))
    counted.settle(new_order_id(), counted.stock(8, 0))
    assert counted.inventory.take(counted.wanted(), DEADLINE) == Due()
    assert counted.inventory.take(counted.wanted(), DEADLINE) == TooFew(0)
    assert counted.inventory.take(counted.wanted(), DEADLINE + MILLISECOND) == Due()
    assert counted.inventory.take(counted.wanted(), DEADLINE + MILLISECOND) == TooFew(0)


def test_due_takes_nothing(counted: Counted) -> None:
    """Whoever heard it takes again once the reservations were expired."""
    wanted = counted.take(10)
    counted.settle(wanted.order_id, counted.stock(6, 0))
    mine = counted.wanted(2)
    assert counted.inventory.take(mine, DEADLINE) == Due()
    counted.settle(wanted.order_id, counted.stock(7, 10), keep=False)
    assert counted.inventory.take(mine, DEADLINE) == Taken()
    assert counted.free(DEADLINE) == 8


def test_what_is_not_kept_is_never_due(counted: Counted) -> None:
    """A reservation that was paid, cancelled or expired needs no sweep, even if the counter was lost before."""
    wanted = counted.take(10)
    counted.settle(wanted.order_id, counted.stock(6, 0), keep=False)
    assert counted.inventory.take(counted.wanted(), DEADLINE) == TooFew(0)


def test_enough_places_are_taken_even_if_some_are_due(counted: Counted) -> None:
    """Nobody waits for a sweep that is not needed."""
    counted.settle(counted.take(3).order_id, counted.stock(6, 7))
    assert counted.inventory.take(counted.wanted(7), DEADLINE) == Taken()


# settle


def test_a_settle_ends_the_take_and_follows_the_ledger(counted: Counted) -> None:
    """The places were counted by the ledger: they are not subtracted twice."""
    wanted = counted.take(3)
    counted.settle(wanted.order_id, counted.stock(6, 7))
    assert counted.free() == 7
    assert counted.free(NOW + FLIGHT) == 7


def test_a_settle_leaves_other_takes_in_flight(counted: Counted) -> None:
    """The counter is the ledger's minus what is still on its way."""
    wanted = counted.take(3)
    counted.take(2)
    counted.settle(wanted.order_id, counted.stock(6, 7))
    assert counted.free() == 5


def test_a_settle_without_stock_gives_the_take_back(counted: Counted) -> None:
    """The ledger made nothing of it; repeating it gives nothing more."""
    wanted = counted.take(3)
    for _ in range(2):
        counted.settle(wanted.order_id, None, keep=False)
        assert counted.free() == 10


def test_a_settle_of_an_order_that_took_nothing_gives_nothing(counted: Counted) -> None:
    """Only what was subtracted comes back."""
    counted.take(3)
    counted.settle(new_order_id(), None, keep=False)
    assert counted.free() == 7


def test_a_repeated_settle_is_harmless(counted: Counted) -> None:
    """The same news twice is the same news."""
    wanted = counted.take(3)
    for _ in range(3):
        counted.settle(wanted.order_id, counted.stock(6, 7))
        assert counted.free() == 7


def test_a_settle_of_the_same_version_is_followed(counted: Counted) -> None:
    """It is not older: a refused order brings the row as it is."""
    wanted = counted.take(3)
    counted.settle(wanted.order_id, counted.stock(5, 2), keep=False)
    assert counted.free() == 2


def test_an_older_settle_only_ends_its_take(counted: Counted) -> None:
    """The newer version counts that order already, so its places come back: the counter is not too low for ever."""
    first, second = counted.take(3), counted.take(2)
    counted.settle(second.order_id, counted.stock(7, 5))
    assert counted.free() == 2
    counted.settle(first.order_id, counted.stock(6, 7))
    assert counted.free() == 5
    counted.settle(first.order_id, counted.stock(6, 7))
    assert counted.free() == 5


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_settles_in_any_order_come_to_the_same(counted: Counted, order: tuple[int, ...]) -> None:
    """Whatever comes last, the newest version counts."""
    orders = [counted.take(quantity).order_id for quantity in (1, 2, 3)]
    stocks = [counted.stock(6, 9), counted.stock(7, 7), counted.stock(8, 4)]
    for index in order:
        counted.settle(orders[index], stocks[index])
    assert counted.free() == 4


def test_a_lost_settle_is_made_good_by_the_next(counted: Counted) -> None:
    """The take lapses by itself, and the next version counts everything."""
    counted.take(3)
    counted.settle(new_order_id(), counted.stock(7, 5))
    assert counted.free(NOW + FLIGHT) == 5


def test_a_settle_makes_no_counter(counted: Counted) -> None:
    """Without one there stays none, also after the event was dropped; the reservation is forgotten all the same."""
    wanted = counted.take()
    counted.inventory.drop(counted.event.id)
    counted.settle(wanted.order_id, counted.stock(6, 9))
    counted.settle(new_order_id(), None, keep=False)
    assert counted.free() is None
    assert counted.inventory.take(wanted, NOW) == Unknown()


def test_the_counter_is_never_shown_below_0(counted: Counted) -> None:
    """A smaller capacity may leave less than what is in flight; the next settles make it good."""
    wanted = counted.take(8)
    counted.settle(new_order_id(), counted.stock(6, 1))
    assert counted.free() == 0
    assert counted.inventory.take(counted.wanted(), NOW) == TooFew(0)
    counted.settle(wanted.order_id, None, keep=False)
    assert counted.free() == 1


# lapse


def test_a_take_lapses_after_its_flight(counted: Counted) -> None:
    """Its places come back at the millisecond, as who asks or takes sees."""
    counted.take(10)
    assert counted.free(NOW + FLIGHT - MILLISECOND) == 0
    assert counted.inventory.take(counted.wanted(), NOW + FLIGHT - MILLISECOND) == TooFew(0)
    assert counted.inventory.take(counted.wanted(4), NOW + FLIGHT) == Taken()
    assert counted.free(NOW + FLIGHT) == 6


def test_a_settle_after_the_lapse_gives_nothing_twice(counted: Counted) -> None:
    """The places came back once already."""
    wanted = counted.take(3)
    assert counted.free(NOW + FLIGHT) == 10
    counted.settle(wanted.order_id, None, keep=False)
    assert counted.free(NOW + FLIGHT) == 10
    counted.settle(wanted.order_id, counted.stock(6, 7))
    assert counted.free(NOW + FLIGHT) == 7


# reset


def test_the_first_reset_makes_the_counter(new_inventory: Callable[[], Inventory]) -> None:
    """There was none, so there is no drift."""
    inventory, event = new_inventory(), new_show()
    assert inventory.available([event.id], NOW) == {}
    assert inventory.reset(Stock(event.id, 3, 8), NOW) is None
    assert inventory.available([event.id], NOW) == {event.id: 8}
    assert inventory.reset(Stock(event.id, 3, 8), NOW) == 0


@pytest.mark.parametrize(("available", "drift"), [(10, 0), (7, 3), (12, -2)])
def test_a_reset_answers_what_the_counter_had_too_much(counted: Counted, available: int, drift: int) -> None:
    """Too much is above 0, too little below; afterwards it is right."""
    assert counted.inventory.reset(counted.stock(6, available), NOW) == drift
    assert counted.free() == available
    assert counted.inventory.reset(counted.stock(6, available), NOW) == 0


def test_a_reset_leaves_takes_in_flight(counted: Counted) -> None:
    """They are subtracted, are no drift, and end as ever."""
    wanted = counted.take(3)
    assert counted.inventory.reset(counted.stock(5, 10), NOW) == 0
    assert counted.free() == 7
    counted.settle(wanted.order_id, counted.stock(6, 7))
    assert counted.free() == 7


def test_a_reset_forgets_takes_that_have_lapsed(counted: Counted) -> None:
    """At the millisecond at which their flight ends."""
    counted.take(3)
    assert counted.inventory.reset(counted.stock(5, 10), NOW + FLIGHT - MILLISECOND) == 0
    assert counted.free(NOW + FLIGHT - MILLISECOND) == 7
    assert counted.inventory.reset(counted.stock(5, 10), NOW + FLIGHT) == 0
    assert counted.free(NOW + FLIGHT) == 10


def test_a_reset_goes_back_to_an_older_version(counted: Counted) -> None:
    """It was read under the event's lock, so it is the truth: a counter set back or ahead follows again."""
    counted.inventory.reset(counted.stock(2, 9), NOW)
    counted.settle(new_order_id(), counted.stock(3, 4))
    assert counted.free() == 4


def test_a_settle_older_than_the_reset_is_not_followed(counted: Counted) -> None:
    """The reset's version orders what comes after it."""
    wanted = counted.take(3)
    counted.inventory.reset(counted.stock(8, 2), NOW)
    counted.settle(wanted.order_id, counted.stock(6, 7))
    assert counted.free() == 2


# available, drop, check


def test_only_counted_events_are_answered(counted: Counted) -> None:
    """Events without a counter are left out, and asking makes none."""
    stranger = new_show().id
    asked = [stranger, counted.event.id, stranger]
    assert counted.inventory.available(asked, NOW) == {counted.event.id: 10}
    assert counted.inventory.available(asked, NOW) == {counted.event.id: 10}
    assert counted.inventory.available([], NOW) == {}


def test_a_dropped_event_is_forgotten(counted: Counted) -> None:
    """Counter, takes and reservations; repeating it changes nothing."""
    wanted = counted.take(3)
    for _ in range(2):
        counted.inventory.drop(counted.event.id)
        assert counted.free() is None
        assert counted.inventory.take(wanted, NOW) == Unknown()
    assert counted.inventory.reset(counted.stock(5, 10), NOW) is None
    assert counted.free() == 10
    assert counted.inventory.take(wanted, NOW) == Taken()


def test_dropping_what_is_unknown_changes_nothing(counted: Counted) -> None:
    """There is nothing to forget."""
    counted.inventory.drop(new_show().id)
    assert counted.free() == 10


def test_a_counter_that_can_be_reached_passes_its_check(counted: Counted) -> None:
    """The check answers nothing and changes nothing."""
    counted.inventory.check()
    assert counted.free() == 10


def test_no_inventory_leaves_everything_to_the_ledger() -> None:
    """It counts nothing, so nothing is ever wrong with it."""
    inventory, event = NoInventory(), new_show()
    assert inventory.take(new_reservation(event), NOW) == Uncounted()
    inventory.settle(event.id, new_order_id(), Stock(event.id, 1, 1), keep=True)
    assert inventory.reset(event.stock, NOW + timedelta(days=1)) == 0
    assert inventory.available([event.id], NOW) == {}
    inventory.drop(event.id)
    inventory.check()
