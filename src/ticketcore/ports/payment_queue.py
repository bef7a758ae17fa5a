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
    """One delivery of a message; ``receipt`` identifies the delivery, ``receives`` counts the deliveries from 1."""

    receipt: str = attrs.field(repr=False)
    order_id: OrderId = attrs.field(repr=False)
    receives: int


@attrs.frozen
class QueueDepth:
    """The number of messages by state: ready or delayed, received by a worker, and dead letters.

    A queue that cannot tell a returned message from a received one counts it as in flight until it is ready.
    ``oldest`` is when the oldest waiting message was published, as far as the queue knows, or ``None``.
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
        """Add a message for each order.  Publishing twice delivers twice, which is harmless."""

    @abstractmethod
    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        """Return at most ``limit`` messages, possibly fewer than are ready, and hide them for ``VISIBILITY``.

        While a message of an order is in flight, the queue may hold back others of the same order.
        A message that was delivered ``MAX_RECEIVES`` times and comes back becomes a dead letter.
        """

    @abstractmethod
    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        """Delete messages that were processed.  Idempotent; old receipts are ignored.

        If it raises, some may be deleted; retrying is safe.
        """

    @abstractmethod
    def extend(self, deliveries: Sequence[ReceivedMessage], now: datetime) -> None:
        """Extend the visibility timeout of messages to ``VISIBILITY`` from now on.  Old receipts are ignored.

        If it raises, some may be extended; retrying is safe.
        """

    @abstractmethod
    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        """Return a message to the queue, to be delivered again after ``after``.  An old receipt is ignored.

        It ends the delivery: the receipt must not be used again.
        """

    @abstractmethod
    def depth(self, now: datetime) -> QueueDepth:
        """Return the approximate number of messages; the counts of a remote queue may lag."""

    @abstractmethod
    def redrive(self, now: datetime) -> int:
        """Put all dead letters back, with their count of deliveries reset, and return how many.

        If it raises, some may be back; retrying is safe.
        """

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if the queue cannot be reached."""
