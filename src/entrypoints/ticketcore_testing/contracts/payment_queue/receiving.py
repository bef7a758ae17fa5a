"""The contract of ``publish``, ``receive`` and ``depth``."""

from __future__ import annotations

from ticketcore.ports import PaymentQueue
from ticketcore.ports.payment_queue import VISIBILITY
from ticketcore_testing.contracts.payment_queue.base import (
    EMPTY,
    SECOND,
    QueueContract,
    counts,
    only,
    orders_of,
    published,
    receive_all,
)
from ticketcore_testing.samples import MILLISECOND, NOW, new_order_id


class ReceivingContract(QueueContract):
    """Hold ``publish``, ``receive`` and ``depth`` to their contract."""

    def test_an_empty_queue_delivers_nothing(self, queue: PaymentQueue) -> None:
        """It has nothing to receive, to count or to redrive."""
        assert list(queue.receive(10, NOW)) == []
        assert queue.depth(NOW) == EMPTY
        assert queue.redrive(NOW) == 0

    def test_publishing_nothing_delivers_nothing(self, queue: PaymentQueue) -> None:
        """An empty list is accepted."""
        queue.publish([], NOW)
        assert queue.depth(NOW) == EMPTY

    def test_a_message_is_delivered_at_once(self, queue: PaymentQueue) -> None:
        """It is ready from the time of its publication on, and counted as its first delivery."""
        (order_id,) = published(queue)
        delivery = only(queue.receive(10, NOW))
        assert (delivery.order_id, delivery.receives) == (order_id, 1)

    def test_messages_are_delivered_once_each(self, queue: PaymentQueue) -> None:
        """Every message is delivered, with a receipt of its own."""
        orders = published(queue, 25)
        deliveries = receive_all(queue, NOW)
        assert orders_of(deliveries) == sorted(orders)
        assert len({delivery.receipt for delivery in deliveries}) == 25

    def test_at_most_limit_messages_are_delivered(self, queue: PaymentQueue) -> None:
        """The others are left for the next call."""
        orders = published(queue, 5)
        first, second, third = queue.receive(2, NOW), queue.receive(2, NOW), queue.receive(2, NOW)
        assert [len(first), len(second), len(third)] == [2, 2, 1]
        assert orders_of([*first, *second, *third]) == sorted(orders)

    def test_publishing_twice_delivers_twice(self, queue: PaymentQueue) -> None:
        """Messages of one order are separate: ending one does not end the other."""
        order_id = new_order_id()
        queue.publish([order_id], NOW)
        queue.publish([order_id, order_id], NOW)
        for _ in range(3):
            delivery = only(queue.receive(1, NOW))
            assert (delivery.order_id, delivery.receives) == (order_id, 1)
            queue.done([delivery])
        assert queue.depth(NOW) == EMPTY

    def test_depth_has_waiting_and_in_flight_messages(self, queue: PaymentQueue) -> None:
        """A message is waiting until it is received, and again when its visibility has ended."""
        published(queue, 3)
        queue.receive(2, NOW)
        assert counts(queue, NOW) == (1, 2, 0)
        assert counts(queue, NOW + VISIBILITY - MILLISECOND) == (1, 2, 0)
        assert counts(queue, NOW + VISIBILITY) == (3, 0, 0)

    def test_a_message_that_was_given_back_is_counted(self, queue: PaymentQueue) -> None:
        """It is waiting or in flight until it is ready, and then waiting."""
        published(queue)
        queue.retry(only(queue.receive(1, NOW)), 10 * SECOND, NOW)
        waiting, in_flight, dead = counts(queue, NOW + SECOND)
        assert (waiting + in_flight, dead) == (1, 0)
        assert counts(queue, NOW + 10 * SECOND) == (1, 0, 0)

    def test_depth_changes_nothing(self, queue: PaymentQueue) -> None:
        """``depth`` and ``check`` are reads."""
        published(queue, 2)
        queue.receive(1, NOW)
        before = queue.depth(NOW)
        queue.check()
        assert queue.depth(NOW) == before
        assert only(queue.receive(10, NOW)).receives == 1
