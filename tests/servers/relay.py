"""TCP relays for the tests: one leads to another server on demand, one ends TLS in front of a server that has none."""

import asyncio
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

_HOST = "127.0.0.1"
_CHUNK = 1 << 16


@attrs.define(eq=False)
class Relay:
    """Listens at `port`; every new connection leads to the port `target`, which may be changed at any time."""

    target: int
    port: int = 0
    context: ssl.SSLContext | None = None
    _ends: set[asyncio.StreamWriter] = attrs.field(factory=set, init=False)

    async def serve(self, ready: threading.Event, over: asyncio.Event) -> None:
        """Relay until it is over; then every connection ends."""
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # A task that is cancelled before its first step never sees its writer: it is kept here.
            self._ends.add(writer)
            tasks.add(asyncio.create_task(self._relay(reader, writer)))

        server = await asyncio.start_server(accept, _HOST, 0, ssl=self.context)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        server.close()
        while connections := asyncio.all_tasks() - {asyncio.current_task()}:
            for connection in connections:
                connection.cancel()
            await asyncio.gather(*connections, return_exceptions=True)
        self._abort(*self._ends)
        await asyncio.sleep(0)  # The transports close their sockets in the next round.

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        with suppress(OSError, asyncio.CancelledError):
            answers, onward = await asyncio.open_connection(_HOST, self.target)
            ends.append(onward)
            self._ends.add(onward)
            copies = [asyncio.create_task(_copy(reader, onward)), asyncio.create_task(_copy(answers, writer))]
            await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        self._abort(*ends)

    def _abort(self, *ends: asyncio.StreamWriter) -> None:
        for end in ends:
            end.transport.abort()
            self._ends.discard(end)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()


@contextmanager
def relaying(target: int, context: ssl.SSLContext | None = None) -> Generator[Relay]:
    """Yield a relay to this port."""
    relay, ready, loop, over = (
        Relay(target, context=context),
        threading.Event(),
        asyncio.new_event_loop(),
        asyncio.Event(),
    )
    thread = threading.Thread(target=loop.run_until_complete, args=[relay.serve(ready, over)])
    thread.start()
    try:
        ready.wait()
        yield relay
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@contextmanager
def ending_tls(directory: Path, target: int) -> Generator[Relay]:
    """Yield a relay that speaks TLS, with the server's certificate of this directory, and leads to a port in plain text."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem", directory / "server.key")
    with relaying(target, context) as relay:
        yield relay
