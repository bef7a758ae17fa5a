"""Every inventory keeps the contract of its port, and they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import pytest
from redis import Redis, RedisCluster

from tests.contracts.agreeing import agree
from ticketcore.ports import Inventory
from ticketcore_memory import MemoryInventory, NoInventory
from ticketcore_redis import RedisInventory, RedisServer
from ticketcore_testing.agreement.inventory import InventoriesAgree
from ticketcore_testing.contracts.inventory import InventoryContract, UncountedContract


class TestMemoryInventory(InventoryContract):
    """The counter in process."""

    @pytest.fixture
    def inventory(self) -> Inventory:
        """Answer an empty one."""
        return MemoryInventory()


class TestRedisInventory(InventoryContract):
    """Counters on a Redis."""

    examples = 60

    @pytest.fixture
    def inventory(self, redis_url: str) -> Inventory:
        """Answer one on an empty server."""
        with Redis.from_url(redis_url) as client:
            client.flushdb()
        return RedisInventory(RedisServer(redis_url))


class TestRedisClusterInventory(InventoryContract):
    """Counters on a cluster, which runs the scripts of a server an order of magnitude slower."""

    examples = 15

    @pytest.fixture
    def inventory(self, redis_cluster_url: str) -> Iterator[Inventory]:
        """Yield one on an empty cluster."""
        with RedisCluster.from_url(redis_cluster_url.replace("+cluster", "")) as cluster:
            cluster.flushall()
            yield RedisInventory(RedisServer(redis_cluster_url))


class TestNoInventory(UncountedContract):
    """The absence of a counter."""

    @pytest.fixture
    def inventory(self) -> Inventory:
        """Answer it."""
        return NoInventory()


@pytest.mark.parametrize(("server", "examples"), [("redis_url", 30), ("redis_cluster_url", 6)])
def test_the_inventories_agree(request: pytest.FixtureRequest, server: str, examples: int) -> None:
    """In process and on Redis, at every boundary of time, repeated, late and about what none of them knows."""
    redis = RedisInventory(RedisServer(request.getfixturevalue(server)))

    def inventories() -> Mapping[str, Inventory]:
        return {"memory": MemoryInventory(), "redis": redis}

    agree(partial(InventoriesAgree, inventories), examples)
