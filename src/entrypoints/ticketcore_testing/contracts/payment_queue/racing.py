"""Several workers on one queue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ticketcore.ports import PaymentQueue, ReceivedMessage
from ticketcore_testing.contracts.payment_queue.base import (
    EMPTY,
    QueueGround,
    everything_ready,
    only,
    orders_of,
    published,
)
from ticketcore_testing.samples import NOW

WORKERS = 8


class RacingContract(QueueGround):
    """Meet other workers."""

    def test_processes_share_their_messages(self, open_queue: Callable[[], PaymentQueue]) -> None:
        """What one publishes another receives, and what one is done with is gone for the other."""
        first, second = open_queue(), open_queue()
        (order_id,) = published(first)
        delivery = only(second.receive(10, NOW))
        assert delivery.order_id == order_id
        assert list(first.receive(10, NOW)) == []
        second.done(delivery)
        assert first.depth(NOW) == EMPTY

    def test_one_message_is_in_one_hand(self, open_queue: Callable[[], PaymentQueue]) -> None:
        """Eight workers of two processes find every message once."""
        processes = [open_queue(), open_queue()]
        orders = published(processes[0], 40)
        start = threading.Barrier(WORKERS)

        def work(number: int) -> list[ReceivedMessage]:
            start.wait(30)
            return [delivery for _ in range(5) for delivery in processes[number % 2].receive(3, NOW)]

        with ThreadPoolExecutor(WORKERS) as pool:
            found = [delivery for deliveries in pool.map(work, range(WORKERS)) for delivery in deliveries]
        found += everything_ready(processes[0], NOW)
        assert orders_of(found) == sorted(orders)
        assert {delivery.receives for delivery in found} == {1}
