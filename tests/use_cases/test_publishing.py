"""Publishing the outbox: at once, or many together in another thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import attrs
import pytest

from tests.use_cases.harness import HOLD, Office, office
from ticketcore import OrderStatus, accepted
from ticketcore.application.publishing import Publisher
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore_memory import MemoryPaymentQueue


@attrs.define(eq=False)
class CountedQueue(MemoryPaymentQueue):
    """A queue that notes how many messages came together."""

    batches: list[int] = attrs.field(factory=list)

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        self.batches.append(len(order_ids))
        super().publish(order_ids, now)


class LostQueue(MemoryPaymentQueue):
    """A queue out of reach."""

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> NoReturn:
        raise Unavailable("payment queue", "down")


def paid_elsewhere(place: Office, number: int) -> Publisher:
    """Confirm the payments of so many orders, and return the publisher that has their messages."""
    publisher = place.box_office.publisher = Publisher(place.box_office.ports, lambda: None)
    for _ in range(number):
        order = accepted(place.box_office.pay(place.reserve().id, "tok_approved"))
        assert order.status is OrderStatus.PROCESSING
    return publisher


def test_without_a_publisher_a_message_is_published_at_once() -> None:
    """As in a Lambda function, which stands still between two requests."""
    place = office(10)
    accepted(place.box_office.pay(place.reserve().id, "tok_approved"))
    assert place.messages == 1


def test_a_publisher_publishes_many_together() -> None:
    """None is published before, and none is left; then there is nothing to publish."""
    queue = CountedQueue()
    place = office(10, payment_queue=queue)
    publisher = paid_elsewhere(place, 3)
    assert queue.batches == []
    publisher.publish()
    publisher.publish()
    assert queue.batches == [3]
    assert place.box_office.ports.outbox.pending(10) == ()


def test_a_publisher_tells_the_counter_that_reservations_have_ended() -> None:
    """Nothing is due at their deadlines then; until it does, the ledger is asked, and nothing expires."""
    place = office(10)
    publisher = paid_elsewhere(place, 2)
    place.clock.move(HOLD)
    assert may_be_due(place)
    publisher.publish()
    assert not may_be_due(place)
    place.box_office.sweep()
    assert place.available == 8


def may_be_due(place: Office) -> bool:
    """Return whether the counter says that reservations may have passed their deadline."""
    event_id = place.event_id
    return place.box_office.ports.inventory.counters([event_id], place.clock.now())[event_id].may_be_due


@pytest.mark.parametrize("is_published", [False, True])
def test_what_a_publisher_loses_is_published_by_a_sweep(is_published: bool) -> None:
    """Its process may end before, or the queue be out of reach."""
    place = office(10, payment_queue=LostQueue() if is_published else MemoryPaymentQueue())
    publisher = paid_elsewhere(place, 2)
    if is_published:
        publisher.publish()
    assert len(place.box_office.ports.outbox.pending(10)) == 2
    recovered = office_with(place, MemoryPaymentQueue())
    recovered.box_office.sweep()
    assert recovered.messages == 2


def test_a_publisher_says_that_there_is_something_to_publish() -> None:
    """Its thread need not look all the time."""
    place, woken = office(10), []
    place.box_office.publisher = Publisher(place.box_office.ports, lambda: woken.append(place.messages))
    accepted(place.box_office.pay(place.reserve().id, "tok_approved"))
    assert woken == [0]


def test_the_messages_that_wait_are_bounded() -> None:
    """What comes beyond is left to the sweep."""
    place = office(10)
    publisher = paid_elsewhere(place, 1)
    for number in range(20_000):
        publisher.add(OrderId(f"order {number}"))
    publisher.publish()
    assert place.messages == 0
    place.box_office.sweep()
    assert place.messages == 1


def office_with(place: Office, queue: MemoryPaymentQueue) -> Office:
    """Return the same office with another queue."""
    return attrs.evolve(
        place, box_office=type(place.box_office)(attrs.evolve(place.box_office.ports, payment_queue=queue))
    )
