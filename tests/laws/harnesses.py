"""Box offices to be tested, a fresh one for each history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs
from redis import Redis
from sqlalchemy import delete

from ticketcore import BoxOffice
from ticketcore.ports import Inventory, Ports
from ticketcore_memory import MemoryInventory, NoInventory, SeededIds, VirtualClock, memory_ports
from ticketcore_redis import RedisInventory, RedisServer
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql import Database, SqlPaymentQueue, sql_ledger
from ticketcore_sql.tables import metadata
from ticketcore_testing.box_office import BoxOfficeMachine, Harness

NewHarness = Callable[[], Harness]


class ForgetfulInventory(MemoryInventory):
    """An inventory that can forget everything."""

    def wipe(self) -> None:
        self._events.clear()
        self._deadlines.clear()


def memory_harness() -> Harness:
    """Return a box office in memory."""
    clock, inventory = VirtualClock(), ForgetfulInventory()
    return Harness(
        BoxOffice(memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1), inventory)), clock, inventory.wipe
    )


class MemoryMachine(BoxOfficeMachine):
    """Any history of a box office in process."""

    def new_harness(self) -> Harness:
        return memory_harness()


def _sql_harness(database: Database, inventory: Inventory, wipe: Callable[[], object]) -> Harness:
    """Return a box office on this database, after deleting everything in it."""
    with database.transaction() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    clock = VirtualClock()
    wipe()
    return Harness(
        BoxOffice(_over(database, memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1), inventory))), clock, wipe
    )


def _over(database: Database, ports: Ports) -> Ports:
    return attrs.evolve(ports, ledger=sql_ledger(database), payment_queue=SqlPaymentQueue(database))


@contextmanager
def sqlite_trials(url: str) -> Iterator[NewHarness]:
    """Yield what answers a box office on SQLite alone, where the ledger counts by itself."""
    database = Database.connect(url)
    try:
        yield lambda: _sql_harness(database, NoInventory(), lambda: None)
    finally:
        database.close()


@contextmanager
def postgres_and_redis_trials(postgres_url: str, redis_url: str) -> Iterator[NewHarness]:
    """Yield what answers a box office on Postgres and Redis."""
    database, server, admin = Database.connect(postgres_url), RedisServer(redis_url), Redis.from_url(redis_url)
    try:
        yield lambda: _sql_harness(database, RedisInventory(server), admin.flushdb)
    finally:
        admin.close()
        server.close()
        database.close()


def machine_over(new_harness: NewHarness) -> type[BoxOfficeMachine]:
    """Return the machine that tests these."""

    class Machine(BoxOfficeMachine):
        def new_harness(self) -> Harness:
            return new_harness()

    return Machine
