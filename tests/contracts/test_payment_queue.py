"""What the port of the payment queue promises, over every queue of a ledger.

A queue delivers in any order, so deliveries are compared as sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from tests.contracts.ledgers import MILLISECOND, NOW, Ledger, new_order_id
from ticketcore.ids import OrderId
from ticketcore.ports import Delivery, PaymentQueue, QueueDepth
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY

SECOND = timedelta(seconds=1)
EMPTY = QueueDepth(0, 0, 0, None)


@pytest.fixture
def queue(ledger: Ledger) -> PaymentQueue:
    """Answer an empty queue."""
    return ledger.payment_queue


def published(queue: PaymentQueue, number: int = 1, at: datetime = NOW) -> list[OrderId]:
    """Publish a message for each of so many orders."""
    orders = [new_order_id() for _ in range(number)]
    queue.publish(orders, at)
    return orders


def only(deliveries: Sequence[Delivery]) -> Delivery:
    (delivery,) = deliveries
    return delivery


def orders_of(deliveries: Sequence[Delivery]) -> list[OrderId]:
    return sorted(delivery.order_id for delivery in deliveries)


def wear_out(queue: PaymentQueue, number: int = 1, start: datetime = NOW) -> datetime:
    """Receive so many messages as often as they are delivered; answer when they are dead letters."""
    now = start
    for _ in range(MAX_RECEIVES):
        assert len(queue.receive(number, now)) == number
        now += VISIBILITY
    assert list(queue.receive(number, now)) == []
    return now


# publish, receive


def test_an_empty_queue_delivers_nothing(queue: PaymentQueue) -> None:
    """There is nothing to receive, to count or to redrive."""
    assert list(queue.receive(10, NOW)) == []
    assert queue.depth(NOW) == EMPTY
    assert queue.redrive(NOW) == 0


def test_publishing_nothing_delivers_nothing(queue: PaymentQueue) -> None:
    """An empty list is as good as none."""
    queue.publish([], NOW)
    assert queue.depth(NOW) == EMPTY


def test_a_message_is_delivered_at_once(queue: PaymentQueue) -> None:
    """It is there from the moment on at which it was published, and is its first delivery."""
    (order_id,) = published(queue)
    delivery = only(queue.receive(10, NOW))
    assert (delivery.order_id, delivery.receives) == (order_id, 1)


def test_messages_are_delivered_once_each(queue: PaymentQueue) -> None:
    """Every message comes, each with a receipt of its own."""
    orders = published(queue, 25)
    deliveries = queue.receive(100, NOW)
    assert orders_of(deliveries) == sorted(orders)
    assert len({delivery.receipt for delivery in deliveries}) == 25


def test_at_most_limit_messages_are_delivered(queue: PaymentQueue) -> None:
    """The others stay for the next caller."""
    orders = published(queue, 5)
    first, second, third = queue.receive(2, NOW), queue.receive(2, NOW), queue.receive(2, NOW)
    assert [len(first), len(second), len(third)] == [2, 2, 1]
    assert orders_of([*first, *second, *third]) == sorted(orders)


def test_publishing_twice_delivers_twice(queue: PaymentQueue) -> None:
    """Each message of an order is one of its own: one that is done does not end the other."""
    order_id = new_order_id()
    queue.publish([order_id], NOW)
    queue.publish([order_id, order_id], NOW)
    deliveries = queue.receive(10, NOW)
    assert orders_of(deliveries) == [order_id] * 3
    queue.done(deliveries[0])
    assert len(queue.receive(10, NOW + VISIBILITY)) == 2


# visibility


def test_a_received_message_is_hidden_for_its_visibility(queue: PaymentQueue) -> None:
    """It is delivered again at the millisecond at which its visibility ends, and not before."""
    (order_id,) = published(queue)
    first = only(queue.receive(10, NOW))
    assert list(queue.receive(10, NOW)) == []
    assert list(queue.receive(10, NOW + VISIBILITY - MILLISECOND)) == []
    second = only(queue.receive(10, NOW + VISIBILITY))
    assert (second.order_id, second.receives) == (order_id, 2)
    assert second.receipt != first.receipt


def test_each_delivery_hides_a_message_anew(queue: PaymentQueue) -> None:
    """The visibility counts from the last delivery."""
    published(queue)
    queue.receive(10, NOW)
    queue.receive(10, NOW + VISIBILITY + SECOND)
    assert list(queue.receive(10, NOW + 2 * VISIBILITY + SECOND - MILLISECOND)) == []
    assert only(queue.receive(10, NOW + 2 * VISIBILITY + SECOND)).receives == 3


# done


def test_a_message_that_is_done_never_comes_back(queue: PaymentQueue) -> None:
    """Nothing is left of it; the others stay."""
    published(queue, 2)
    done, kept = queue.receive(10, NOW)
    queue.done(done)
    assert only(queue.receive(10, NOW + VISIBILITY)).order_id == kept.order_id


def test_done_can_be_repeated(queue: PaymentQueue) -> None:
    """The second time nothing happens, also when the same order has a new message."""
    published(queue)
    delivery = only(queue.receive(10, NOW))
    queue.done(delivery)
    queue.publish([delivery.order_id], NOW)
    queue.done(delivery)
    assert only(queue.receive(10, NOW)).receives == 1


def test_an_old_receipt_ends_nothing(queue: PaymentQueue) -> None:
    """Who was too slow does not take the message from who has it now."""
    published(queue)
    old = only(queue.receive(10, NOW))
    new = only(queue.receive(10, NOW + VISIBILITY))
    queue.done(old)
    assert queue.depth(NOW + VISIBILITY) == QueueDepth(0, 1, 0, None)
    queue.done(new)
    assert queue.depth(NOW + VISIBILITY) == EMPTY


def test_a_worker_that_is_late_but_alone_can_be_done(queue: PaymentQueue) -> None:
    """A receipt is not old before the message was delivered again."""
    published(queue)
    delivery = only(queue.receive(10, NOW))
    queue.done(delivery)
    assert list(queue.receive(10, NOW + 2 * VISIBILITY)) == []


# retry


@pytest.mark.parametrize("after", [timedelta(0), MILLISECOND, SECOND, VISIBILITY + SECOND], ids=str)
def test_a_message_that_is_given_back_comes_after_a_while(queue: PaymentQueue, after: timedelta) -> None:
    """To the millisecond, sooner or later than its visibility would have ended."""
    published(queue)
    now = NOW + SECOND
    queue.retry(only(queue.receive(10, NOW)), after, now)
    assert list(queue.receive(10, now + after - MILLISECOND)) == []
    assert only(queue.receive(10, now + after)).receives == 2


def test_a_receipt_that_was_given_back_is_old(queue: PaymentQueue) -> None:
    """It neither ends the message nor puts it off."""
    published(queue)
    delivery = only(queue.receive(10, NOW))
    queue.retry(delivery, SECOND, NOW)
    queue.retry(delivery, 10 * SECOND, NOW)
    queue.done(delivery)
    assert only(queue.receive(10, NOW + SECOND)).receives == 2


def test_an_old_receipt_gives_nothing_back(queue: PaymentQueue) -> None:
    """Who was too slow does not give away what another has in hand, nor what is done."""
    published(queue)
    old = only(queue.receive(10, NOW))
    new = only(queue.receive(10, NOW + VISIBILITY))
    queue.retry(old, timedelta(0), NOW + VISIBILITY)
    assert list(queue.receive(10, NOW + VISIBILITY)) == []
    queue.done(new)
    queue.retry(new, timedelta(0), NOW + VISIBILITY)
    assert queue.depth(NOW + VISIBILITY) == EMPTY


# dead letters


def test_a_message_is_delivered_so_many_times_and_no_more(queue: PaymentQueue) -> None:
    """After its last delivery it becomes a dead letter when it comes back."""
    published(queue)
    counted = []
    for delivery_number in range(MAX_RECEIVES):
        counted.append(only(queue.receive(10, NOW + delivery_number * VISIBILITY)).receives)
    end = NOW + MAX_RECEIVES * VISIBILITY
    assert counted == list(range(1, MAX_RECEIVES + 1))
    assert queue.depth(end - MILLISECOND) == QueueDepth(0, 1, 0, None)
    assert list(queue.receive(10, end)) == []
    assert queue.depth(end) == QueueDepth(0, 0, 1, None)
    assert list(queue.receive(10, end + timedelta(days=1))) == []


def test_a_message_that_is_given_back_too_often_becomes_a_dead_letter(queue: PaymentQueue) -> None:
    """A retry counts like a visibility that ended."""
    published(queue)
    for _ in range(MAX_RECEIVES):
        queue.retry(only(queue.receive(10, NOW)), timedelta(0), NOW)
    assert list(queue.receive(10, NOW)) == []
    assert queue.depth(NOW) == QueueDepth(0, 0, 1, None)


def test_the_last_delivery_can_still_be_done(queue: PaymentQueue) -> None:
    """A message that is done in time does not become a dead letter."""
    published(queue)
    deliveries = [only(queue.receive(10, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
    queue.done(deliveries[-1])
    assert list(queue.receive(10, NOW + 9 * VISIBILITY)) == []
    assert queue.depth(NOW + 9 * VISIBILITY) == EMPTY


def test_dead_letters_do_not_hinder_the_living(queue: PaymentQueue) -> None:
    """Neither what becomes a dead letter nor what is one counts against the limit."""
    published(queue, 3)
    for delivery_number in range(MAX_RECEIVES):
        queue.receive(3, NOW + delivery_number * VISIBILITY)
    end = NOW + MAX_RECEIVES * VISIBILITY
    (alive,) = published(queue, at=end)
    assert only(queue.receive(1, end)).order_id == alive
    assert queue.depth(end) == QueueDepth(0, 1, 3, None)


def test_redriven_messages_begin_anew(queue: PaymentQueue) -> None:
    """They are delivered at once, counted from 1, and so many times again."""
    orders = published(queue, 3)
    now = wear_out(queue, 3)
    assert queue.redrive(now) == 3
    assert queue.redrive(now) == 0
    assert queue.depth(now) == QueueDepth(3, 0, 0, NOW)
    deliveries = queue.receive(10, now)
    assert orders_of(deliveries) == sorted(orders)
    assert {delivery.receives for delivery in deliveries} == {1}


def test_a_redriven_message_can_wear_out_again(queue: PaymentQueue) -> None:
    """It becomes a dead letter after as many deliveries as the first time."""
    published(queue)
    now = wear_out(queue)
    queue.redrive(now)
    now = wear_out(queue, start=now)
    assert queue.depth(now) == QueueDepth(0, 0, 1, None)


def test_redriving_leaves_the_living_as_they_are(queue: PaymentQueue) -> None:
    """Messages in hand stay hidden and keep their count."""
    published(queue)
    now = wear_out(queue)
    published(queue, at=now)
    queue.receive(1, now)
    assert queue.redrive(now) == 1
    assert only(queue.receive(10, now + MILLISECOND)).receives == 1
    assert {delivery.receives for delivery in queue.receive(10, now + VISIBILITY + MILLISECOND)} == {2}


def test_receipts_from_before_a_redrive_are_old(queue: PaymentQueue) -> None:
    """They end nothing and give nothing back."""
    published(queue)
    receipts = [only(queue.receive(1, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
    now = NOW + MAX_RECEIVES * VISIBILITY
    queue.receive(1, now)
    queue.redrive(now)
    for delivery in receipts:
        queue.done(delivery)
        queue.retry(delivery, 10 * SECOND, now)
    assert queue.depth(now) == QueueDepth(1, 0, 0, NOW)
    assert only(queue.receive(1, now)).receives == 1


# depth


def test_depth_tells_who_waits_and_who_is_in_hand(queue: PaymentQueue) -> None:
    """Messages are waiting until they are received and again when their visibility has ended."""
    published(queue, 3)
    queue.receive(2, NOW)
    assert queue.depth(NOW) == QueueDepth(1, 2, 0, NOW)
    assert queue.depth(NOW + VISIBILITY - MILLISECOND) == QueueDepth(1, 2, 0, NOW)
    assert queue.depth(NOW + VISIBILITY) == QueueDepth(3, 0, 0, NOW)


def test_a_delayed_message_is_waiting(queue: PaymentQueue) -> None:
    """One that was given back waits from then on, though it is not delivered yet."""
    published(queue)
    queue.retry(only(queue.receive(1, NOW)), SECOND, NOW + MILLISECOND)
    assert queue.depth(NOW + MILLISECOND) == QueueDepth(1, 0, 0, NOW)


def test_depth_tells_when_the_oldest_waiting_was_published(queue: PaymentQueue) -> None:
    """Messages in hand and dead letters do not count."""
    published(queue)
    wear_out(queue)
    hour = NOW + timedelta(hours=1)
    published(queue, at=hour)
    queue.receive(1, hour)
    published(queue, at=hour + 2 * SECOND)
    published(queue, at=hour + SECOND)
    assert queue.depth(hour + 2 * SECOND) == QueueDepth(2, 1, 1, hour + SECOND)


def test_counting_changes_nothing(queue: PaymentQueue) -> None:
    """Depth and check only look."""
    published(queue, 2)
    queue.receive(1, NOW)
    before = queue.depth(NOW)
    queue.check()
    assert queue.depth(NOW) == before
    assert only(queue.receive(10, NOW)).receives == 1
