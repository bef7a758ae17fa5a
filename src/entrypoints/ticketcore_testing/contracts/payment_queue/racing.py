"""Concurrent calls of one payment queue, by the workers of several processes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ticketcore.ports import PaymentQueue, ReceivedMessage
from ticketcore.ports.payment_queue import VISIBILITY
from ticketcore_testing.concurrency import all_at_once, rounds
from ticketcore_testing.contracts.payment_queue.base import (
    EMPTY,
    QueueContract,
    drain,
    only,
    orders_of,
    published,
    receive_all,
)
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import NOW, new_order_id

WORKERS = 8


class RacingContract(QueueContract):
    """Call ``PaymentQueue`` from several threads.  Two calls are atomic if every interleaving equals one after the other."""

    def test_processes_share_their_messages(self, open_queue: Callable[[], PaymentQueue]) -> None:
        """A message that one process publishes is received by another, and is gone for both once it is done."""
        first, second = open_queue(), open_queue()
        (order_id,) = published(first)
        delivery = only(second.receive(10, NOW))
        assert delivery.order_id == order_id
        assert list(first.receive(10, NOW)) == []
        second.done([delivery])
        assert first.depth(NOW) == EMPTY

    def test_a_message_is_received_by_one_worker(self, open_queue: Callable[[], PaymentQueue]) -> None:
        """Eight workers of two processes receive every message once."""
        processes = [open_queue(), open_queue()]
        for _ in rounds(10):
            orders = published(processes[0], 40)
            workers = [partial(receive_often, processes[number % 2]) for number in range(WORKERS)]
            found = [delivery for deliveries in all_at_once(workers) for delivery in deliveries]
            found += receive_all(processes[0], NOW)
            assert orders_of(found) == sorted(orders)
            assert {delivery.receives for delivery in found} == {1}
            processes[0].done(found)

    def test_two_receives_of_one_message_are_atomic(self, queue: PaymentQueue) -> None:
        """A message is delivered to one of two workers, once."""

        def race() -> Race:
            published(queue)
            found: list[ReceivedMessage] = []
            return Race.of_one(lambda: found.extend(queue.receive(1, NOW)), lambda: drain(queue, NOW, found))

        assert_atomic(queue, race)

    def test_two_publishes_are_atomic(self, queue: PaymentQueue) -> None:
        """Both messages are delivered."""

        def race() -> Race:
            return Race.of_one(lambda: queue.publish([new_order_id()], NOW), lambda: drain(queue, NOW))

        assert_atomic(queue, race)

    def test_a_publish_and_a_done_are_atomic(self, queue: PaymentQueue) -> None:
        """The new message is delivered and the finished one is not."""

        def race() -> Race:
            published(queue)
            (finished,) = queue.receive(1, NOW)
            return Race(
                lambda: queue.publish([new_order_id()], NOW),
                lambda: queue.done([finished]),
                lambda: drain(queue, NOW + VISIBILITY),
            )

        assert_atomic(queue, race)

    def test_a_retry_and_a_receive_are_atomic(self, queue: PaymentQueue) -> None:
        """A message that is given back is delivered once more, to one worker."""

        def race() -> Race:
            published(queue)
            (delivery,) = queue.receive(1, NOW)
            found: list[ReceivedMessage] = []
            return Race(
                lambda: queue.retry(delivery, self.grain, NOW),
                lambda: found.extend(queue.receive(1, NOW)),
                lambda: drain(queue, NOW + self.grain, found),
            )

        assert_atomic(queue, race)


def receive_often(queue: PaymentQueue) -> list[ReceivedMessage]:
    return [delivery for _ in range(5) for delivery in queue.receive(3, NOW)]
