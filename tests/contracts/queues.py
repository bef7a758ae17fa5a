"""The queues and databases under contract."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import time_machine

from ticketcore.domain.ids import OrderId
from ticketcore.ports import PaymentQueue, QueueDepth, ReceivedMessage
from ticketcore_aws import SqsPaymentQueue
from ticketcore_sql import Database
from ticketcore_testing.samples import NOW

if TYPE_CHECKING:
    from tests.servers.aws import Aws

MICROSECOND = timedelta(microseconds=1)


@contextmanager
def databases(url: str) -> Iterator[Callable[[], Database]]:
    """Yield a function that opens the database at ``url``, each time with connections of its own, which are closed at the end."""
    with ExitStack() as opened:

        def open_one() -> Database:
            database = Database.connect(url)
            opened.callback(database.close)
            return database

        yield open_one


def sqs_queue(aws: Aws, *, fifo: bool = False) -> PaymentQueue:
    """Return an empty queue."""
    return AtItsTime(SqsPaymentQueue(aws.sqs, aws.new_queue(fifo=fifo), aws.cloudwatch, wait_seconds=0))


@attrs.define(eq=False)
class AtItsTime(PaymentQueue):
    """A queue that reads the clock of this process, which is set to ``now`` during each call.

    Every call is a little later than the one before, as if time passed.  A process has only one clock, so calls from several
    threads are serialized.
    """

    queue: PaymentQueue
    _now: datetime = NOW
    _calls: int = 0
    _clock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)

    @contextmanager
    def _at(self, now: datetime | None = None) -> Iterator[None]:
        with self._clock:
            self._now = now or self._now
            self._calls += 1
            with time_machine.travel(self._now + self._calls * MICROSECOND, tick=False):
                yield

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        with self._at(now):
            self.queue.publish(order_ids, now)

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        with self._at(now):
            return self.queue.receive(limit, now)

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        with self._at():
            self.queue.done(deliveries)

    def extend(self, deliveries: Sequence[ReceivedMessage], now: datetime) -> None:
        with self._at(now):
            self.queue.extend(deliveries, now)

    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
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
