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

    async def serve(self, ready: threading.Event, over: asyncio.Event) -> None:
        """Relay until it is over; then every connection ends."""
        async with await asyncio.start_server(self._relay, _HOST, 0, ssl=self.context) as server:
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await over.wait()
            connections = asyncio.all_tasks() - {asyncio.current_task()}
            for connection in connections:
                connection.cancel()
            await asyncio.gather(*connections, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        with suppress(OSError, asyncio.CancelledError):
            answers, onward = await asyncio.open_connection(_HOST, self.target)
            ends.append(onward)
            copies = [asyncio.create_task(_copy(reader, onward)), asyncio.create_task(_copy(answers, writer))]
            await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.transport.abort()
            with suppress(OSError):
                await end.wait_closed()


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
