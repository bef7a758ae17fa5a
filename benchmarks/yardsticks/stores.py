"""Pooled connections of a yardstick, and the scripts of the live counter."""

from __future__ import annotations

import os
from importlib import resources
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool
from redis import Redis
from redis.commands.core import Script

_CONNECTIONS = 16

Pool = ConnectionPool[psycopg.Connection[tuple[Any, ...]]]


def open_pool() -> Pool:
    """Return a pool of connections to Postgres, on which each statement is a transaction of its own."""
    url = os.environ["TICKETCORE_DATABASE_URL"].replace("postgresql+psycopg", "postgresql", 1)
    return ConnectionPool(url, max_size=_CONNECTIONS, kwargs={"autocommit": True}, open=True)


def open_redis() -> Redis:
    """Return a client of Redis, which pools its connections."""
    return Redis.from_url(os.environ["TICKETCORE_INVENTORY_URL"], decode_responses=True)


def script(client: Redis, name: str) -> Script:
    """Return a script of the service, which is called by its digest."""
    return client.register_script((resources.files("ticketcore_redis") / "scripts" / f"{name}.lua").read_text())
