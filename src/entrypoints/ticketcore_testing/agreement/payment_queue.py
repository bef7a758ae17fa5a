"""Agreement of payment queues: the same messages are delivered, at the same times and as often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from ticketcore.domain.ids import OrderId
from ticketcore.ports import PaymentQueue, ReceivedMessage
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_testing.samples import MILLISECOND, NOW, new_order_id

T = TypeVar("T")

SECOND = timedelta(seconds=1)
_which = st.integers(0, 9)


@attrs.frozen
class Hand:
    """One delivery, as each queue made it, and the time until which its message is hidden."""

    deliveries: Mapping[str, ReceivedMessage]
    until: datetime

    @property
    def is_the_last(self) -> bool:
        return all(delivery.receives == MAX_RECEIVES for delivery in self.deliveries.values())


class PaymentQueuesAgree(RuleBasedStateMachine):
    """One history over every queue; ``grain`` is the time to which the coarsest of them rounds up, zero if all are exact.

    ``open_queues`` returns empty queues by their names.  They are empty again at the end of a history, so they may be the same
    for each.  Ready messages are all received at once, because their order is not part of the contract.
    """

    def __init__(self, open_queues: Callable[[], Mapping[str, PaymentQueue]], grain: timedelta = timedelta(0)) -> None:
        super().__init__()
        self.queues = open_queues()
        self.grain = grain
        self.now = NOW
        self.in_hand: dict[OrderId, Hand] = {}
        self.old: list[Hand] = []
        self.unfinished: set[OrderId] = set()

    def all_return(self, call: Callable[[PaymentQueue], T]) -> T:
        """Call every queue and return the result of all of them."""
        results = {name: call(queue) for name, queue in self.queues.items()}
        first, *others = results.values()
        assert all(result == first for result in others), results
        return first

    def receive(self) -> None:
        """Receive all ready messages, and compare them and what is left."""
        came: dict[str, dict[OrderId, ReceivedMessage]] = {name: self._everything(name) for name in self.queues}
        receives = {name: {order_id: each.receives for order_id, each in got.items()} for name, got in came.items()}
        first, *others = receives.values()
        assert all(other == first for other in others), receives
        for order_id in first:
            self._forget(order_id)
            deliveries = {name: got[order_id] for name, got in came.items()}
            self.in_hand[order_id] = Hand(deliveries, self.now + VISIBILITY)
        for order_id, hand in list(self.in_hand.items()):
            if hand.until <= self.now:
                assert hand.is_the_last, "a message was lost"
                self._forget(order_id)
        self.all_return(self._counts)

    def _everything(self, name: str) -> dict[OrderId, ReceivedMessage]:
        """Return all ready messages of a queue; every message is of another order."""
        got: dict[OrderId, ReceivedMessage] = {}
        while some := self.queues[name].receive(10, self.now):
            for delivery in some:
                assert delivery.order_id not in got, f"{name} delivered a message twice at once"
                got[delivery.order_id] = delivery
        return got

    def _counts(self, queue: PaymentQueue) -> tuple[int, int]:
        """Return the numbers of live and dead messages; a queue may count a retried message as in flight."""
        depth = queue.depth(self.now)
        return depth.waiting + depth.in_flight, depth.dead

    def _forget(self, order_id: OrderId) -> None:
        """Remove a delivery, if there is one: its receipt is old from now on."""
        if order_id in self.in_hand:
            self.old.append(self.in_hand.pop(order_id))

    def _each(self, hand: Hand, call: Callable[[PaymentQueue, ReceivedMessage], None]) -> None:
        for name, queue in self.queues.items():
            call(queue, hand.deliveries[name])

    def _pick(self, which: int) -> tuple[OrderId, Hand]:
        order_id = list(self.in_hand)[which % len(self.in_hand)]
        return order_id, self.in_hand[order_id]

    # Messages

    @rule(number=st.integers(1, 3))
    def publish(self, number: int) -> None:
        orders = [new_order_id() for _ in range(number)]
        self.unfinished.update(orders)
        self.all_return(lambda queue: queue.publish(orders, self.now))
        self.receive()

    @precondition(lambda self: self.in_hand)
    @rule(which=_which, again=st.booleans())
    def done(self, which: int, again: bool) -> None:
        order_id, hand = self._pick(which)
        for _ in range(1 + again):
            self._each(hand, lambda queue, delivery: queue.done([delivery]))
        self._forget(order_id)
        self.unfinished.remove(order_id)
        self.receive()

    @precondition(lambda self: self.in_hand)
    @rule(which=_which)
    def extend(self, which: int) -> None:
        order_id, hand = self._pick(which)
        self._each(hand, lambda queue, delivery: queue.extend([delivery], self.now))
        self.in_hand[order_id] = attrs.evolve(hand, until=self.now + VISIBILITY)

    @precondition(lambda self: self.in_hand)
    @rule(which=_which, after=st.sampled_from([timedelta(0), MILLISECOND, SECOND, VISIBILITY + SECOND]))
    def retry(self, which: int, after: timedelta) -> None:
        """Retry a message; a queue may see only when it is ready that it is a dead letter."""
        order_id, hand = self._pick(which)
        after = max(-(-after // self.grain), 1) * self.grain if self.grain else after
        self._each(hand, lambda queue, delivery: queue.retry(delivery, after, self.now))
        del self.in_hand[order_id]
        if hand.is_the_last:
            self.now += after
        self.receive()

    @precondition(lambda self: self.old)
    @rule(which=_which, what=st.sampled_from(["done", "extend", "retry"]))
    def use_an_old_receipt(self, which: int, what: str) -> None:
        """Use an old receipt, which changes nothing."""
        hand = self.old[-1 - which % len(self.old)]
        match what:
            case "done":
                self._each(hand, lambda queue, delivery: queue.done([delivery]))
            case "extend":
                self._each(hand, lambda queue, delivery: queue.extend([delivery], self.now))
            case _:
                self._each(hand, lambda queue, delivery: queue.retry(delivery, self.grain, self.now))
        self.receive()

    @rule()
    def redrive(self) -> None:
        self.all_return(lambda queue: queue.redrive(self.now))
        self.receive()

    # Time

    @rule(step=st.sampled_from([MILLISECOND, SECOND, VISIBILITY - MILLISECOND, VISIBILITY, VISIBILITY]))
    def wait(self, step: timedelta) -> None:
        """Let time pass until just before or just at the end of a delay; ready messages are received at once."""
        self.now += step
        self.receive()

    def teardown(self) -> None:
        """Receive and finish everything that was not done: all queues deliver it, and are empty then."""
        self.now += timedelta(hours=1)
        self.receive()
        self.all_return(lambda queue: queue.redrive(self.now))
        self.receive()
        assert set(self.in_hand) == self.unfinished
        for hand in self.in_hand.values():
            self._each(hand, lambda queue, delivery: queue.done([delivery]))
        assert self.all_return(self._counts) == (0, 0)
