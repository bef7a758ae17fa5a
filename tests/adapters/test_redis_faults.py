"""Refusals and losses of Redis: each is ``Unavailable`` or harmless, and afterwards the counter is right again."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from tests.adapters.counters import Counted, counting, eventually, now, raw, why
from tests.servers.ports import free_port
from tests.servers.redis import RedisServer, running_replica, running_tls_redis, serve
from tests.servers.redis_programs import any_program
from tests.servers.relay import relaying
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import Repeated, TooFew
from ticketcore_testing.samples import OPEN


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """Yield a server of this test alone."""
    with serve(any_program()) as server:
        yield server


@pytest.fixture
def client(server: RedisServer) -> Iterator[Redis]:
    """Yield a client of that server."""
    with raw(server.url) as client:
        yield client


def unavailable(call: Callable[[], object]) -> str:
    """Make a call that must raise ``Unavailable``; return its reason."""
    with pytest.raises(Unavailable) as failure:
        call()
    assert failure.value.part == "inventory"
    return failure.value.reason


def test_a_full_server_refuses_takes_only(client: Redis, server: RedisServer) -> None:
    """Without memory takes fail, but live availability still follows the ledger."""
    counted = Counted(counting(server.url))
    wanted = counted.take(2)
    client.config_set("maxmemory", 1)
    assert unavailable(counted.take) == "OutOfMemoryError"
    counted.sync(wanted.order_id, counted.availability(2, 8))
    counted.sync(counted.wanted().order_id, counted.availability(3, 5))
    assert counted.free() == 5
    assert counted.inventory.reset(counted.availability(4, 4), OPEN, now()) == 1
    counted.inventory.check()
    client.config_set("maxmemory", 0)
    counted.take(4)


def test_a_replica_cannot_be_counted_on(server: RedisServer) -> None:
    """It can be read but not written, which the check reports."""
    counted = Counted(counting(server.url))
    with running_replica(server) as replica:
        assert unavailable(counted.by(replica.url).take) == "ReadOnlyError"
        assert unavailable(counting(replica.url).check) == "ReadOnlyError"


def test_a_promoted_replica_is_found(server: RedisServer, client: Redis) -> None:
    """A connection to a server that has become a replica is replaced by one to the new primary."""
    with running_replica(server) as replica, raw(replica.url) as other, relaying(server.port) as relay:
        counted = Counted(counting(f"redis://127.0.0.1:{relay.port}/0"))
        wanted = counted.take()
        # WAIT waits for the last write of its own connection.
        client.set("event:last", 1)
        assert client.wait(1, 10_000) == 1
        other.replicaof("NO", "ONE")
        client.replicaof("127.0.0.1", str(replica.port))
        relay.target = replica.port
        assert counted.inventory.take(wanted, now()) == Repeated()
        counted.take(9)
        assert counted.inventory.take(counted.wanted(), now()) == TooFew(0, in_flight=10)


@pytest.mark.parametrize(
    "rights", ["+@read +@scripting +@connection", "+@all -evalsha", "+@all -zadd", "+@all resetkeys"]
)
def test_a_user_needs_rights(client: Redis, server: RedisServer, rights: str) -> None:
    """Without one of them takes fail, and only with ``Unavailable``."""
    _let_in_ann(client, *rights.split())
    counted = Counted(counting(server.url)).by(f"redis://ann:secret@127.0.0.1:{server.port}/0")
    unavailable(counted.take)


def test_a_user_who_may_only_read_does_not_pass_the_check(client: Redis, server: RedisServer) -> None:
    """The check writes, as a sync does."""
    _let_in_ann(client, "+@read", "+@scripting", "+@connection")
    unavailable(counting(f"redis://ann:secret@127.0.0.1:{server.port}/0").check)


def _let_in_ann(client: Redis, *rights: str) -> None:
    client.execute_command("ACL", "SETUSER", "ann", "on", ">secret", "~*", *rights)  # type: ignore[no-untyped-call]  # redis-py has no types here.


def test_whatever_is_wrong_at_the_other_end_is_unavailable(server: RedisServer, tmp_path: Path) -> None:
    """A wrong password, user, certificate, database, port, name or protocol is ``Unavailable``."""
    counted = Counted(counting(server.url))
    with running_tls_redis(tmp_path) as tls_url, _WebServer() as web:
        for url in (
            f"redis://ann:wrong@127.0.0.1:{server.port}/0",
            tls_url.replace("ticketcore:", "nobody:"),
            tls_url.partition("?")[0],
            tls_url.replace("ca.pem", "none.pem"),
            f"rediss://127.0.0.1:{server.port}/0",
            f"redis://127.0.0.1:{server.port}/999",
            f"redis://127.0.0.1:{free_port()}/0",
            f"redis+cluster://127.0.0.1:{free_port()}",
            f"redis+cluster://127.0.0.1:{server.port}",
            "redis://nobody.invalid/0",
            f"redis://127.0.0.1:{web}/0",
        ):
            reason = unavailable(counted.by(url).take)
            assert not {"ann", "wrong", "event:", "reservation:"} & set(re.findall(r"[a-z]+:?", reason))


def test_every_method_says_that_the_server_is_gone(server: RedisServer) -> None:
    """Each raises the same exception, whether or not the breaker has opened meanwhile."""
    counted = Counted(counting(server.url))
    server.kill()
    for call in counted.every_call():
        assert unavailable(call) in ("connection refused: nothing listens there", "not called after failures in a row")
    for number, _ in enumerate(counted.every_call()):
        assert unavailable(counted.by(server.url).every_call()[number]) == "connection refused: nothing listens there"


class _WebServer:
    """A server that speaks another protocol."""

    def __enter__(self) -> int:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()
        return int(self._socket.getsockname()[1])

    def _answer(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.mark.parametrize("which", range(4), ids=["available", "counter", "flights", "deadlines"])
def test_a_key_of_another_type_is_unavailable(client: Redis, server: RedisServer, which: int) -> None:
    """Another program's list under one of the keys breaks that event alone, until it is dropped."""
    counted, other = Counted(counting(server.url)), Counted(counting(server.url))
    wanted = counted.take()
    key = counted.keys(wanted)[which]
    client.delete(key)
    client.rpush(key, "not ours")
    unavailable(counted.by(server.url).take)
    other.take()
    counted.inventory.drop(counted.event.id)
    assert counted.inventory.reset(counted.availability(1, 10), OPEN, now()) is None
    counted.take(10)


def test_a_server_that_loads_its_data_is_unavailable() -> None:
    """It is unavailable until it is done, and then called again."""
    settings = ("enable-debug-command yes", "key-load-delay 5000", "loading-process-events-interval-bytes 1024")
    with serve(any_program(), *settings) as server, raw(server.url) as client, ThreadPoolExecutor(1) as thread:
        counted = Counted(counting(server.url))
        client.mset({f"filler-{number}": "x" * 1000 for number in range(1000)})
        loaded = thread.submit(client.execute_command, "DEBUG", "RELOAD")
        eventually(lambda: why(counted.inventory.check) == "BusyLoadingError", "the server loads")
        with raw(server.url) as other:
            other.config_set("key-load-delay", 0)
        loaded.result()
        counted.take()
