"""Relays before Postgres and Redis that count what passes: statements or commands, and round trips."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

#: Tells how many commands have begun and ended in the bytes of one client, as they come.
Parser = Callable[[bytes], int]

_CHUNK = 1 << 16


@attrs.define
class Counts:
    """What all clients together have sent: a round trip begins with the first bytes after a response."""

    commands: int = 0
    trips: int = 0


class PostgresParser:
    """Counts statements in the messages of a client (PostgreSQL's protocol, version 3)."""

    def __init__(self) -> None:
        self._rest = b""
        self._has_begun = False

    def __call__(self, data: bytes) -> int:
        self._rest += data
        return sum(kind in b"QE" for kind in iter(self._next_kind, None))

    def _next_kind(self) -> bytes | None:
        """Take one message off and return its kind, empty for the first, which has none; ``None`` if it is not whole."""
        begin = 1 if self._has_begun else 0
        end = begin + int.from_bytes(self._rest[begin : begin + 4])
        if len(self._rest) < max(begin + 4, end):
            return None
        kind, self._rest = self._rest[:begin], self._rest[end:]
        self._has_begun = True
        return kind or b"-"


class RedisParser:
    """Counts commands, each an array of strings (RESP)."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, data: bytes) -> int:
        self._rest += data
        found = 0
        while (end := self._end_of_command()) is not None:
            self._rest = self._rest[end:]
            found += 1
        return found

    def _end_of_command(self) -> int | None:
        end = self._rest.find(b"\r\n")
        if end < 0:
            return None
        count, end = int(self._rest[1:end]), end + 2
        for _ in range(count):
            line = self._rest.find(b"\r\n", end)
            if line < 0:
                return None
            end = line + 2 + int(self._rest[end + 1 : line]) + 2
        return end if len(self._rest) >= end else None


@attrs.define(eq=False)
class _Relay:
    target: str | int
    parser: Callable[[], Parser]
    counts: Counts = attrs.field(factory=Counts)

    async def serve(self, listener: socket.socket) -> None:
        if listener.family == socket.AF_UNIX:
            server = await asyncio.start_unix_server(self._relay, sock=listener)
        else:
            server = await asyncio.start_server(self._relay, sock=listener)
        async with server:
            await server.serve_forever()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, onward = await self._connect()
        is_answered, parse = True, self.parser()

        async def ask() -> None:
            nonlocal is_answered
            while data := await reader.read(_CHUNK):
                self.counts.trips += is_answered
                self.counts.commands += parse(data)
                is_answered = False
                onward.write(data)

        async def answer() -> None:
            nonlocal is_answered
            while data := await answers.read(_CHUNK):
                is_answered = True
                writer.write(data)

        with suppress(OSError):
            await asyncio.wait(map(asyncio.ensure_future, (ask(), answer())), return_when=asyncio.FIRST_COMPLETED)
        onward.close()
        writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, int):
            return await asyncio.open_connection("127.0.0.1", self.target)
        return await asyncio.open_unix_connection(self.target)


@contextmanager
def counting_postgres(directory: str, port: int) -> Generator[tuple[str, Counts]]:
    """Yield the directory of a socket that leads to the server whose socket is in a directory, and what is counted."""
    name = f".s.PGSQL.{port}"
    with tempfile.TemporaryDirectory(prefix="relay-") as home, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(home) / name))
        with _running(_Relay(f"{directory}/{name}", PostgresParser), listener) as counts:
            yield home, counts


@contextmanager
def counting_redis(port: int) -> Generator[tuple[int, Counts]]:
    """Yield a port that leads to the server at another, and what is counted."""
    with socket.create_server(("127.0.0.1", 0)) as listener, _running(_Relay(port, RedisParser), listener) as counts:
        yield listener.getsockname()[1], counts


@contextmanager
def _running(relay: _Relay, listener: socket.socket) -> Generator[Counts]:
    loop = asyncio.new_event_loop()
    serving = loop.create_task(relay.serve(listener))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        loop.run_until_complete(_cancelled_rest())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield relay.counts
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join()


async def _cancelled_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
