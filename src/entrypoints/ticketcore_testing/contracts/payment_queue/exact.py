"""The contract of a queue that counts its messages exactly, beyond that of the port."""

from __future__ import annotations

from datetime import timedelta

from ticketcore.ports import PaymentQueue, QueueDepth, ReceivedMessage
from ticketcore.ports.payment_queue import VISIBILITY
from ticketcore_testing.contracts.payment_queue.base import (
    SECOND,
    QueueContract,
    drain,
    only,
    orders_of,
    published,
    wear_out,
)
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import MILLISECOND, NOW, new_order_id


class ExactContract(QueueContract):
    """Hold a queue to exact counts."""

    def test_a_receipt_that_was_given_back_is_old(self, queue: PaymentQueue) -> None:
        """It neither ends nor delays the message."""
        published(queue)
        delivery = only(queue.receive(10, NOW))
        queue.retry(delivery, SECOND, NOW)
        queue.retry(delivery, 10 * SECOND, NOW)
        queue.extend([delivery], NOW)
        queue.done([delivery])
        assert only(queue.receive(10, NOW + SECOND)).receives == 2

    def test_messages_of_one_order_can_be_in_flight_together(self, queue: PaymentQueue) -> None:
        """None is held back, and ending one does not end the others."""
        order_id = new_order_id()
        queue.publish([order_id] * 3, NOW)
        deliveries = queue.receive(10, NOW)
        assert orders_of(deliveries) == [order_id] * 3
        queue.done([deliveries[0]])
        assert len(queue.receive(10, NOW + VISIBILITY)) == 2

    def test_as_many_messages_are_delivered_as_the_limit_allows(self, queue: PaymentQueue) -> None:
        """One call returns all that are ready, up to its limit."""
        published(queue, 25)
        assert len(queue.receive(20, NOW)) == 20
        assert len(queue.receive(20, NOW)) == 5

    def test_a_delayed_message_is_waiting(self, queue: PaymentQueue) -> None:
        """It is waiting from the retry on, although it is not delivered yet."""
        published(queue)
        queue.retry(only(queue.receive(1, NOW)), SECOND, NOW + MILLISECOND)
        assert queue.depth(NOW + MILLISECOND) == QueueDepth(1, 0, 0, NOW)

    def test_depth_has_the_time_of_the_oldest_waiting_message(self, queue: PaymentQueue) -> None:
        """Messages in flight and dead letters do not count."""
        published(queue)
        wear_out(queue)
        hour = NOW + timedelta(hours=1)
        published(queue, at=hour)
        queue.receive(1, hour)
        published(queue, at=hour + 2 * SECOND)
        published(queue, at=hour + SECOND)
        assert queue.depth(hour + 2 * SECOND) == QueueDepth(2, 1, 1, hour + SECOND)

    def test_a_redriven_message_keeps_its_age(self, queue: PaymentQueue) -> None:
        """Its age counts from the first publication."""
        published(queue)
        now = wear_out(queue)
        queue.redrive(now)
        assert queue.depth(now) == QueueDepth(1, 0, 0, NOW)

    def test_a_receive_and_a_depth_are_atomic(self, queue: PaymentQueue) -> None:
        """Every message is counted once, as waiting or as in flight."""

        def race() -> Race:
            published(queue, 2)
            found: list[ReceivedMessage] = []
            return Race(
                lambda: found.extend(queue.receive(2, NOW)),
                lambda: queue.depth(NOW),
                lambda: drain(queue, NOW, found),
            )

        assert_atomic(queue, race)

    def test_two_redrives_are_atomic(self, queue: PaymentQueue) -> None:
        """A dead letter is put back once."""

        def race() -> Race:
            published(queue)
            end = wear_out(queue)
            return Race.of_one(lambda: queue.redrive(end), lambda: drain(queue, end))

        assert_atomic(queue, race)
