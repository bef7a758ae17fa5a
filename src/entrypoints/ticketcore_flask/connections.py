"""Connections of the HTTP server: how much a client may send, for how long it may take, and how the server itself refuses.

uvicorn's protocol limits neither the length of a head nor the time of a request or a reader, and refuses in plain text.  All
of this can only be decided where the bytes arrive, so it is a subclass of that protocol.  It hands whole requests to threads
and sends most responses in one piece, without the tasks and messages of ASGI, which took a third of a small request's time.
"""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_flask import pages
from ticketcore_flask.whole_requests import HOST_FORM, Headers, WholeRequests, WsgiResponse, root_url
from ticketcore_texts import ENGLISH
from ticketcore_wire.problems import MalformedRequest, PayloadTooLarge
from ticketcore_wire.requests import MAX_BODY
from ticketcore_wire.responses import Response, in_language, language_for, problem_response, protection

MAX_LINE = 8190
MAX_FIELDS = 100
MAX_HEAD = 32 * 1024
#: Of a body in chunks, framing included, and of what is read and dropped after a refusal.
_MAX_RECEIVED = 1024 * 1024

REQUEST_SECONDS = 20
RESPONSE_SECONDS = 20
#: Longer than proxies keep idle connections (nginx and AWS load balancers: 60), so that none sends into a closing one.
KEEP_ALIVE_SECONDS = 75
_LINGER_SECONDS = 5

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_END = b"\r\n"
_LAST = b"connection: close\r\n\r\n"

_NOT_HTTP = MalformedRequest(Text("The request is not HTTP as this service understands it."))
_TOO_LONG = MalformedRequest(Text("The request line, a header field, or all of them together are too long."))
_HOST = MalformedRequest(Text("The request needs exactly one Host."))
#: Fields with one value (RFC 9110, section 5.3); WSGI would join several with commas.
_SINGLE = {name.lower().encode(): name for name in ("Authorization", "Content-Type", "Idempotency-Key")}
_TOO_SLOW = MalformedRequest(Text("The request did not arrive in time."))
_BROKEN_OFF = MalformedRequest(Text("The request breaks off before its end."))


class _Refused(Exception):
    """Ends parsing; ``Connection`` has noted the refusal."""


