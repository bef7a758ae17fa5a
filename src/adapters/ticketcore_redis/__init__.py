"""Live availability on Redis or Valkey, one server or a cluster."""

from __future__ import annotations

from ticketcore_redis.connection import SCHEMES, RedisServer
from ticketcore_redis.inventory import RedisInventory

__all__ = ["SCHEMES", "RedisInventory", "RedisServer"]
