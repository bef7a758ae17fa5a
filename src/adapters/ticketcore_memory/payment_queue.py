"""The payment queue in process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

import attrs

from ticketcore.domain.ids import OrderId
from ticketcore.ports import PaymentQueue, QueueDepth, ReceivedMessage
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY


@attrs.define(eq=False)
class _Message:
    order_id: OrderId
    published_at: datetime
    visible_at: datetime
    receives: int = 0
    receipt: str | None = None
    dead: bool = False


@attrs.define(eq=False)
class MemoryPaymentQueue(PaymentQueue):
    """A payment queue in memory."""

    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    _messages: list[_Message] = attrs.field(factory=list)
    _receipts: count[int] = attrs.field(factory=count, repr=False)

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        with self._lock:
            self._messages += [_Message(order_id, now, now) for order_id in order_ids]

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        with self._lock:
            back = [message for message in self._messages if message.visible_at <= now and not message.dead]
            for message in back:
                if message.receives >= MAX_RECEIVES:
                    message.dead, message.receipt = True, None
            alive = [message for message in back if not message.dead]
            return [self._deliver(message, now) for message in alive[:limit]]

    def _deliver(self, message: _Message, now: datetime) -> ReceivedMessage:
        message.receives += 1
        message.visible_at = now + VISIBILITY
        message.receipt = str(next(self._receipts))
        return ReceivedMessage(message.receipt, message.order_id, message.receives)

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        receipts = {delivery.receipt for delivery in deliveries}
        with self._lock:
            self._messages = [message for message in self._messages if message.receipt not in receipts]

    def extend(self, deliveries: Sequence[ReceivedMessage], now: datetime) -> None:
        receipts = {delivery.receipt for delivery in deliveries}
        with self._lock:
            for message in self._messages:
                if message.receipt in receipts:
                    message.visible_at = now + VISIBILITY

    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        with self._lock:
            for message in self._messages:
                if message.receipt == delivery.receipt:
                    message.visible_at = now + after
                    message.receipt = None
                    message.dead = message.receives >= MAX_RECEIVES

    def depth(self, now: datetime) -> QueueDepth:
        with self._lock:
            alive = [message for message in self._messages if not message.dead]
            in_flight = [message for message in alive if message.receipt and message.visible_at > now]
            waiting = [message.published_at for message in alive if message not in in_flight]
            return QueueDepth(
                len(waiting), len(in_flight), len(self._messages) - len(alive), min(waiting, default=None)
            )

    def redrive(self, now: datetime) -> int:
        with self._lock:
            dead = [message for message in self._messages if message.dead]
            for message in dead:
                message.dead, message.receives, message.visible_at, message.receipt = False, 0, now, None
            return len(dead)

    def check(self) -> None:
        """Memory is always there."""
