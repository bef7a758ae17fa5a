"""The buyers of a rush: a line of them, served on as many connections as are open at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import attrs

from tests.servers.ports import HOST

_CREATED, _ACCEPTED, _SOLD_OUT, _SERVER_ERROR = 201, 202, 409, 500
_TOKEN = "tok_approved"
#: How many connections are opened at a time, so that none is refused before the others are used.
_OPENED_TOGETHER = 200


@attrs.define
class Buyer:
    """A buyer of one place, who asks ``tries`` times more at most."""

    number: int
    tries: int


@attrs.define
class Tally:
    """What the buyers saw: seconds of each kind of request, and since the beginning when a buyer knew the outcome."""

    began: float
    sold_out_after: float = 0.0
    requests: dict[str, list[float]] = attrs.field(factory=lambda: {"reserve": [], "pay": [], "refusal": []})
    known: dict[str, list[float]] = attrs.field(factory=lambda: {"winners": [], "losers": []})
    statuses: Counter[int] = attrs.field(factory=Counter)
    errors: Counter[str] = attrs.field(factory=Counter)
    broken: Counter[str] = attrs.field(factory=Counter)

    def note(self, status: int, body: bytes) -> None:
        """Count a response, and if it is a server error what it says."""
        self.statuses[status] += 1
        if status >= _SERVER_ERROR:
            self.errors[f"{status} {json.loads(body)['detail']}"] += 1

    @property
    def winners(self) -> int:
        """How many buyers have paid."""
        return len(self.known["winners"])


class _Connection(asyncio.Protocol):
    """A connection kept alive, with one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""
        self._response: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head) or self._response is None:
            return
        self._received = b""
        self._response.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._response is not None and not self._response.done():
            self._response.set_exception(exc or ConnectionResetError("closed"))

    async def post(self, path: str, content: dict[str, object]) -> tuple[int, bytes]:
        """Send a request; return the status and the body, raise ``OSError`` if the connection is lost."""
        body = json.dumps(content).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: rush\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        assert self._transport is not None
        if self._transport.is_closing():
            raise ConnectionResetError("closed")
        self._response = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + body)
        return await self._response

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])


@attrs.frozen
class Crowd:
    """Buyers of one place each for an event; a loser gets in line again until the tries are used up."""

    port: int
    event_id: str
    places: int
    buyers: int
    tries: int
    connections: int

    async def rush(self, at_sold_out: Callable[[], None]) -> Tally:
        """Let all of them buy; ``at_sold_out`` is called when the last place is reserved."""
        opened = await self._open()
        line = deque(Buyer(number, self.tries) for number in range(self.buyers))
        tally = Tally(time.perf_counter())
        try:
            await asyncio.gather(*(self._serve(connection, line, tally, at_sold_out) for connection in opened))
        finally:
            for connection in opened:
                connection.close()
        return tally

    async def _open(self) -> list[_Connection]:
        loop, opened = asyncio.get_running_loop(), list[_Connection]()
        while (left := self.connections - len(opened)) > 0:
            together = [
                loop.create_connection(_Connection, HOST, self.port) for _ in range(min(left, _OPENED_TOGETHER))
            ]
            opened += [connection for _, connection in await asyncio.gather(*together)]
        return opened

    async def _serve(
        self, connection: _Connection, line: deque[Buyer], tally: Tally, at_sold_out: Callable[[], None]
    ) -> None:
        while line:
            buyer = line.popleft()
            try:
                await self._buy(connection, buyer, line, tally, at_sold_out)
            except OSError as error:
                tally.broken[type(error).__name__] += 1
                return

    async def _buy(
        self,
        connection: _Connection,
        buyer: Buyer,
        line: deque[Buyer],
        tally: Tally,
        at_sold_out: Callable[[], None],
    ) -> None:
        began = time.perf_counter()
        email = f"buyer-{buyer.number}@example.com"
        wanted: dict[str, object] = {"event_id": self.event_id, "quantity": 1, "customer_email": email}
        status, body = await connection.post("/orders", wanted)
        now = time.perf_counter()
        tally.note(status, body)
        if status == _CREATED:
            tally.requests["reserve"].append(now - began)
            if len(tally.requests["reserve"]) == self.places:
                tally.sold_out_after = now - tally.began
                at_sold_out()
            await _pay(connection, json.loads(body), tally)
        elif status == _SOLD_OUT and buyer.tries > 1:
            tally.requests["refusal"].append(now - began)
            line.append(Buyer(buyer.number, buyer.tries - 1))
        elif status == _SOLD_OUT:
            tally.requests["refusal"].append(now - began)
            tally.known["losers"].append(now - tally.began)


async def _pay(connection: _Connection, order: dict[str, Any], tally: Tally) -> None:
    began = time.perf_counter()
    status, body = await connection.post(f"/orders/{order['id']}/payment", {"payment_token": _TOKEN})
    now = time.perf_counter()
    tally.note(status, body)
    if status == _ACCEPTED:
        tally.requests["pay"].append(now - began)
        tally.known["winners"].append(now - tally.began)
