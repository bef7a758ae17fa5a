"""A connection for each thread: redis-py's pool takes longer than a command."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakSet

import attrs
from redis import ConnectionPool
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import ReadOnlyError

#: The connection was closed meanwhile, or leads to a server that is a replica by now: a new one may do better.
WORTH_ANOTHER_TRY = (NoConnection, ReadOnlyError)


class _OfThread(threading.local):
    connection: AbstractConnection | None = None


@attrs.define(eq=False)
class ThreadConnections:
    """Runs commands, each thread on a connection of its own to the server of a pool; it is closed when its thread has ended."""

    _pool: ConnectionPool
    _own: _OfThread = attrs.field(init=False, factory=_OfThread)
    _all: WeakSet[AbstractConnection] = attrs.field(init=False, factory=WeakSet)

    def call(self, *command: str | int) -> Any:
        """Run one command, and return the response; raise redis-py's errors.

        It is tried once more on a new connection after an error that is ``WORTH_ANOTHER_TRY``.
        """
        connection = self._own.connection or self._open()
        try:
            return _exchange(connection, command)
        except WORTH_ANOTHER_TRY:
            connection.disconnect()  # type: ignore[no-untyped-call]  # The library has no type for it.
            return _exchange(connection, command)

    def close(self) -> None:
        """Close all connections; a thread that goes on opens its own again."""
        for connection in list(self._all):
            connection.disconnect()  # type: ignore[no-untyped-call]  # The library has no type for it.

    def _open(self) -> AbstractConnection:
        connection: AbstractConnection = self._pool.connection_class(**self._pool.connection_kwargs)
        self._own.connection = connection
        self._all.add(connection)
        return connection


def _exchange(connection: AbstractConnection, command: tuple[str | int, ...]) -> Any:
    connection.send_packed_command([_packed(command)])  # type: ignore[no-untyped-call]  # The library has no type for it.
    return connection.read_response()


def _packed(command: tuple[str | int, ...]) -> bytes:
    """Return a command as Redis reads it, in less time than redis-py takes for any type and encoding."""
    texts = [str(part) for part in command]
    packed = "".join([f"${len(text)}\r\n{text}\r\n" for text in texts])
    if not packed.isascii():  # Redis counts octets.
        packed = "".join([f"${len(text.encode())}\r\n{text}\r\n" for text in texts])
    return f"*{len(texts)}\r\n{packed}".encode()
