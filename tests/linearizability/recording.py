"""Concurrent clients, each in a thread with a box office and connections of its own, like separate processes."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import attrs

from tests.linearizability.checker import Operation
from ticketcore import BoxOffice
from ticketcore.ports import Act, Inventory, Observer, Occurrence, Orders, Tickets
from ticketcore_memory import HmacSeal, VirtualClock, memory_ports
from ticketcore_redis import RedisInventory, RedisServer
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql import Database, SqlOrders, SqlTickets, sql_ledger

CLIENTS = 8
HOLD = timedelta(seconds=2)
_SWITCH_SECONDS = 1e-4


@attrs.define(eq=False)
class Expiries(Observer):
    """Records which orders expired, and when each expiry was settled."""

    seen: list[tuple[str, int]] = attrs.field(factory=list)

    def observe(self, occurrence: Occurrence) -> None:
        if occurrence.act is Act.EXPIRE and occurrence.order_id is not None:
            self.seen.append((occurrence.order_id, time.perf_counter_ns()))

    def taken(self) -> list[tuple[str, int]]:
        """Return and forget what was recorded since the last call."""
        seen, self.seen = self.seen, []
        return seen


@attrs.frozen(eq=False)
class Client:
    """A client with a box office of its own."""

    number: int
    office: BoxOffice
    expiries: Expiries


@attrs.frozen
class Kinds:
    """The adapters under test, which a control may replace by broken ones."""

    inventory: Callable[[RedisServer], Inventory] = RedisInventory
    orders: Callable[[Database], Orders] = SqlOrders
    tickets: Callable[[Database], Tickets] = SqlTickets


@contextmanager
def clients(postgres_url: str, redis_url: str, kinds: Kinds = Kinds()) -> Iterator[list[Client]]:
    """Yield clients that share a ledger, a counter, a clock and the key of the tickets' seal."""
    clock, seal = VirtualClock(), HmacSeal(bytes(64))
    with ExitStack() as opened:

        def client(number: int) -> Client:
            database, server, expiries = Database.connect(postgres_url), RedisServer(redis_url), Expiries()
            opened.callback(database.close)
            opened.callback(server.close)
            ports = attrs.evolve(
                memory_ports(SimulatedPaymentGateway(), clock, inventory=kinds.inventory(server)),
                ledger=attrs.evolve(
                    sql_ledger(database), orders=kinds.orders(database), tickets=kinds.tickets(database)
                ),
                seal=seal,
                observer=expiries,
            )
            return Client(number, BoxOffice(ports, HOLD), expiries)

        yield [client(number) for number in range(CLIENTS)]


def at_once(work: Sequence[Callable[[], object]]) -> None:
    """Run all calls at the same time in threads that are switched often."""
    start = threading.Barrier(len(work))

    def begin(one: Callable[[], object]) -> None:
        start.wait()
        one()

    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        with ThreadPoolExecutor(len(work)) as threads:
            for ended in [threads.submit(begin, one) for one in work]:
                ended.result()
    finally:
        sys.setswitchinterval(before)


def overlapping(operations: Sequence[Operation[Any, Any]]) -> float:
    """Return the share of operations that overlap with another client's."""

    def is_alone(one: Operation[Any, Any]) -> bool:
        assert one.returned is not None
        return not any(
            other.client != one.client
            and other.called <= one.returned
            and (other.returned is None or one.called <= other.returned)
            for other in operations
        )

    return 1 - sum(map(is_alone, operations)) / len(operations)
