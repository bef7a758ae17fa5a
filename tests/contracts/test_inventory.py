"""Every inventory passes the suite of its port, and they agree."""

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
        """Return an empty inventory."""
        return MemoryInventory()


class TestRedisInventory(InventoryContract):
    """Counters on a Redis server."""

    examples = 60

    @pytest.fixture
    def inventory(self, redis_url: str) -> Inventory:
        """Return an inventory on an empty server."""
        with Redis.from_url(redis_url) as client:
            client.flushdb()
        return RedisInventory(RedisServer(redis_url))


class TestRedisClusterInventory(InventoryContract):
    """Counters on a cluster, which runs the scripts of a server an order of magnitude slower."""

    examples = 15

    @pytest.fixture
    def inventory(self, redis_cluster_url: str) -> Iterator[Inventory]:
        """Yield an inventory on an empty cluster."""
        with RedisCluster.from_url(redis_cluster_url.replace("+cluster", "")) as cluster:
            cluster.flushall()
            yield RedisInventory(RedisServer(redis_cluster_url))


class TestNoInventory(UncountedContract):
    """The absence of a counter."""

    @pytest.fixture
    def inventory(self) -> Inventory:
        """Return the inventory that does not count."""
        return NoInventory()


@pytest.mark.parametrize(("server", "examples"), [("redis_url", 30), ("redis_cluster_url", 6)])
def test_the_inventories_agree(request: pytest.FixtureRequest, server: str, examples: int) -> None:
    """They agree at every boundary of time, on repeated and late calls, and for unknown ids."""
    redis = RedisInventory(RedisServer(request.getfixturevalue(server)))

    def inventories() -> Mapping[str, Inventory]:
        return {"memory": MemoryInventory(), "redis": redis}

    agree(partial(InventoriesAgree, inventories), examples)
