"""What one request sends to the stores, counted in a short run of its own behind relays."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle, islice
from statistics import median_low
from urllib.parse import parse_qs, urlsplit

import attrs

from benchmarks.counting import Counts, counting_postgres, counting_redis
from benchmarks.load import Load, Request
from benchmarks.servers import Program, Stores

#: Drivers prepare a statement that they have seen a few times, which is not what a request costs from then on.
_WARM_UP = 20
_COUNTED = 31


@attrs.frozen
class Sent:
    """What a request in the middle sends: some also prepare a statement, or read what is cached for a while."""

    statements: int
    postgres_trips: int
    commands: int
    redis_trips: int


@attrs.frozen
class Relays:
    """Stores whose programs are counted, and the counts."""

    stores: Stores
    postgres: Counts
    redis: Counts

    def count(self, program: Program, make_load: Callable[[int], Load]) -> Sent:
        """Send requests to a program one after the other, and return what one sends."""
        load = make_load(_WARM_UP + _COUNTED)
        requests = islice(cycle(load.requests), _WARM_UP + _COUNTED)
        connection = http.client.HTTPConnection(urlsplit(program.url).netloc)
        seen = [self._sent_by(connection, each, load.headers) for each in requests]
        connection.close()
        return Sent(*(median_low(column) for column in zip(*seen[_WARM_UP:], strict=True)))

    def _sent_by(
        self, connection: http.client.HTTPConnection, request: Request, headers: Mapping[str, str]
    ) -> tuple[int, ...]:
        before = self._now()
        connection.request(request.method, request.path, request.text, headers)
        connection.getresponse().read()
        return tuple(late - early for early, late in zip(before, self._now(), strict=True))

    def _now(self) -> tuple[int, ...]:
        return self.postgres.commands, self.postgres.trips, self.redis.commands, self.redis.trips


@contextmanager
def counted(stores: Stores) -> Iterator[Relays]:
    """Yield the same stores behind relays."""
    postgres = {name: values[0] for name, values in parse_qs(urlsplit(stores.database_url).query).items()}
    redis_port = urlsplit(stores.redis_url).port
    assert redis_port is not None
    with (
        counting_postgres(postgres["host"], int(postgres["port"])) as (home, of_postgres),
        counting_redis(redis_port) as (port, of_redis),
    ):
        environment = {
            **stores.environment,
            "TICKETCORE_DATABASE_URL": stores.database_url.replace(postgres["host"], home),
            "TICKETCORE_INVENTORY_URL": stores.redis_url.replace(f":{redis_port}", f":{port}"),
        }
        yield Relays(attrs.evolve(stores, environment=environment), of_postgres, of_redis)
