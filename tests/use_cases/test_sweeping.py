"""Sweeping: expire due reservations, publish unsent messages, repair the counters."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from tests.use_cases.harness import BUYER, HOLD, MILLISECOND, BrokenQueue, Office, office
from ticketcore import BoxOffice, OrderStatus, accepted
from ticketcore.application.reconciling import Repair
from ticketcore.domain.availability import Availability
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId
from ticketcore.domain.journal import Step
from ticketcore.ports import Counter
from ticketcore_memory import MemoryInventory, NoInventory
from ticketcore_testing.samples import OPEN


def test_a_sweep_expires_all_that_is_due() -> None:
    """Every reservation past its deadline is expired once; one that is processing is left alone."""
    place = office(1000)
    due = [place.reserve() for _ in range(250)]
    paying = place.reserve()
    place.box_office.pay(paying.id, "tok_down")
    place.clock.move(HOLD)

    assert place.box_office.sweep().expired == 250
    assert place.box_office.sweep().expired == 0

    assert {place.order(order).status for order in due} == {OrderStatus.EXPIRED}
    assert place.order(paying).status is OrderStatus.PROCESSING
    place.check()


def test_a_sweep_names_and_repairs_a_wrong_counter() -> None:
    """A counter that was set back is reported with its drift and agrees with the ledger afterwards."""
    inventory = MemoryInventory()
    place = office(10, inventory=inventory)
    place.reserve(4)
    inventory.reset(Availability(place.event_id, 0, 10), OPEN, place.clock.now())

    assert place.box_office.sweep().repaired == (Repair(place.event_id, 4),)

    place.check()
    assert place.box_office.sweep().repaired == ()


def test_a_sweep_makes_a_counter_that_is_gone() -> None:
    """An emptied inventory is filled again from the ledger."""
    inventory = MemoryInventory()
    place = office(10, inventory=inventory)
    place.reserve(4)
    inventory.drop(place.event_id)

    assert place.box_office.sweep().repaired == (Repair(place.event_id, None),)
    assert place.available == 6


def test_a_dead_letter_is_tried_again_each_day() -> None:
    """A sweep publishes one new message for an order in which nothing has happened for a day."""
    place = office()
    order = place.reserve()
    place.box_office.pay(order.id, "tok_down")
    for _ in range(5):
        place.box_office.work()
        place.clock.move(timedelta(minutes=1))
    assert place.messages == 0

    place.clock.move(timedelta(hours=23))
    place.box_office.sweep()
    assert place.messages == 0
    place.clock.move(timedelta(hours=1))
    place.box_office.sweep()
    place.box_office.sweep()
    assert place.messages == 1
    assert place.organiser.explain(order.id)[-1].step is Step.REMINDED


def test_a_queue_out_of_reach_keeps_no_sweep_from_its_other_work() -> None:
    """With the queue down reservations still expire, and the message is published when it is back."""
    queue = BrokenQueue()
    place = office(payment_queue=queue)
    place.box_office.pay(place.reserve().id, "tok_approved")
    place.reserve(2)
    place.clock.move(HOLD)

    report = place.box_office.sweep()

    assert (report.expired, report.published) == (2, 0)
    queue.broken = False
    assert place.box_office.sweep().published == 1


# Several processes

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=6)


def process(place: Office) -> BoxOffice:
    """Return the box office of another process over the same stores, whose reservations last for a second."""
    return BoxOffice(place.box_office.ports, SECOND)


def abandon(place: Office, box_office: BoxOffice) -> None:
    """Reserve a place and let its deadline pass."""
    accepted(box_office.reserve(place.event_id, 1, BUYER))
    place.clock.move(SECOND)


def test_one_of_several_processes_sweeps() -> None:
    """The first one goes on as long as it sweeps, and another finds the lease taken, whatever is due."""
    place = office(100, inventory=NoInventory())
    first, second = process(place), process(place)
    first.sweep_in_turn()
    for _ in range(10):
        abandon(place, second)
        assert second.sweep_in_turn().expired == 0
        assert first.sweep_in_turn().expired == 1


def test_a_process_that_died_is_replaced() -> None:
    """Another one sweeps six seconds after its last sweep, and not before."""
    place = office(inventory=NoInventory())
    first, second = process(place), process(place)
    first.sweep_in_turn()
    abandon(place, second)
    place.clock.move(LEASE - SECOND - MILLISECOND)
    assert second.sweep_in_turn().expired == 0
    place.clock.move(MILLISECOND)
    assert second.sweep_in_turn().expired == 1


def test_a_counter_is_repaired_by_the_process_whose_buyers_ask_for_it() -> None:
    """It does not wait for the process that sweeps, which does not know of them."""
    inventory = MemoryInventory()
    place = office(10, inventory=inventory)
    first, second = process(place), process(place)
    first.sweep_in_turn()
    inventory.drop(place.event_id)
    assert second.sweep_in_turn().repaired == ()
    accepted(second.reserve(place.event_id, 1, BUYER))
    inventory.drop(place.event_id)
    assert second.sweep_in_turn().repaired == (Repair(place.event_id, None),)


def test_counters_out_of_reach_are_left_to_the_next_sweep_of_their_process() -> None:
    """A process without the lease does not fail because of them."""

    class Lost(MemoryInventory):
        def counters(self, event_ids: Collection[EventId], now: datetime) -> dict[EventId, Counter]:
            raise Unavailable("inventory", "down")

    place = office(10, inventory=Lost())
    first, second = process(place), process(place)
    first.sweep_in_turn()
    accepted(second.reserve(place.event_id, 1, BUYER))
    assert second.sweep_in_turn().repaired == ()


def test_sweeps_at_the_same_time_do_no_harm() -> None:
    """A process that is slower than its lease sweeps beside the next one: each step is done once."""
    place = office(100)
    for _ in range(8):
        place.reserve()
    place.clock.move(HOLD)
    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(BoxOffice.sweep, [process(place) for _ in range(4)]))
    assert sum(report.expired for report in reports) == 8
    place.check()


def test_buyers_are_forgotten_once_an_hour() -> None:
    """A look goes over all events that are over, which a sweep every two seconds cannot afford."""
    place = office()
    keeping = BoxOffice(place.box_office.ports, HOLD, timedelta(days=10))
    place.sold()
    place.clock.move(timedelta(days=40))
    assert keeping.sweep_in_turn().forgotten == 0
    place.clock.move(timedelta(minutes=59))
    assert keeping.sweep_in_turn().forgotten == 0
    place.clock.move(timedelta(minutes=1))
    assert keeping.sweep_in_turn().forgotten == 1
