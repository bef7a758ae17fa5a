"""What the service of a rush stands on: Postgres with Redis, Postgres alone, or a file of SQLite."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager

import attrs
import redis

from benchmarks.processes import parent_of
from benchmarks.servers import environment
from tests.servers.postgres import connect, fresh_database, running_own_postgres
from tests.servers.redis import serve as serve_redis
from tests.servers.redis_programs import any_program


@attrs.frozen
class Stores:
    """The settings of the service, and the process ids of its servers by name."""

    environment: Mapping[str, str]
    processes: Mapping[str, int] = attrs.field(factory=dict)


@contextmanager
def _sqlite() -> Generator[Stores]:
    with tempfile.TemporaryDirectory(prefix="rush-") as data:
        yield Stores(environment(data))


@contextmanager
def _postgres() -> Generator[Stores]:
    # Commits wait for the disk, unlike those of the benchmark: for one event that wait is a part of what a box sells.
    with _sqlite() as embedded, running_own_postgres(fsync="on") as server_url:
        url = fresh_database(server_url)
        with connect(url) as connection:
            process = parent_of(connection.info.backend_pid)
        yield Stores({**embedded.environment, "TICKETCORE_DATABASE_URL": url}, {"Postgres": process})


@contextmanager
def _redis() -> Generator[Stores]:
    with _postgres() as postgres, serve_redis(any_program()) as server:
        with redis.Redis.from_url(server.url) as client:
            process = int(client.info("server")["process_id"])
        settings = {**postgres.environment, "TICKETCORE_INVENTORY_URL": server.url}
        yield Stores(settings, {**postgres.processes, "Redis": process})


#: How to start the stores, by their name on the command line.
STORES: Mapping[str, Callable[[], AbstractContextManager[Stores]]] = {
    "redis": _redis,
    "postgres": _postgres,
    "sqlite": _sqlite,
}
#: What a rush on stores that are slower is divided by.
SHARE = {"sqlite": 10}
