"""Messages that are received too often become dead letters, which can be redriven."""

from __future__ import annotations

from datetime import timedelta

from ticketcore.ports import PaymentQueue
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_testing.contracts.payment_queue.base import (
    EMPTY,
    SECOND,
    QueueContract,
    counts,
    only,
    orders_of,
    published,
    wear_out,
)
from ticketcore_testing.samples import MILLISECOND, NOW


class DeadLettersContract(QueueContract):
    """Hold dead letters and ``redrive`` to their contract."""

    def test_a_message_is_delivered_a_limited_number_of_times(self, queue: PaymentQueue) -> None:
        """When it would be delivered once more it becomes a dead letter."""
        published(queue)
        counted = []
        for delivery_number in range(MAX_RECEIVES):
            counted.append(only(queue.receive(10, NOW + delivery_number * VISIBILITY)).receives)
        end = NOW + MAX_RECEIVES * VISIBILITY
        assert counted == list(range(1, MAX_RECEIVES + 1))
        assert counts(queue, end - MILLISECOND) == (0, 1, 0)
        assert list(queue.receive(10, end)) == []
        assert counts(queue, end) == (0, 0, 1)
        assert list(queue.receive(10, end + timedelta(days=1))) == []

    def test_a_message_that_is_given_back_too_often_becomes_a_dead_letter(self, queue: PaymentQueue) -> None:
        """A retry counts like an ended visibility."""
        published(queue)
        now = NOW
        for _ in range(MAX_RECEIVES):
            queue.retry(only(queue.receive(10, now)), timedelta(0), now)
            now += self.grain
        assert list(queue.receive(10, now)) == []
        assert counts(queue, now) == (0, 0, 1)

    def test_the_last_delivery_can_still_be_done(self, queue: PaymentQueue) -> None:
        """A message that is done in time does not become a dead letter."""
        published(queue)
        deliveries = [only(queue.receive(10, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
        queue.done([deliveries[-1]])
        assert list(queue.receive(10, NOW + 9 * VISIBILITY)) == []
        assert queue.depth(NOW + 9 * VISIBILITY) == EMPTY

    def test_a_dead_letter_has_no_receipt(self, queue: PaymentQueue) -> None:
        """The last receipt cannot end it, extend it or give it back."""
        published(queue)
        *_, last = [only(queue.receive(10, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
        end = NOW + MAX_RECEIVES * VISIBILITY
        assert list(queue.receive(10, end)) == []
        queue.done([last])
        queue.extend([last], end)
        queue.retry(last, timedelta(0), end)
        assert counts(queue, end + SECOND) == (0, 0, 1)
        assert queue.redrive(end + SECOND) == 1
        assert only(queue.receive(10, end + SECOND)).receives == 1

    def test_dead_letters_do_not_count_against_the_limit(self, queue: PaymentQueue) -> None:
        """Neither do messages that become dead letters with this call."""
        published(queue, 3)
        for delivery_number in range(MAX_RECEIVES):
            queue.receive(3, NOW + delivery_number * VISIBILITY)
        end = NOW + MAX_RECEIVES * VISIBILITY
        (alive,) = published(queue, at=end)
        assert only(queue.receive(1, end)).order_id == alive
        assert counts(queue, end) == (0, 1, 3)

    def test_redriven_messages_start_over(self, queue: PaymentQueue) -> None:
        """They are delivered at once, counted from 1, and as many times as a new message."""
        orders = published(queue, 3)
        now = wear_out(queue, 3)
        assert queue.redrive(now) == 3
        assert queue.redrive(now) == 0
        assert counts(queue, now) == (3, 0, 0)
        deliveries = queue.receive(10, now)
        assert orders_of(deliveries) == sorted(orders)
        assert {delivery.receives for delivery in deliveries} == {1}

    def test_a_redriven_message_can_become_a_dead_letter_again(self, queue: PaymentQueue) -> None:
        """It does after as many deliveries as the first time."""
        published(queue)
        now = wear_out(queue)
        queue.redrive(now)
        now = wear_out(queue, start=now)
        assert counts(queue, now) == (0, 0, 1)

    def test_redriving_leaves_other_messages_unchanged(self, queue: PaymentQueue) -> None:
        """Messages in flight stay hidden and keep their count."""
        published(queue)
        now = wear_out(queue)
        published(queue, at=now)
        queue.receive(1, now)
        assert queue.redrive(now) == 1
        assert only(queue.receive(10, now + MILLISECOND)).receives == 1
        assert {delivery.receives for delivery in queue.receive(10, now + VISIBILITY + MILLISECOND)} == {2}

    def test_receipts_from_before_a_redrive_are_old(self, queue: PaymentQueue) -> None:
        """They end nothing and give nothing back."""
        published(queue)
        receipts = [only(queue.receive(1, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
        now = NOW + MAX_RECEIVES * VISIBILITY
        queue.receive(1, now)
        queue.redrive(now)
        for delivery in receipts:
            queue.done([delivery])
            queue.extend([delivery], now)
            queue.retry(delivery, 10 * SECOND, now)
        assert counts(queue, now) == (1, 0, 0)
        assert only(queue.receive(1, now)).receives == 1
