"""Every count of clients' acts keeps the contract of its port, and they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import pytest
from redis import Redis, RedisCluster

from tests.contracts.agreeing import agree
from ticketcore.ports import Limits
from ticketcore_memory import MemoryLimits
from ticketcore_redis import RedisLimits, RedisServer
from ticketcore_testing.agreement.limits import LimitsAgree
from ticketcore_testing.contracts.limits import LimitsContract


class TestMemoryLimits(LimitsContract):
    """Counts in process."""

    @pytest.fixture
    def limits(self) -> Limits:
        """Return empty ones."""
        return MemoryLimits()


class TestRedisLimits(LimitsContract):
    """Counts on a Redis."""

    @pytest.fixture
    def limits(self, redis_url: str) -> Limits:
        """Return those on an empty server."""
        with Redis.from_url(redis_url) as client:
            client.flushdb()
        return RedisLimits(RedisServer(redis_url))


class TestRedisClusterLimits(LimitsContract):
    """Counts on a cluster."""

    @pytest.fixture
    def limits(self, redis_cluster_url: str) -> Iterator[Limits]:
        """Yield those on an empty cluster."""
        with RedisCluster.from_url(redis_cluster_url.replace("+cluster", "")) as cluster:
            cluster.flushall()
            yield RedisLimits(RedisServer(redis_cluster_url))


def test_the_limits_agree(redis_url: str) -> None:
    """In process and on Redis, whatever the clocks of the processes say."""

    def limits() -> Mapping[str, Limits]:
        with Redis.from_url(redis_url) as client:
            client.flushdb()
        return {"memory": MemoryLimits(), "redis": RedisLimits(RedisServer(redis_url))}

    agree(partial(LimitsAgree, limits), 30)
