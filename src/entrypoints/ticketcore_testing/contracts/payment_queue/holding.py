"""Receipts: a message in flight is hidden, and its receipt ends, extends or gives it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.ports import PaymentQueue, QueueDepth
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_testing.contracts.payment_queue.base import (
    EMPTY,
    SECOND,
    QueueContract,
    counts,
    only,
    published,
    receive_all,
)
from ticketcore_testing.samples import MILLISECOND, NOW


class HoldingContract(QueueContract):
    """Hold ``done``, ``extend`` and ``retry`` to their contract."""

    def test_a_received_message_is_hidden_for_its_visibility(self, queue: PaymentQueue) -> None:
        """It is delivered again at the millisecond at which its visibility ends, and not before."""
        (order_id,) = published(queue)
        first = only(queue.receive(10, NOW))
        assert list(queue.receive(10, NOW)) == []
        assert list(queue.receive(10, NOW + VISIBILITY - MILLISECOND)) == []
        second = only(queue.receive(10, NOW + VISIBILITY))
        assert (second.order_id, second.receives) == (order_id, 2)
        assert second.receipt != first.receipt

    def test_each_delivery_hides_a_message_again(self, queue: PaymentQueue) -> None:
        """The visibility counts from the last delivery."""
        published(queue)
        queue.receive(10, NOW)
        queue.receive(10, NOW + VISIBILITY + SECOND)
        assert list(queue.receive(10, NOW + 2 * VISIBILITY + SECOND - MILLISECOND)) == []
        assert only(queue.receive(10, NOW + 2 * VISIBILITY + SECOND)).receives == 3

    def test_a_message_that_is_done_never_comes_back(self, queue: PaymentQueue) -> None:
        """It is removed, and the others stay."""
        published(queue, 2)
        done, kept = queue.receive(10, NOW)
        queue.done([done])
        assert only(queue.receive(10, NOW + VISIBILITY)).order_id == kept.order_id

    def test_done_can_be_repeated(self, queue: PaymentQueue) -> None:
        """It is idempotent, also when the same order has a new message."""
        published(queue)
        delivery = only(queue.receive(10, NOW))
        queue.done([delivery])
        queue.publish([delivery.order_id], NOW)
        queue.done([delivery])
        assert only(queue.receive(10, NOW)).receives == 1

    def test_an_old_receipt_ends_nothing(self, queue: PaymentQueue) -> None:
        """A worker that was too slow does not end the message for the worker that has it now."""
        published(queue)
        old = only(queue.receive(10, NOW))
        new = only(queue.receive(10, NOW + VISIBILITY))
        queue.done([old])
        assert queue.depth(NOW + VISIBILITY) == QueueDepth(0, 1, 0, None)
        queue.done([new])
        assert queue.depth(NOW + VISIBILITY) == EMPTY

    def test_a_worker_that_is_late_but_alone_can_be_done(self, queue: PaymentQueue) -> None:
        """A receipt is valid until the message is delivered again."""
        published(queue)
        delivery = only(queue.receive(10, NOW))
        queue.done([delivery])
        assert list(queue.receive(10, NOW + 2 * VISIBILITY)) == []

    def test_an_extended_message_stays_hidden(self, queue: PaymentQueue) -> None:
        """It is delivered when its new visibility ends, to the millisecond, and not when the first one does."""
        published(queue)
        extended = NOW + 10 * SECOND
        queue.extend([only(queue.receive(10, NOW))], extended)
        assert list(queue.receive(10, NOW + VISIBILITY)) == []
        assert list(queue.receive(10, extended + VISIBILITY - MILLISECOND)) == []
        assert only(queue.receive(10, extended + VISIBILITY)).receives == 2

    def test_a_message_can_be_extended_again_and_again(self, queue: PaymentQueue) -> None:
        """The receipt stays valid until the message is delivered again, and can end it."""
        published(queue)
        delivery = only(queue.receive(10, NOW))
        for number in range(1, 10):
            queue.extend([delivery], NOW + number * 10 * SECOND)
        now = NOW + 100 * SECOND
        assert list(queue.receive(10, now)) == []
        queue.done([delivery])
        assert queue.depth(now) == EMPTY

    def test_several_messages_are_done_at_once(self, queue: PaymentQueue) -> None:
        """An old receipt among them is ignored, the others end, and no message that is not among them does."""
        published(queue, 4)
        received = receive_all(queue, NOW)
        queue.done(received[:1])
        queue.done(received[:3])
        assert counts(queue, NOW) == (0, 1, 0)
        assert only(queue.receive(10, NOW + VISIBILITY)).order_id == received[3].order_id

    def test_more_messages_are_done_than_a_queue_may_deliver_at_once(self, queue: PaymentQueue) -> None:
        """All of them end; an empty list is accepted, too."""
        published(queue, 25)
        queue.done([])
        queue.done(receive_all(queue, NOW))
        assert queue.depth(NOW) == EMPTY

    def test_several_messages_are_extended_at_once(self, queue: PaymentQueue) -> None:
        """An old receipt among them is ignored; an empty list is accepted, too."""
        published(queue, 3)
        received = receive_all(queue, NOW)
        queue.done(received[:1])
        queue.extend([], NOW)
        queue.extend(received, NOW + 10 * SECOND)
        assert list(queue.receive(10, NOW + VISIBILITY)) == []
        assert len(receive_all(queue, NOW + 10 * SECOND + VISIBILITY)) == 2

    def test_extending_one_message_hides_no_other(self, queue: PaymentQueue) -> None:
        """The others are delivered when their own visibility ends."""
        published(queue, 2)
        extended, other = queue.receive(10, NOW)
        queue.extend([extended], NOW + SECOND)
        assert only(queue.receive(10, NOW + VISIBILITY)).order_id == other.order_id

    def test_an_old_receipt_extends_nothing(self, queue: PaymentQueue) -> None:
        """It neither hides a message from other workers nor restores one that is done."""
        published(queue)
        old = only(queue.receive(10, NOW))
        new = only(queue.receive(10, NOW + VISIBILITY))
        queue.extend([old], NOW + VISIBILITY + 10 * SECOND)
        newest = only(queue.receive(10, NOW + 2 * VISIBILITY))
        assert newest.receives == 3
        queue.done([newest])
        queue.extend([new], NOW + 2 * VISIBILITY)
        queue.extend([newest], NOW + 2 * VISIBILITY)
        assert queue.depth(NOW + 2 * VISIBILITY) == EMPTY

    def test_a_message_in_its_last_delivery_can_be_extended(self, queue: PaymentQueue) -> None:
        """It is in flight until the new visibility ends, and then becomes a dead letter."""
        published(queue)
        deliveries = [only(queue.receive(10, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
        extended = NOW + MAX_RECEIVES * VISIBILITY - SECOND
        queue.extend([deliveries[-1]], extended)
        assert list(queue.receive(10, extended + VISIBILITY - MILLISECOND)) == []
        assert counts(queue, extended + VISIBILITY - MILLISECOND) == (0, 1, 0)
        assert list(queue.receive(10, extended + VISIBILITY)) == []
        assert counts(queue, extended + VISIBILITY) == (0, 0, 1)

    @pytest.mark.parametrize("after", [timedelta(0), MILLISECOND, SECOND, VISIBILITY + SECOND], ids=str)
    def test_a_retried_message_is_delivered_after_its_delay(self, queue: PaymentQueue, after: timedelta) -> None:
        """The delay is exact to the millisecond and may be shorter or longer than the visibility."""
        published(queue)
        now = NOW + SECOND
        queue.retry(only(queue.receive(10, NOW)), after, now)
        ready = now + self.rounded(after)
        assert list(queue.receive(10, ready - MILLISECOND)) == []
        assert only(queue.receive(10, ready)).receives == 2

    def test_an_old_receipt_gives_nothing_back(self, queue: PaymentQueue) -> None:
        """It neither gives back a message that another worker has nor restores one that is done."""
        published(queue)
        old = only(queue.receive(10, NOW))
        new = only(queue.receive(10, NOW + VISIBILITY))
        queue.retry(old, timedelta(0), NOW + VISIBILITY)
        assert list(queue.receive(10, NOW + VISIBILITY)) == []
        queue.done([new])
        queue.retry(new, timedelta(0), NOW + VISIBILITY)
        assert queue.depth(NOW + VISIBILITY) == EMPTY
