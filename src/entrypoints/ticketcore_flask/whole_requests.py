"""A WSGI application in threads, which are given whole requests, and never wait for a client."""

from __future__ import annotations

import asyncio
import contextvars
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import lru_cache
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
Headers = Sequence[tuple[bytes, bytes]]

_THREADS = 16
_HEALTH = "/health/"
_HEALTH_THREADS = 2
_GATES = "/tickets/"
_SALE_THREADS = 16
_READING = {"GET", "HEAD", "OPTIONS"}
#: How much of a response a thread makes before the client has to read it.
_PART = 64 * 1024
_WITHOUT_BODY = {204, 304}
#: A name or an address with a port or none (RFC 9110, section 7.2); it may be empty.
HOST_FORM = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


class WholeRequests:
    """Runs a WSGI application.

    The connections limit the length of bodies and the time that clients take.  Health checks have threads of
    their own, and so have sales, which may wait for rows that others hold: they delay neither checks nor scans nor reads.
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

    def begin(self, scope: Scope, body: bytes, send: Callable[[WsgiResponse], object]) -> None:
        """Have a thread begin the response to the request of an ASGI scope; there it calls ``send`` with it."""
        threads = self._threads_of(scope["method"], scope["path"])
        threads.submit(self._begin, WsgiResponse(threads, scope["method"]), scope, body, send)

    def _threads_of(self, method: str, path: str) -> Executor:
        if path.startswith(_HEALTH):
            return self._health_threads
        return self._threads if method in _READING or path.startswith(_GATES) else self._sale_threads

    def _begin(self, response: WsgiResponse, scope: Scope, body: bytes, send: Callable[[WsgiResponse], object]) -> None:
        try:
            response.begin(self._app, environ_of(scope, body))
        except Exception as error:
            self._fail(
                response, error, self._public_url or root_url(scope["scheme"], scope["headers"], scope["server"])
            )
        send(response)

    def _fail(self, response: WsgiResponse, error: Exception, public_url: str) -> None:
        problem = problem_response(refusal_of(error, "a request outside of the application"), public_url)
        fields = {**problem.headers, **protection(self._public_url)}
        response.replace(problem.status, [*fields.items()], problem.body)


class WsgiResponse:
    """A response as a WSGI application makes it, part by part, each in a thread; most have one part."""

    def __init__(self, threads: Executor, method: str) -> None:
        self.status = 500
        self.is_whole = True
        self.part = b""
        self._fields: list[tuple[str, str]] = []
        self._threads = threads
        self._is_head = method == "HEAD"
        # Of one request all parts see the same context variables, whichever threads make them.
        self._context = contextvars.copy_context()
        self._chunks: Iterator[bytes] = iter(())
        self._close: Callable[[], None] | None = None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The header fields; of a whole response with the length of its body."""
        fields = self._fields
        if self.is_whole and not self._is_head and self.status not in _WITHOUT_BODY:
            fields = [field for field in fields if field[0].lower() != "content-length"]
            fields.append(("Content-Length", str(len(self.part))))
        return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]

    def begin(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        """Call the application and make the first part."""
        self._context.run(self._begin, app, environ)
        if self._is_head:
            self.part = b""

    def replace(self, status: int, fields: list[tuple[str, str]], body: bytes) -> None:
        """Be another response instead, which is whole."""
        self.status, self._fields, self.is_whole = status, fields, True
        self.part = b"" if self._is_head else body

    async def send(self, _scope: object, receive: Receive, send: Send) -> None:
        """Send the response as an ASGI application does, part by part, as long as the client is there."""
        try:
            await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
            await self._send_parts(receive, send)
        finally:
            await self.close()

    async def _send_parts(self, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(receive())
        try:
            while not (self.is_whole or gone.done()):
                await send({"type": "http.response.body", "body": self.part, "more_body": True})
                await self._in_thread(self._make_part)
            if not gone.done():
                await send({"type": "http.response.body", "body": self.part})
        finally:
            gone.cancel()

    async def close(self) -> None:
        """Tell the application that no more is wanted."""
        if self._close is not None:
            await self._in_thread(self._close_now)

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._context.run, function)

    def _begin(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        response: Iterable[bytes] = app(environ, self._start)
        self._chunks, self._close = iter(response), getattr(response, "close", None)
        try:
            self._make_part()
        except BaseException:
            self._close_now()
            raise
        if self.is_whole:
            self._close_now()

    def _start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        if _CONTROL.search("".join([text for field in headers for text in field])):
            raise ValueError("a header field with a control character")
        self.status, self._fields = int(status[:3]), headers
        written: list[bytes] = []
        return written.append

    def _make_part(self) -> None:
        part = bytearray()
        self.is_whole = False
        for chunk in self._chunks:
            part += chunk
            if len(part) >= _PART:
                break
        else:
            self.is_whole = True
        self.part = bytes(part)

    def _close_now(self) -> None:
        close, self._close = self._close, None
        if close is not None:
            close()


def root_url(scheme: str, headers: Headers, server: tuple[str, int | None] | None) -> str:
    """Return what links begin with where no setting says so: the ``Host`` of a request, or else the server's own address."""
    hosts = [value for name, value in headers if name == b"host" and value]
    if len(hosts) == 1 and HOST_FORM.fullmatch(hosts[0]):
        return f"{scheme}://{hosts[0].decode()}"
    address, port = server or ("localhost", None)
    named = f"[{address}]" if ":" in address else address
    return f"{scheme}://{named}" + ("" if port is None else f":{port}")


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


@lru_cache
def _address(peer: str) -> str:
    """Return the peer's address; one of IPv4 as such, also where the server listens for both kinds."""
    try:
        address = ip_address(peer)
    except ValueError:
        return peer
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
