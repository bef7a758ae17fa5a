"""Connections to Redis: one server or a cluster, with bounded waits, opened when first needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib import resources
from typing import Any

import attrs
from redis import BlockingConnectionPool, ConnectionPool, Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.cluster import NodesManager
from redis.commands.core import Script
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import NoScriptError, RedisClusterException, RedisError, ResponseError
from redis.retry import Retry

from ticketcore.domain.errors import Unavailable, UnknownOption
from ticketcore_redis import failures
from ticketcore_redis.thread_connections import WORTH_ANOTHER_TRY, ThreadConnections

SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster")
_CLUSTER = "+cluster"
_SCRIPTS = ("take", "sync", "reset", "counter", "admit")
_SECONDS = 0.3
#: What Redis says of a script that met a key which is none of ours.
_OF_ITS_KEYS = "WRONGTYPE"
_CONNECTIONS = 64
_OPTIONS: dict[str, Any] = {
    "socket_timeout": _SECONDS,
    "socket_connect_timeout": _SECONDS,
    "max_connections": _CONNECTIONS,
    "decode_responses": True,
}


def check_url(url: str) -> None:
    """Raise ``ValueError`` for a URL that cannot be used, ``UnknownOption`` if that is because of an option in its query."""
    pool = ConnectionPool.from_url(url.replace(_CLUSTER, "", 1), **_OPTIONS)
    try:
        pool.connection_class(**pool.connection_kwargs)
    except TypeError as error:
        raise UnknownOption(str(error).rpartition(" ")[2].strip("'")) from error
    except RedisError as error:
        raise ValueError(url) from error


@attrs.frozen(eq=False)
class _Opened:
    """A client with its scripts by name, and for one server the connections of threads."""

    client: Redis | RedisCluster
    scripts: dict[str, Script]
    threads: ThreadConnections | None

    def call(self, *command: str | int) -> Any:
        """Run one command, and return the response."""
        if self.threads is not None:
            return self.threads.call(*command)
        return self.client.execute_command(*command)  # type: ignore[no-untyped-call]  # The library has no type for it.

    def close(self) -> None:
        """Close all connections."""
        if self.threads is not None:
            self.threads.close()
        self.client.close()


@attrs.define(eq=False)
class RedisServer:
    """Runs scripts on the server or cluster at ``url``: ``redis://`` or ``rediss://``, with ``+cluster`` or without.

    Every method raises ``Unavailable`` if it cannot be reached or refuses, about a second later at most.
    """

    url: str = attrs.field(repr=False)
    _opening: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    _opened: _Opened | None = None

    @property
    def is_cluster(self) -> bool:
        return self.url.partition("://")[0].endswith(_CLUSTER)

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """Run a script by its hash; it is loaded if the server does not know it (any more)."""
        with _translated():
            opened = self._open()
            called = opened.scripts[script]
            try:
                return opened.call("EVALSHA", called.sha, len(keys), *keys, *arguments)
            except NoScriptError:
                # This loads it where it runs.  To load it first is to load it on all nodes, and one may be down.
                return opened.call("EVAL", _text_of(script), len(keys), *keys, *arguments)

    def read_each(self, script: str, groups: Sequence[Sequence[str]], arguments: Sequence[str | int]) -> list[str]:
        """Run a script that returns a line for each group of keys, on one server for all at once, and return the lines.

        A line is empty where something else stands under the keys.
        """
        if not self.is_cluster:
            try:
                return self._lines(script, [key for group in groups for key in group], arguments)
            except Unavailable as failure:
                if not _is_of_other_keys(failure.__cause__):
                    raise
        return [self._line(script, group, arguments) for group in groups]

    def _line(self, script: str, group: Sequence[str], arguments: Sequence[str | int]) -> str:
        try:
            [line] = self._lines(script, group, arguments)
        except Unavailable as failure:
            if not _is_of_other_keys(failure.__cause__):
                raise
            return ""
        return line

    def _lines(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> list[str]:
        text: str = self.run(script, keys, arguments)
        return text.split("\n")

    def delete(self, keys: Sequence[str]) -> None:
        """Delete keys."""
        with _translated():
            self._open().client.delete(*keys)

    def close(self) -> None:
        """Close all connections; the next call opens them again."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _open(self) -> _Opened:
        if self._opened is not None:
            return self._opened
        # Opening a cluster queries its nodes, which other threads need not wait for.
        if not self._opening.acquire(timeout=_SECONDS):
            raise NoConnection("another thread is still connecting")
        try:
            self._opened = self._opened or _open(self.url)
            return self._opened
        finally:
            self._opening.release()


def _open(url: str) -> _Opened:
    # A server that does not respond in time is not asked again.
    retry = Retry(NoBackoff(), 1, supported_errors=WORTH_ANOTHER_TRY)
    scheme, _, address = url.partition("://")
    client: Redis | RedisCluster
    if scheme.endswith(_CLUSTER):
        client = RedisCluster.from_url(f"{scheme.removesuffix(_CLUSTER)}://{address}", retry=retry, **_OPTIONS)
        _bound_refresh(client.nodes_manager)
    else:
        client = Redis.from_pool(BlockingConnectionPool.from_url(url, timeout=_SECONDS, retry=retry, **_OPTIONS))
    threads = ThreadConnections(client.connection_pool) if isinstance(client, Redis) else None
    return _Opened(client, {name: client.register_script(_text_of(name)) for name in _SCRIPTS}, threads)


def _bound_refresh(nodes: NodesManager) -> None:
    """Bound the wait for other threads that refresh the cluster's slots: they do so one at a time."""
    refresh, turn = nodes.initialize, threading.Lock()

    @wraps(refresh)
    def bounded(*args: Any, **options: Any) -> None:
        if not turn.acquire(timeout=_SECONDS):
            raise NoConnection("another thread is still refreshing the cluster's slots")
        try:
            refresh(*args, **options)
        finally:
            turn.release()

    nodes.initialize = bounded  # type: ignore[method-assign]  # It has no bound of its own, nor a setting for one.


def _text_of(script: str) -> str:
    return (resources.files("ticketcore_redis") / "scripts" / f"{script}.lua").read_text("utf-8")


def _is_of_other_keys(error: BaseException | None) -> bool:
    return isinstance(error, ResponseError) and _OF_ITS_KEYS in str(error)


@contextmanager
def _translated() -> Iterator[None]:
    """Translate every error of Redis into ``Unavailable``: the ledger then decides without it."""
    try:
        yield
    except (RedisError, RedisClusterException) as error:
        raise Unavailable("inventory", failures.reason(error)) from error