class Connection(HttpToolsProtocol):
    """One client's connection, which answers one request at a time.

    Beyond ``most`` connections the one that has been silent for longest is closed.
    """

    def __init__(
        self, *arguments: Any, requests: WholeRequests, most: int, public_url: str | None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._requests = requests
        self._most = most
        self._public_url = public_url
        self._silent_since = 0.0
        self._request_timer: asyncio.TimerHandle | None = None
        self._response_timer: asyncio.TimerHandle | None = None
        self._received = 0
        self._body_length = 0
        self._is_in_head = True
        self._refusal: Refusal = _NOT_HTTP
        self._is_refused = False
        self._has_ended = False

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # As uvicorn has it.
        super().connection_made(transport)
        self._expect_request()
        if len(self.connections) > self._most:
            self._close_most_silent()

    def _close_most_silent(self) -> None:
        silent = (each for each in self.connections if isinstance(each, Connection) and not each._is_answering())
        victim = min(silent, key=lambda each: each._silent_since, default=self)
        # Its transport reports the loss later, and further connections may be made before.
        self.connections.discard(victim)
        victim.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._received_whole()
        self._is_read()

    def eof_received(self) -> bool:  # type: ignore[override]  # True keeps the connection open for the response.
        self._has_ended = True
        if self._is_answering():
            self.cycle.keep_alive = False
            return True
        if self._received and not self._is_refused:
            self._refuse(_BROKEN_OFF)
            return True
        return False

    # Requests

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._is_refused:
            if self._received > _MAX_RECEIVED:
                self.transport.abort()
            return
        if self._request_timer is None and not self._is_answering():
            self._expect_request()
        super().data_received(data)
        if not self._is_refused and self._received > (MAX_HEAD if self._is_in_head else _MAX_RECEIVED):
            self._refuse(_TOO_LONG if self._is_in_head else PayloadTooLarge())

    def on_message_begin(self) -> None:
        if self._is_answering():
            # A client that sends requests in advance repeats those that get no response (RFC 9112, 9.3.2).
            raise _Refused
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers of a body in chunks are no header fields of its request.
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        assert self.parser is not None, "the parser lives as long as its connection"
        self._is_in_head = False
        self._body_length = 0
        flaw = _flaw_of(self.parser.get_http_version(), self.url, self.headers)
        if flaw is not None:
            self._refusal = flaw
            raise _Refused
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_length += len(body)
        if self._body_length > MAX_BODY:
            self._refusal = PayloadTooLarge()
            raise _Refused
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._received_whole()
        cycle = self.cycle
        scope: Any = cycle.scope  # A type of uvicorn's own.
        self._requests.begin(scope, bytes(cycle.body), lambda response: self._begun(cycle, response))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: object) -> None:
        # Nothing begins before the whole request is here.
        if cycle.waiting_for_100_continue and cycle.scope["http_version"] == "1.1":
            self.transport.write(_CONTINUE)
        cycle.waiting_for_100_continue = False

    def _expect_request(self) -> None:
        self._silent_since = self.loop.time()
        self._request_timer = self.loop.call_later(REQUEST_SECONDS, self._give_up_request)

    def _received_whole(self) -> None:
        self._received = 0
        self._is_in_head = True
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _give_up_request(self) -> None:
        if self._received:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.abort()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    # Responses

    def _begun(self, cycle: RequestResponseCycle, response: WsgiResponse) -> None:
        """Have the loop send a response; called in the thread that has begun it."""
        fields = _written(response.headers) if response.is_whole else b""
        self.loop.call_soon_threadsafe(self._send, cycle, response, fields)

    def _send(self, cycle: RequestResponseCycle, response: WsgiResponse, fields: bytes) -> None:
        if not response.is_whole:
            # The next event is that the client has gone: the request was taken without asking for it.
            cycle.message_event.clear()
            send: Any = response.send  # An application of ASGI, for which uvicorn has types of its own.
            task = self.loop.create_task(cycle.run_asgi(send))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            return
        if cycle.disconnected:
            return
        defaults = _written(self.server_state.default_headers)
        end = _END if cycle.keep_alive else _LAST
        self.transport.write(b"".join((STATUS_LINE[response.status], defaults, fields, end, response.part)))
        cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._is_read()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._silent_since = self.loop.time()
        if self.transport.get_write_buffer_size():
            self._expect_reading()

    def _expect_reading(self) -> None:
        if self._response_timer is None:
            self._response_timer = self.loop.call_later(RESPONSE_SECONDS, self._give_up_response)

    def _is_read(self) -> None:
        if self._response_timer is not None:
            self._response_timer.cancel()
            self._response_timer = None

    def _give_up_response(self) -> None:
        self._response_timer = None
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    # Refusals

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed; ``msg`` is uvicorn's own text."""
        self._refuse(self._refusal)

    def _refuse(self, refusal: Refusal) -> None:
        self._is_refused = True
        self._received_whole()
        if self._is_answering():
            # What cannot be read came behind a request whose response is the last one then.
            self.cycle.keep_alive = False
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.flow.resume_reading()
        headers = self.headers or []
        public_url = self._public_url or root_url(self.scheme or "http", headers, self.server)
        self.transport.write(_message_of(_response_to(headers, refusal, public_url), public_url))
        self._linger()

    def _linger(self) -> None:
        """Close as soon as the client has, for a client that is cut off while it sends may never read the response."""
        if self._has_ended:
            self.transport.close()
        else:
            self.transport.write_eof()
            self._request_timer = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)


def _written(fields: Headers) -> bytes:
    return b"".join([b"%s: %s\r\n" % field for field in fields])


def _flaw_of(version: str, url: bytes, headers: Headers) -> Refusal | None:
    """Return why a request with this head is refused, ``None`` if it is not."""
    if version not in {"1.0", "1.1"}:
        return _NOT_HTTP
    lengths = [len(name) + len(value) for name, value in headers]
    if (
        len(url) > MAX_LINE
        or len(lengths) > MAX_FIELDS
        or max(lengths, default=0) > MAX_LINE
        or sum(lengths) > MAX_HEAD
    ):
        return _TOO_LONG
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (version == "1.1" and not hosts):
        return _HOST
    if hosts and not HOST_FORM.fullmatch(hosts[0]):
        return _NOT_HTTP
    announced = [value for name, value in headers if name == b"content-length"]
    names = [name for name, _ in headers]
    for name, shown in _SINGLE.items():
        if names.count(name) > 1:
            return MalformedRequest(Text("The request has more than one %(name)s.", name=shown))
    # The parser has seen that they are digits.
    return PayloadTooLarge() if announced and int(announced[0]) > MAX_BODY else None


def _response_to(headers: Headers, refusal: Refusal, public_url: str) -> Response:
    """Return a refusal as a problem, or as a page where a browser asks for one."""
    sent = {name: value.decode("latin-1") for name, value in headers}
    response = problem_response(refusal, public_url)
    if "text/html" not in sent.get(b"accept", ""):
        return response
    language = language_for(sent.get(b"accept-language"), ENGLISH)
    fields = {
        **in_language(language),
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": pages.CONTENT_POLICY,
    }
    return Response(response.status, fields, pages.refusal_page(refusal, language).encode())


def _message_of(response: Response, public_url: str) -> bytes:
    """Return the last response of a connection as it is sent."""
    body = response.body
    fields = {
        "Date": formatdate(usegmt=True),
        **protection(public_url),
        **response.headers,
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    status = HTTPStatus(response.status)
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode() + body
