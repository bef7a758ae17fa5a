"""A WSGI application behind the server of connections: what it is given, and how its responses reach slow clients."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, IncompleteRead
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.entrypoints.server import wait_until
from tests.patience import PATIENCE_SECONDS
from ticketcore_flask.proxies import TrustedProxies
from ticketcore_flask.server import listen, serve, url_of
from ticketcore_flask.whole_requests import environ_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 16
CHUNK = b"a" * 8192
CHUNKS = 4000

SCOPE: dict[str, Any] = {
    "method": "GET",
    "path": "/",
    "raw_path": b"/",
    "query_string": b"",
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", 8000),
    "client": ("192.0.2.1", 4711),
    "headers": [],
}


def environ(*headers: tuple[bytes, bytes], **more: Any) -> WSGIEnvironment:
    return environ_of(SCOPE | {"headers": list(headers)} | more, b"")


@attrs.define(eq=False)
class Endless:
    """An application whose responses are larger than any buffer, and that counts those that were closed."""

    closed: int = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/broken":
                raise ValueError(environ["PATH_INFO"])
            case "/breaks":
                start_response("200 OK", [])
                return self._breaking()
            case "/splits":
                start_response("200 OK", [("X-Name", "a\r\nSet-Cookie: b=c")])
                return [b"ok"]
            case "/empty":
                start_response("204 No Content", [])
                return []
            case "/misjudges":
                start_response("200 OK", [("content-length", "700")])
                return [b"ok"]
            case "/long":
                start_response("200 OK", [])
                return _Counted(self)
            case _:
                start_response("200 OK", [("Content-Length", "2")])
                return [b"ok"]

    def _breaking(self) -> Iterator[bytes]:
        yield CHUNK * 20
        raise ValueError


@attrs.define(eq=False)
class _Counted:
    app: Endless

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(CHUNKS):
            yield CHUNK

    def close(self) -> None:
        self.app.closed += 1


@contextmanager
def served(app: WSGIApplication, host: str = "127.0.0.1") -> Iterator[int]:
    """Yield the port of an application that is served within the block, and ends with the first process."""
    first_process, life = os.pipe()
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=serve, args=(app, None, listener, first_process))
        thread.start()
        try:
            yield port
        finally:
            os.close(life)
            thread.join()
            os.close(first_process)


def get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, bytes]:
    with closing(HTTPConnection(host, port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


def test_a_long_response_arrives_whole() -> None:
    """It is made part by part and closed once."""
    app = Endless()
    with served(app) as port:
        assert get(port, "/long") == (200, CHUNK * CHUNKS)
        assert app.closed == 1


def test_clients_that_do_not_read_hold_no_thread() -> None:
    """With more of them than threads others are answered; when they go, their responses are closed."""
    app = Endless()
    with served(app) as port:
        with ExitStack() as stack:
            for _ in range(2 * THREADS):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                client.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            assert get(port, "/") == (200, b"ok")
            assert app.closed == 0
        wait_until(lambda: app.closed == 2 * THREADS)


@attrs.define(eq=False)
class WaitingSales:
    """An application whose sales wait until they are let go; ``waiting`` counts them."""

    go: threading.Event = attrs.field(factory=threading.Event)
    waiting: int = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(("/orders", "/events")) and environ["REQUEST_METHOD"] != "GET":
            self.waiting += 1
            self.go.wait(60)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


SALES = ["POST /orders", "POST /orders/x/payment", "DELETE /orders/x", "PATCH /events/x", "POST /events"]
OTHERS = [
    "POST /tickets/validate",
    "POST /tickets/undo",
    "GET /events",
    "GET /orders/x",
    "GET /health/live",
    "GET /metrics",
]


def test_sales_that_wait_delay_neither_gates_nor_readers() -> None:
    """With every thread of theirs waiting, and more of them in line, the others are answered."""
    app = WaitingSales()
    with served(app) as port, ExitStack() as stack:
        stack.callback(app.go.set)
        for number in range(3 * THREADS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            sale = SALES[number % len(SALES)]
            client.sendall(f"{sale} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        wait_until(lambda: app.waiting == THREADS)
        for method, path in map(str.split, OTHERS):
            with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
                connection.request(method, path)
                assert connection.getresponse().status == 200, path
        assert not app.go.is_set()
        app.go.set()
        wait_until(lambda: app.waiting == 3 * THREADS)


def test_what_the_application_lets_through_is_a_problem() -> None:
    """A failure before the response is a problem; after its beginning the response breaks off, and the service goes on."""
    with served(Endless()) as port:
        status, body = get(port, "/broken")
        assert (status, b'"code": "internal_error"' in body) == (500, True)
        with pytest.raises(IncompleteRead):
            get(port, "/breaks")
        assert get(port, "/") == (200, b"ok")


def test_a_response_has_the_fields_and_the_length_that_it_has() -> None:
    """No field begins another one, an empty response has no length, and a wrong length is put right, also for ``HEAD``."""
    with served(Endless()) as port, closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        found = []
        for method, path in [("GET", "/splits"), ("GET", "/empty"), ("GET", "/misjudges"), ("HEAD", "/")]:
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read()
            found.append((response.status, response.headers["Set-Cookie"], response.headers["Content-Length"], body))
    assert (found[0][:2], json.loads(found[0][3])["code"]) == ((500, None), "internal_error")
    assert found[1:] == [(204, None, None, b""), (200, None, "2", b"ok"), (200, None, "2", b"")]


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_address_of_ipv6_may_have_brackets(host: str) -> None:
    """The service can be reached there, and is announced with them."""
    with served(Endless(), host) as port:
        assert get(port, "/", "::1") == (200, b"ok")
    with listen(host, 0) as listener:
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_a_name_that_is_none_cannot_be_listened_on() -> None:
    """It is refused as an address that cannot be used."""
    with pytest.raises(OSError, match=r"[Nn]ame|[Aa]ddress"):
        listen("no.such.host.invalid", 0)


def test_headers_are_those_of_the_request() -> None:
    """Repeated fields are joined, cookies with a semicolon; a name with an underscore could pose as another and is left out."""
    found = environ(
        (b"accept", b"a"),
        (b"accept", b"b"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x_forwarded_for", b"192.0.2.9"),
        (b"script_name", b"/x"),
        (b"content-type", b"text/plain"),
        (b"content-length", b"77"),
    )
    assert (found["HTTP_ACCEPT"], found["HTTP_COOKIE"]) == ("a,b", "a=1; b=2")
    assert (found["CONTENT_TYPE"], found["CONTENT_LENGTH"], found["SCRIPT_NAME"]) == ("text/plain", "0", "")
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_SCRIPT_NAME", "HTTP_CONTENT_TYPE"} & found.keys()


@pytest.mark.parametrize(
    ("peer", "address"),
    [("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"), ("odd", "odd")],
)
def test_a_client_has_one_address(peer: str, address: str) -> None:
    """One of IPv4 is the same whether the service listens for IPv6 too or not."""
    assert environ(client=(peer, 4711))["REMOTE_ADDR"] == address


def test_a_path_keeps_its_bytes() -> None:
    """It is decoded once, whatever its encoding."""
    assert environ(raw_path=b"/a%2Fb%3F%23%20%22%ff")["PATH_INFO"] == '/a/b?# "\xff'


def test_trusted_proxies_say_who_asks_and_how() -> None:
    """Client, scheme and host are theirs; a scheme that is none is not believed, and the mount path is not theirs."""
    seen: list[WSGIEnvironment] = []

    def app(environ: WSGIEnvironment, _start: StartResponse) -> list[bytes]:
        seen.append(environ)
        return []

    def start(*_: Any) -> Any:
        raise AssertionError

    said = [
        (b"x-forwarded-for", b"203.0.113.5"),
        (b"x-forwarded-host", b"tickets.example"),
        (b"x-forwarded-prefix", b"/x"),
    ]
    TrustedProxies(app, 1)(environ(*said, (b"x-forwarded-proto", b"https")), start)
    TrustedProxies(app, 1)(environ(*said, (b"x-forwarded-proto", b"javascript")), start)
    names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME")
    assert [tuple(each[name] for name in names) for each in seen] == [
        ("203.0.113.5", "https", "tickets.example", ""),
        ("203.0.113.5", "http", "tickets.example", ""),
    ]
