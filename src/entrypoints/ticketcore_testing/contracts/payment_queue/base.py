"""Base of the payment queue's suites.

A queue delivers in any order, so messages are compared as sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from ticketcore.domain.ids import OrderId
from ticketcore.ports import PaymentQueue, QueueDepth, ReceivedMessage
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_testing.samples import NOW, new_order_id

SECOND = timedelta(seconds=1)
EMPTY = QueueDepth(0, 0, 0, None)


class QueueContract:
    """Base of the suites over one queue; ``grain`` is the time to which it rounds up, zero if it is exact."""

    grain = timedelta(0)

    @pytest.fixture
    def open_queue(self) -> Callable[[], PaymentQueue]:
        """Return a function that opens one queue, empty at first, each time as another process would: the one fixture to override."""
        raise NotImplementedError("override open_queue")

    @pytest.fixture
    def queue(self, open_queue: Callable[[], PaymentQueue]) -> PaymentQueue:
        """Return an empty queue."""
        return open_queue()

    def rounded(self, after: timedelta) -> timedelta:
        """Return how long the queue hides a message for this delay."""
        return max(-(-after // self.grain), 1) * self.grain if self.grain else after


def published(queue: PaymentQueue, number: int = 1, at: datetime = NOW) -> list[OrderId]:
    """Publish a message for each of so many orders, and return the orders."""
    orders = [new_order_id() for _ in range(number)]
    queue.publish(orders, at)
    return orders


def only(deliveries: Sequence[ReceivedMessage]) -> ReceivedMessage:
    (delivery,) = deliveries
    return delivery


def receive_all(queue: PaymentQueue, now: datetime) -> list[ReceivedMessage]:
    """Receive until nothing is left: a queue may deliver fewer messages than the limit."""
    deliveries: list[ReceivedMessage] = []
    while some := queue.receive(100, now):
        deliveries += some
    return deliveries


def drain(queue: PaymentQueue, now: datetime, received: Sequence[ReceivedMessage] = ()) -> list[int]:
    """Finish these messages and all that are ready, and return how often each was received."""
    deliveries = [*received, *receive_all(queue, now)]
    queue.done(deliveries)
    return sorted(delivery.receives for delivery in deliveries)


def counts(queue: PaymentQueue, now: datetime) -> tuple[int, int, int]:
    """Return the numbers of waiting, in-flight and dead messages; not every queue knows when they were published."""
    depth = queue.depth(now)
    return depth.waiting, depth.in_flight, depth.dead


def orders_of(deliveries: Sequence[ReceivedMessage]) -> list[OrderId]:
    return sorted(delivery.order_id for delivery in deliveries)


def wear_out(queue: PaymentQueue, number: int = 1, start: datetime = NOW) -> datetime:
    """Receive so many messages until they are dead letters, and return the time."""
    now = start
    for _ in range(MAX_RECEIVES):
        assert len(queue.receive(number, now)) == number
        now += VISIBILITY
    assert list(queue.receive(number, now)) == []
    return now
