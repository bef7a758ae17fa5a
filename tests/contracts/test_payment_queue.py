"""What the port of the payment queue promises, over every queue.

A queue delivers in any order, so deliveries are compared as sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import pytest
import time_machine

from tests.contracts.ledgers import MILLISECOND, NOW, Ledger, memory_ledger, new_order_id, sql_ledgers
from ticketcore.ids import OrderId
from ticketcore.ports import Delivery, PaymentQueue, QueueDepth
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_aws import SqsPaymentQueue

if TYPE_CHECKING:
    from tests.servers.aws import Aws

MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
EMPTY = QueueDepth(0, 0, 0, None)


@attrs.define(eq=False)
class AtItsTime(PaymentQueue):
    """A queue that reads the clock of this process, which is moved to ``now`` around each call.

    Every call comes a little later than the one before, as in a world where time goes on.
    """

    queue: PaymentQueue
    _now: datetime = NOW
    _calls: int = 0

    @contextmanager
    def _at(self, now: datetime) -> Iterator[None]:
        self._now = now
        self._calls += 1
        with time_machine.travel(now + self._calls * MICROSECOND, tick=False):
            yield

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        with self._at(now):
            self.queue.publish(order_ids, now)

    def receive(self, limit: int, now: datetime) -> Sequence[Delivery]:
        with self._at(now):
            return self.queue.receive(limit, now)

    def done(self, delivery: Delivery) -> None:
        with self._at(self._now):
            self.queue.done(delivery)

    def extend(self, delivery: Delivery, now: datetime) -> None:
        with self._at(now):
            self.queue.extend(delivery, now)

    def retry(self, delivery: Delivery, after: timedelta, now: datetime) -> None:
        with self._at(now):
            self.queue.retry(delivery, after, now)

    def depth(self, now: datetime) -> QueueDepth:
        with self._at(now):
            return self.queue.depth(now)

    def redrive(self, now: datetime) -> int:
        with self._at(now):
            return self.queue.redrive(now)

    def check(self) -> None:
        self.queue.check()


@attrs.frozen
class Case:
    """An empty queue, and the time to which it rounds up: zero if it is exact."""

    queue: PaymentQueue
    grain: timedelta = timedelta(0)

    def rounded(self, after: timedelta) -> timedelta:
        return max(-(-after // self.grain), 1) * self.grain if self.grain else after


@pytest.fixture(params=["memory", "sqlite", "postgres", "sqs", "sqs-fifo"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    name: str = request.param
    if name == "memory":
        yield Case(memory_ledger().payment_queue)
    elif name.startswith("sqs"):
        aws: Aws = request.getfixturevalue("aws")
        url = aws.new_queue(fifo=name == "sqs-fifo")
        yield Case(AtItsTime(SqsPaymentQueue(aws.sqs, url, aws.cloudwatch, wait_seconds=0)), grain=SECOND)
    else:
        with sql_ledgers(request.getfixturevalue(f"{name}_url")) as open_one:
            yield Case(open_one().payment_queue)


@pytest.fixture
def queue(case: Case) -> PaymentQueue:
    """Answer an empty queue."""
    return case.queue


def published(queue: PaymentQueue, number: int = 1, at: datetime = NOW) -> list[OrderId]:
    """Publish a message for each of so many orders."""
    orders = [new_order_id() for _ in range(number)]
    queue.publish(orders, at)
    return orders


def only(deliveries: Sequence[Delivery]) -> Delivery:
    (delivery,) = deliveries
    return delivery


def everything_ready(queue: PaymentQueue, now: datetime) -> list[Delivery]:
    """Receive until there is nothing left: a queue may answer fewer messages than are asked for."""
    deliveries: list[Delivery] = []
    while some := queue.receive(100, now):
        deliveries += some
    return deliveries


def counts(queue: PaymentQueue, now: datetime) -> tuple[int, int, int]:
    """Answer how many wait, are in flight and dead; not every queue knows when they were published."""
    depth = queue.depth(now)
    return depth.waiting, depth.in_flight, depth.dead


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
    deliveries = everything_ready(queue, NOW)
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
    for _ in range(3):
        delivery = only(queue.receive(1, NOW))
        assert (delivery.order_id, delivery.receives) == (order_id, 1)
        queue.done(delivery)
    assert queue.depth(NOW) == EMPTY


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


# extend


def test_an_extended_message_stays_hidden(queue: PaymentQueue) -> None:
    """It is not delivered when its first visibility ends, but at the millisecond at which the new one does."""
    published(queue)
    extended = NOW + 10 * SECOND
    queue.extend(only(queue.receive(10, NOW)), extended)
    assert list(queue.receive(10, NOW + VISIBILITY)) == []
    assert list(queue.receive(10, extended + VISIBILITY - MILLISECOND)) == []
    assert only(queue.receive(10, extended + VISIBILITY)).receives == 2


def test_a_message_can_be_extended_again_and_again(queue: PaymentQueue) -> None:
    """The receipt stays good as long as nobody else gets the message, and can then be done with."""
    published(queue)
    delivery = only(queue.receive(10, NOW))
    for number in range(1, 10):
        queue.extend(delivery, NOW + number * 10 * SECOND)
    now = NOW + 100 * SECOND
    assert list(queue.receive(10, now)) == []
    queue.done(delivery)
    assert queue.depth(now) == EMPTY


def test_extending_one_message_hides_no_other(queue: PaymentQueue) -> None:
    """The others come back when their own visibility ends."""
    published(queue, 2)
    extended, other = queue.receive(10, NOW)
    queue.extend(extended, NOW + SECOND)
    assert only(queue.receive(10, NOW + VISIBILITY)).order_id == other.order_id


def test_an_old_receipt_extends_nothing(queue: PaymentQueue) -> None:
    """Who was too slow does not keep a message from others, nor bring one back that is done."""
    published(queue)
    old = only(queue.receive(10, NOW))
    new = only(queue.receive(10, NOW + VISIBILITY))
    queue.extend(old, NOW + VISIBILITY + 10 * SECOND)
    newest = only(queue.receive(10, NOW + 2 * VISIBILITY))
    assert newest.receives == 3
    queue.done(newest)
    queue.extend(new, NOW + 2 * VISIBILITY)
    queue.extend(newest, NOW + 2 * VISIBILITY)
    assert queue.depth(NOW + 2 * VISIBILITY) == EMPTY


def test_a_message_in_its_last_delivery_can_be_extended(queue: PaymentQueue) -> None:
    """Until the new visibility ends it is in flight; then it becomes a dead letter."""
    published(queue)
    deliveries = [only(queue.receive(10, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
    extended = NOW + MAX_RECEIVES * VISIBILITY - SECOND
    queue.extend(deliveries[-1], extended)
    assert list(queue.receive(10, extended + VISIBILITY - MILLISECOND)) == []
    assert counts(queue, extended + VISIBILITY - MILLISECOND) == (0, 1, 0)
    assert list(queue.receive(10, extended + VISIBILITY)) == []
    assert counts(queue, extended + VISIBILITY) == (0, 0, 1)


# retry


@pytest.mark.parametrize("after", [timedelta(0), MILLISECOND, SECOND, VISIBILITY + SECOND], ids=str)
def test_a_message_that_is_given_back_comes_after_a_while(case: Case, after: timedelta) -> None:
    """To the millisecond, sooner or later than its visibility would have ended."""
    published(case.queue)
    now = NOW + SECOND
    case.queue.retry(only(case.queue.receive(10, NOW)), after, now)
    ready = now + case.rounded(after)
    assert list(case.queue.receive(10, ready - MILLISECOND)) == []
    assert only(case.queue.receive(10, ready)).receives == 2


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
    assert counts(queue, end - MILLISECOND) == (0, 1, 0)
    assert list(queue.receive(10, end)) == []
    assert counts(queue, end) == (0, 0, 1)
    assert list(queue.receive(10, end + timedelta(days=1))) == []


def test_a_message_that_is_given_back_too_often_becomes_a_dead_letter(case: Case) -> None:
    """A retry counts like a visibility that ended."""
    published(case.queue)
    now = NOW
    for _ in range(MAX_RECEIVES):
        case.queue.retry(only(case.queue.receive(10, now)), timedelta(0), now)
        now += case.grain
    assert list(case.queue.receive(10, now)) == []
    assert counts(case.queue, now) == (0, 0, 1)


def test_the_last_delivery_can_still_be_done(queue: PaymentQueue) -> None:
    """A message that is done in time does not become a dead letter."""
    published(queue)
    deliveries = [only(queue.receive(10, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
    queue.done(deliveries[-1])
    assert list(queue.receive(10, NOW + 9 * VISIBILITY)) == []
    assert queue.depth(NOW + 9 * VISIBILITY) == EMPTY


def test_a_dead_letter_has_no_receipt(queue: PaymentQueue) -> None:
    """Whoever had it last cannot end it, extend it or give it back."""
    published(queue)
    *_, last = [only(queue.receive(10, NOW + number * VISIBILITY)) for number in range(MAX_RECEIVES)]
    end = NOW + MAX_RECEIVES * VISIBILITY
    assert list(queue.receive(10, end)) == []
    queue.done(last)
    queue.extend(last, end)
    queue.retry(last, timedelta(0), end)
    assert counts(queue, end + SECOND) == (0, 0, 1)
    assert queue.redrive(end + SECOND) == 1
    assert only(queue.receive(10, end + SECOND)).receives == 1


def test_dead_letters_do_not_hinder_the_living(queue: PaymentQueue) -> None:
    """Neither what becomes a dead letter nor what is one counts against the limit."""
    published(queue, 3)
    for delivery_number in range(MAX_RECEIVES):
        queue.receive(3, NOW + delivery_number * VISIBILITY)
    end = NOW + MAX_RECEIVES * VISIBILITY
    (alive,) = published(queue, at=end)
    assert only(queue.receive(1, end)).order_id == alive
    assert counts(queue, end) == (0, 1, 3)


def test_redriven_messages_begin_anew(queue: PaymentQueue) -> None:
    """They are delivered at once, counted from 1, and so many times again."""
    orders = published(queue, 3)
    now = wear_out(queue, 3)
    assert queue.redrive(now) == 3
    assert queue.redrive(now) == 0
    assert counts(queue, now) == (3, 0, 0)
    deliveries = queue.receive(10, now)
    assert orders_of(deliveries) == sorted(orders)
    assert {delivery.receives for delivery in deliveries} == {1}


def test_a_redriven_message_can_wear_out_again(queue: PaymentQueue) -> None:
    """It becomes a dead letter after as many deliveries as the first time."""
    published(queue)
    now = wear_out(queue)
    queue.redrive(now)
    now = wear_out(queue, start=now)
    assert counts(queue, now) == (0, 0, 1)


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
        queue.extend(delivery, now)
        queue.retry(delivery, 10 * SECOND, now)
    assert counts(queue, now) == (1, 0, 0)
    assert only(queue.receive(1, now)).receives == 1


# depth


def test_depth_tells_who_waits_and_who_is_in_hand(queue: PaymentQueue) -> None:
    """Messages are waiting until they are received and again when their visibility has ended."""
    published(queue, 3)
    queue.receive(2, NOW)
    assert counts(queue, NOW) == (1, 2, 0)
    assert counts(queue, NOW + VISIBILITY - MILLISECOND) == (1, 2, 0)
    assert counts(queue, NOW + VISIBILITY) == (3, 0, 0)


def test_a_message_that_was_given_back_is_counted(queue: PaymentQueue) -> None:
    """It waits or is in flight until it is ready, and waits from then on."""
    published(queue)
    queue.retry(only(queue.receive(1, NOW)), 10 * SECOND, NOW)
    waiting, in_flight, dead = counts(queue, NOW + SECOND)
    assert (waiting + in_flight, dead) == (1, 0)
    assert counts(queue, NOW + 10 * SECOND) == (1, 0, 0)


def test_counting_changes_nothing(queue: PaymentQueue) -> None:
    """Depth and check only look."""
    published(queue, 2)
    queue.receive(1, NOW)
    before = queue.depth(NOW)
    queue.check()
    assert queue.depth(NOW) == before
    assert only(queue.receive(10, NOW)).receives == 1


# What the queues of a ledger promise beyond the port


def test_a_receipt_that_was_given_back_is_old(ledger: Ledger) -> None:
    """It neither ends the message nor puts it off."""
    queue = ledger.payment_queue
    published(queue)
    delivery = only(queue.receive(10, NOW))
    queue.retry(delivery, SECOND, NOW)
    queue.retry(delivery, 10 * SECOND, NOW)
    queue.extend(delivery, NOW)
    queue.done(delivery)
    assert only(queue.receive(10, NOW + SECOND)).receives == 2


def test_messages_of_one_order_can_be_in_hand_at_once(ledger: Ledger) -> None:
    """None waits for another, and one that is done does not end the others."""
    order_id = new_order_id()
    ledger.payment_queue.publish([order_id] * 3, NOW)
    deliveries = ledger.payment_queue.receive(10, NOW)
    assert orders_of(deliveries) == [order_id] * 3
    ledger.payment_queue.done(deliveries[0])
    assert len(ledger.payment_queue.receive(10, NOW + VISIBILITY)) == 2


def test_as_many_messages_are_delivered_as_are_asked_for(ledger: Ledger) -> None:
    """One call answers all that are ready, up to its limit."""
    published(ledger.payment_queue, 25)
    assert len(ledger.payment_queue.receive(20, NOW)) == 20
    assert len(ledger.payment_queue.receive(20, NOW)) == 5


def test_a_delayed_message_is_waiting(ledger: Ledger) -> None:
    """One that was given back waits from then on, though it is not delivered yet."""
    queue = ledger.payment_queue
    published(queue)
    queue.retry(only(queue.receive(1, NOW)), SECOND, NOW + MILLISECOND)
    assert queue.depth(NOW + MILLISECOND) == QueueDepth(1, 0, 0, NOW)


def test_depth_tells_when_the_oldest_waiting_was_published(ledger: Ledger) -> None:
    """Messages in hand and dead letters do not count."""
    queue = ledger.payment_queue
    published(queue)
    wear_out(queue)
    hour = NOW + timedelta(hours=1)
    published(queue, at=hour)
    queue.receive(1, hour)
    published(queue, at=hour + 2 * SECOND)
    published(queue, at=hour + SECOND)
    assert queue.depth(hour + 2 * SECOND) == QueueDepth(2, 1, 1, hour + SECOND)


def test_a_redriven_message_keeps_its_age(ledger: Ledger) -> None:
    """It was published when it was published first."""
    published(ledger.payment_queue)
    now = wear_out(ledger.payment_queue)
    ledger.payment_queue.redrive(now)
    assert ledger.payment_queue.depth(now) == QueueDepth(1, 0, 0, NOW)
