"""Live availability and shared limits of clients on Redis or Valkey, one server or a cluster."""

from __future__ import annotations

from ticketcore_redis.connection import SCHEMES, RedisServer, check_url
from ticketcore_redis.inventory import RedisInventory
from ticketcore_redis.limits import RedisLimits

__all__ = ["SCHEMES", "RedisInventory", "RedisLimits", "RedisServer", "check_url"]
