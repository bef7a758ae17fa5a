"""Races of many buyers for few places."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice

from ticketcore.domain.events import Event, EventChange
from ticketcore.domain.ids import CustomerDigest
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.refusals import CapacityInUse, CustomerLimit, SoldOut, StaleVersion
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.races.base import (
    Ledgers,
    RacesBase,
    all_at_once,
    assert_conserved,
    of_type,
    reserving,
    with_availability,
)
from ticketcore_testing.ledgers import add_show, event_of, order_of, reserve, steps_of
from ticketcore_testing.samples import NOW, new_reservation, new_show


class PlacesRaces(RacesBase):
    """Reserve places of one event."""

    def test_the_last_ticket_is_sold_once(self, ledgers: Ledgers) -> None:
        """One of 32 buyers gets it, and all others are told that it is sold out."""
        event = add_show(ledgers[0], new_show(1))
        outcomes = all_at_once(ledgers, [reserving(new_reservation(event)) for _ in range(32)])
        assert len(with_availability(outcomes)) == 1
        assert of_type(outcomes, SoldOut) == [SoldOut(0)] * 31
        assert_conserved(ledgers[0], event)

    def test_a_customer_gets_no_more_than_the_limit(self, ledgers: Ledgers) -> None:
        """Of 32 orders of one customer exactly as many are made as the limit allows, and others get the rest."""
        event = add_show(ledgers[0], new_show(32, max_per_customer=5))
        wanted = [new_reservation(event) for _ in range(32)]
        others = [new_reservation(event, customer=CustomerDigest(str(number))) for number in range(8)]
        outcomes = all_at_once(ledgers, [reserving(each) for each in (*wanted, *others)])
        mine = outcomes[: len(wanted)]
        assert len(with_availability(mine)) == 5
        assert of_type(mine, CustomerLimit) == [CustomerLimit(5, 5)] * 27
        assert len(with_availability(outcomes)) == 13
        assert_conserved(ledgers[0], event)

    def test_a_customer_who_reserves_and_cancels_keeps_to_the_limit(self, ledgers: Ledgers) -> None:
        """Orders that come and go at once leave the count of those that stayed."""
        event = add_show(ledgers[0], new_show(100, max_per_customer=6))
        stays = [reserving(new_reservation(event)) for _ in range(16)]
        outcomes = all_at_once(ledgers, [*stays, *[_reserves_and_cancels(event) for _ in range(16)]])
        stayed = len(with_availability(outcomes[:16]))
        assert_conserved(ledgers[0], event)
        assert event_of(ledgers[0], event.id).held == stayed <= 6
        refusal = ledgers[0].orders.would_refuse(new_reservation(event, 7), NOW)
        assert refusal == CustomerLimit(6, stayed)

    def test_corrections_to_one_address_keep_to_the_limit(self, ledgers: Ledgers) -> None:
        """Of orders that come to a customer while he reserves, exactly as many do as the limit allows; all counts agree."""
        event, bobs = add_show(ledgers[0], new_show(100, max_per_customer=5)), CustomerDigest("bobs")
        orders = [reserve(ledgers[0], event, customer=CustomerDigest(f"buyer {number}")) for number in range(12)]
        own = [reserving(new_reservation(event, customer=bobs)) for _ in range(4)]
        back = [_corrects_and_returns(order, bobs) for order in orders[8:]]
        outcomes = all_at_once(ledgers, [*[_corrects(order, bobs) for order in orders[:8]], *own, *back])
        now = [order_of(ledgers[0], order.id) for order in orders]
        places = ledgers[0].orders.customer_places(event.id, bobs)
        assert places.held == len(of_type(outcomes[8:12], Change)) + sum(order.customer == bobs for order in now) <= 5
        assert of_type(outcomes, CustomerLimit)
        assert event_of(ledgers[0], event.id).held == 12 + len(of_type(outcomes[8:12], Change))
        assert_conserved(ledgers[0], event)

    def test_mixed_orders_fill_the_house_and_no_more(self, ledgers: Ledgers) -> None:
        """Free places are never refused, every change has its own version, and no place is sold twice."""
        event = add_show(ledgers[0], new_show(50))
        wanted = [new_reservation(event, quantity) for quantity in islice(cycle([1, 3, 2, 4]), 32)]
        outcomes = all_at_once(ledgers, [reserving(each) for each in wanted])
        won = with_availability(outcomes)
        refused = [
            each.quantity for each, outcome in zip(wanted, outcomes, strict=True) if isinstance(outcome, SoldOut)
        ]
        after = event_of(ledgers[0], event.id)
        assert len(won) + len(refused) == 32
        assert after.held == sum(change.order.quantity for change in won) <= 50
        assert after.available < min(refused)
        assert sorted(change.availability.version for change in won if change.availability) == list(
            range(1, len(won) + 1)
        )
        assert_conserved(ledgers[0], event)

    def test_one_order_is_reserved_once(self, ledgers: Ledgers) -> None:
        """One of eight repetitions of a request takes places, and all return the same order."""
        event = add_show(ledgers[0], new_show(10))
        wanted = new_reservation(event, 2)
        outcomes = of_type(all_at_once(ledgers, [reserving(wanted)] * 8), Change)
        assert len(outcomes) == 8
        assert len(with_availability(outcomes)) == 1
        assert {change.order for change in outcomes} == {order_of(ledgers[0], wanted.order_id)}
        assert event_of(ledgers[0], event.id).held == 2
        assert steps_of(ledgers[0], wanted.order_id) == [Step.RESERVED]

    def test_a_changing_capacity_never_oversells(self, ledgers: Ledgers) -> None:
        """A smaller capacity or a reservation is refused, if they exclude each other."""
        event = add_show(ledgers[0], new_show(20))

        def change_to(capacity: int) -> Callable[[Ledger], object]:
            return lambda ledger: ledger.events.change(event.id, EventChange(capacity=capacity), None, NOW)

        capacities = [5, 12, 18, 3, 15, 8, 25, 1]
        wanted = [new_reservation(event) for _ in range(24)]
        outcomes = all_at_once(ledgers, [*map(change_to, capacities), *map(reserving, wanted)])
        after = event_of(ledgers[0], event.id)
        for capacity, outcome in zip(capacities, outcomes, strict=False):
            assert isinstance(outcome, Event | CapacityInUse)
            assert not isinstance(outcome, CapacityInUse) or outcome.in_use > capacity
        assert after.held == len(with_availability(outcomes))
        assert after.revision == 1 + len(of_type(outcomes, Event))
        assert_conserved(ledgers[0], event)
        in_use = ledgers[0].events.change(event.id, EventChange(capacity=max(1, after.held - 1)), None, NOW)
        assert in_use == CapacityInUse(after.held) or after.held <= 1

    def test_one_revision_is_changed_once(self, ledgers: Ledgers) -> None:
        """One of eight admins with the same revision changes the event, and the others are told that theirs is stale."""
        event = add_show(ledgers[0], new_show())

        def rename(ledger: Ledger) -> object:
            return ledger.events.change(event.id, EventChange(name="Lear"), 1, NOW)

        outcomes = all_at_once(ledgers, [rename] * 8)
        assert of_type(outcomes, Event) == [event_of(ledgers[0], event.id)]
        assert len(of_type(outcomes, StaleVersion)) == 7


def _corrects(order: Order, customer: CustomerDigest) -> Callable[[Ledger], object]:
    return lambda ledger: changes.correct(ledger.orders, order.id, f"{customer}@example.com", customer, NOW)


def _corrects_and_returns(order: Order, customer: CustomerDigest) -> Callable[[Ledger], object]:
    def call(ledger: Ledger) -> object:
        outcome = _corrects(order, customer)(ledger)
        assert order.customer is not None
        changes.correct(ledger.orders, order.id, order.customer_email, order.customer, NOW)
        return outcome

    return call


def _reserves_and_cancels(event: Event) -> Callable[[Ledger], object]:
    def call(ledger: Ledger) -> object:
        outcome = ledger.orders.reserve(new_reservation(event), NOW)
        return changes.cancel(ledger.orders, outcome.order.id, NOW) if isinstance(outcome, Change) else outcome

    return call
