"""A WSGI application under an ASGI server: threads are given whole requests, and never wait for a client."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import Executor, ThreadPoolExecutor
from io import BytesIO
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote_to_bytes

from ticketcore_wire.responses import problem_response, protection, refusal_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
T = TypeVar("T")

_THREADS = 16
_HEALTH = "/health/"
_HEALTH_THREADS = 2
_GATES = "/tickets/"
_SALE_THREADS = 16
_READING = {"GET", "HEAD", "OPTIONS"}
#: How much of a response a thread makes before the client has to read it.
_PART = 64 * 1024


class WholeRequests:
    """An ASGI application that runs a WSGI application.

    The server in front limits the length of bodies and the time that clients take.  Health checks have threads of their own,
    and so have sales, which may wait for rows that others hold: they delay neither checks nor scans nor reads.
    """

    def __init__(self, app: WSGIApplication, public_url: str | None) -> None:
        self._app = app
        self._public_url = public_url
        self._threads = ThreadPoolExecutor(_THREADS, "request")
        self._sale_threads = ThreadPoolExecutor(_SALE_THREADS, "sale")
        self._health_threads = ThreadPoolExecutor(_HEALTH_THREADS, "health")

    def close(self) -> None:
        """Wait for the threads."""
        self._threads.shutdown()
        self._sale_threads.shutdown()
        self._health_threads.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _whole(receive)
        if body is None:
            return
        response = _Response(self._threads_of(scope["method"], scope["path"]))
        try:
            is_last, part = await response.begin(self._app, environ_of(scope, body))
        except Exception as error:
            await self._send_failure(error, send)
            return
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        try:
            await _send_parts(response, is_last, part, receive, send)
        finally:
            await response.close()

    def _threads_of(self, method: str, path: str) -> Executor:
        if path.startswith(_HEALTH):
            return self._health_threads
        return self._threads if method in _READING or path.startswith(_GATES) else self._sale_threads

    async def _send_failure(self, error: Exception, send: Send) -> None:
        response = problem_response(refusal_of(error, "a request outside of the application"), self._public_url or "")
        body = response.body
        fields = {**response.headers, **protection(self._public_url), "Content-Length": str(len(body))}
        headers = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _whole(receive: Receive) -> bytes | None:
    """Return the body, ``None`` if the client went away before its end."""
    parts: list[bytes] = []
    while (message := await receive())["type"] == "http.request":
        parts.append(message["body"])
        if not message["more_body"]:
            return b"".join(parts)
    return None


class _Response:
    """A response as a WSGI application makes it, part by part, each in a thread."""

    def __init__(self, threads: Executor) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self._threads = threads
        # Of one request all parts see the same context variables, whichever threads make them.
        self._context = contextvars.copy_context()
        self._chunks: Iterator[bytes] = iter(())
        self._close: Callable[[], None] | None = None

    async def begin(self, app: WSGIApplication, environ: WSGIEnvironment) -> tuple[bool, bytes]:
        return await self._in_thread(lambda: self._begin(app, environ))

    async def more(self) -> tuple[bool, bytes]:
        """Return whether it is the last part, and the part."""
        return await self._in_thread(self._part)

    async def close(self) -> None:
        if self._close is not None:
            await self._in_thread(self._close_now)

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._context.run, function)

    def _begin(self, app: WSGIApplication, environ: WSGIEnvironment) -> tuple[bool, bytes]:
        response: Iterable[bytes] = app(environ, self._start)
        self._chunks, self._close = iter(response), getattr(response, "close", None)
        try:
            is_last, part = self._part()
        except BaseException:
            self._close_now()
            raise
        if is_last:
            self._close_now()
        return is_last, part

    def _start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        self.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        written: list[bytes] = []
        return written.append

    def _part(self) -> tuple[bool, bytes]:
        part = bytearray()
        for chunk in self._chunks:
            part += chunk
            if len(part) >= _PART:
                return False, bytes(part)
        return True, bytes(part)

    def _close_now(self) -> None:
        close, self._close = self._close, None
        if close is not None:
            close()


async def _send_parts(response: _Response, is_last: bool, part: bytes, receive: Receive, send: Send) -> None:
    if is_last:
        await send({"type": "http.response.body", "body": part})
        return
    gone = asyncio.ensure_future(receive())
    try:
        while not (is_last or gone.done()):
            await send({"type": "http.response.body", "body": part, "more_body": True})
            is_last, part = await response.more()
        if not gone.done():
            await send({"type": "http.response.body", "body": part})
    finally:
        gone.cancel()


def environ_of(scope: Scope, body: bytes) -> WSGIEnvironment:
    """Return the WSGI environment of a request; nothing but its peer and its path say who asks and where."""
    server, port = scope["server"] or ("", None)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server,
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": _address(scope["client"][0]) if scope["client"] else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_field(environ, name.decode("latin-1"), value.decode("latin-1"))
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _add_field(environ: WSGIEnvironment, name: str, value: str) -> None:
    # In WSGI an underscore is a hyphen: a proxy that takes a header away would let the other spelling through.
    if "_" in name:
        return
    variable = name.upper().replace("-", "_")
    if variable != "CONTENT_TYPE":
        variable = f"HTTP_{variable}"
    separator = "; " if name == "cookie" else ","
    environ[variable] = f"{environ[variable]}{separator}{value}" if variable in environ else value


def _address(peer: str) -> str:
    """Return the peer's address; one of IPv4 as such, also where the server listens for both kinds."""
    try:
        address = ip_address(peer)
    except ValueError:
        return peer
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
