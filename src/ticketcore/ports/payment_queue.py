"""The port of the payment queue: a hint that an order needs work, delivered at least once, in any order."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import attrs

from ticketcore.domain.ids import OrderId

#: Deliveries of one message before it becomes a dead letter.
MAX_RECEIVES = 5
#: A message that was received and is neither done nor retried is delivered again after this time.
VISIBILITY = timedelta(seconds=15)


@attrs.frozen
class ReceivedMessage:
    """One message in hand; ``receipt`` stands for this delivery, ``receives`` counts them from 1."""

    receipt: str = attrs.field(repr=False)
    order_id: OrderId = attrs.field(repr=False)
    receives: int


@attrs.frozen
class QueueDepth:
    """``waiting`` are ready or delayed, ``in_flight`` in a worker's hands, ``dead`` given up.

    A queue that cannot tell a message that was given back from one in hand counts it as in flight until it is ready.
    ``oldest`` is when the oldest of the waiting was published, as far as the queue knows, or ``None``.
    """

    waiting: int
    in_flight: int
    dead: int
    oldest: datetime | None


class PaymentQueue(Protocol):
    """Every method raises ``Unavailable`` if the queue cannot be reached.

    A receipt is old when its message was delivered again, is done or has become a dead letter.  A queue may round the
    times for which messages are hidden up to whole seconds, and none to one.
    """

    __slots__ = ()

    @abstractmethod
    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        """Put a message for each order.  Publishing twice delivers twice, which is harmless."""

    @abstractmethod
    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        """Answer at most ``limit`` messages, perhaps fewer than are ready, and hide them for ``VISIBILITY``.

        While a message of an order is in hand, the queue may hold back others of the same order.
        A message that was delivered ``MAX_RECEIVES`` times and comes back becomes a dead letter.
        """

    @abstractmethod
    def done(self, delivery: ReceivedMessage) -> None:
        """Forget a message that was worked off.  With an old receipt, or twice, nothing happens."""

    @abstractmethod
    def extend(self, delivery: ReceivedMessage, now: datetime) -> None:
        """Hide the message in hand for ``VISIBILITY`` from now on.  With an old receipt nothing happens."""

    @abstractmethod
    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        """Give a message back, to be delivered again after a while.  With an old receipt nothing happens.

        It ends the delivery: whoever gave a message back must not use its receipt again.
        """

    @abstractmethod
    def depth(self, now: datetime) -> QueueDepth:
        """Answer about how many messages there are; a remote queue's counts may lag behind."""

    @abstractmethod
    def redrive(self, now: datetime) -> int:
        """Put all dead letters back, with their count of deliveries begun anew; answer how many.

        If it raises, some may be back; repeating it is harmless.
        """

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if the queue cannot be reached."""
