"""What the machine has found, each in its shortest form."""

from __future__ import annotations

from datetime import timedelta

from tests.laws.harnesses import memory_harness
from ticketcore import EventDraft, LiveEvent, Order, OrderStatus, Organiser
from ticketcore.domain.refusals import OrderNotPaid


def test_a_refused_refund_tells_the_status_of_this_moment() -> None:
    """Past its deadline a reservation is shown as expired, also before a sweep."""
    harness = memory_harness()
    begin = harness.clock.now() + timedelta(hours=1)
    organiser = Organiser(harness.box_office.ports)
    live = organiser.create_event(EventDraft("Show", begin, "Hall", 1, "1.00"))
    assert isinstance(live, LiveEvent)
    order = harness.box_office.reserve(live.event.id, 1, "ann@example.com")
    assert isinstance(order, Order)

    harness.clock.move(harness.box_office.hold)

    seen = harness.box_office.order(order.id)
    assert isinstance(seen, Order)
    assert seen.status is OrderStatus.EXPIRED
    assert organiser.refund(order.id) == OrderNotPaid(seen.status.value)
