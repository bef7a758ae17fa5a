"""Every contract suite runs over every adapter of its port; the test's id names the adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from redis import Redis, RedisCluster

from tests.contracts.ledgers import memory_ledger, sql_ledgers
from ticketcore.ports import Inventory
from ticketcore.testing.ledgers import Ledger
from ticketcore_memory import MemoryInventory
from ticketcore_redis import RedisInventory, RedisServer

INVENTORIES = ["memory", "redis", "redis-cluster"]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def open_ledger(request: pytest.FixtureRequest) -> Iterator[Callable[[], Ledger]]:
    """Yield what opens one and the same ledger, each time as another process would.

    The memory ledger is always the same object: nobody else can open it.
    """
    if request.param == "memory":
        ledger = memory_ledger()
        yield lambda: ledger
    else:
        with sql_ledgers(request.getfixturevalue(f"{request.param}_url")) as open_one:
            yield open_one


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Ledger:
    """Answer an empty ledger."""
    return open_ledger()


@pytest.fixture(params=INVENTORIES)
def new_inventory(request: pytest.FixtureRequest) -> Iterator[Callable[[], Inventory]]:
    """Yield what makes an empty inventory."""
    if request.param == "memory":
        yield MemoryInventory
    elif request.param == "redis":
        url = request.getfixturevalue("redis_url")
        with Redis.from_url(url) as client:
            yield lambda: _emptied(client.flushdb, url)
    else:
        url = request.getfixturevalue("redis_cluster_url")
        with RedisCluster.from_url(url.replace("+cluster", "")) as cluster:
            yield lambda: _emptied(cluster.flushall, url)


def _emptied(flush: Callable[[], object], url: str) -> Inventory:
    flush()
    return RedisInventory(RedisServer(url))
