"""Every payment queue passes the suite of its port, and they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.contracts.agreeing import agree
from tests.contracts.queues import databases, sqs_queue
from ticketcore.ports import PaymentQueue
from ticketcore_memory import MemoryPaymentQueue
from ticketcore_sql import SqlPaymentQueue
from ticketcore_testing.agreement.payment_queue import PaymentQueuesAgree
from ticketcore_testing.contracts.payment_queue import ExactPaymentQueueContract, PaymentQueueContract
from ticketcore_testing.contracts.payment_queue.base import SECOND

if TYPE_CHECKING:
    from tests.servers.aws import Aws


class TestPaymentQueue(ExactPaymentQueueContract):
    """The queues of our ledgers.  In process it is always the same object, as no other process can open it."""

    @pytest.fixture(params=["memory", "sqlite", "postgres"])
    def open_queue(self, request: pytest.FixtureRequest) -> Iterator[Callable[[], PaymentQueue]]:
        """Yield a function that opens one and the same queue."""
        if request.param == "memory":
            queue = MemoryPaymentQueue()
            yield lambda: queue
        else:
            with databases(request.getfixturevalue(f"{request.param}_url")) as open_one:
                yield lambda: SqlPaymentQueue(open_one())


class TestSqsPaymentQueue(PaymentQueueContract):
    """SQS, which counts in whole seconds; a FIFO queue holds back messages of one order."""

    grain = SECOND

    @pytest.fixture(params=["sqs", "sqs-fifo"])
    def open_queue(self, request: pytest.FixtureRequest, aws: Aws) -> Callable[[], PaymentQueue]:
        """Return a function that opens one and the same queue, whose clock follows the calls."""
        queue = sqs_queue(aws, fifo=request.param == "sqs-fifo")
        return lambda: queue


def test_the_queues_of_ledgers_agree(sqlite_url: str, postgres_url: str) -> None:
    """In process, on SQLite and on Postgres they agree to the millisecond."""
    with databases(sqlite_url) as sqlite, databases(postgres_url) as postgres:
        queues: dict[str, PaymentQueue] = {
            "memory": MemoryPaymentQueue(),
            "sqlite": SqlPaymentQueue(sqlite()),
            "postgres": SqlPaymentQueue(postgres()),
        }
        agree(partial(PaymentQueuesAgree, lambda: queues), examples=6)


def test_sqs_agrees_with_the_queue_in_process(aws: Aws) -> None:
    """They agree in whole seconds, the only times for which SQS can hide a message."""

    def queues() -> Mapping[str, PaymentQueue]:
        return {"memory": MemoryPaymentQueue(), "sqs": sqs_queue(aws)}

    agree(partial(PaymentQueuesAgree, queues, grain=SECOND), examples=4)
