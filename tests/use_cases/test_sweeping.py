"""Sweeping: expire due reservations, publish unsent messages, repair the counters."""

from __future__ import annotations

from datetime import timedelta

from tests.use_cases.harness import HOLD, BrokenQueue, office
from ticketcore import OrderStatus
from ticketcore.application.reconciling import Repair
from ticketcore.domain.availability import Availability
from ticketcore.domain.journal import Step
from ticketcore_memory import MemoryInventory
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
