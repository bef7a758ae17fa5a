"""``ticketcore serve`` under raw bytes: requests that are not HTTP, too large, or never end."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.entrypoints.server import Server, serving, wait_until
from tests.factor import FACTOR
from ticketcore_wire.problems import MEDIA_TYPE, STATUSES
from ticketcore_wire.responses import protection

KEY = "an-admin-key-from-outside"
LIMIT = 64 * 1024
SECONDS = 20
ORDER = b'{"event_id": "nothing", "quantity": 1, "customer_email": "ann@example.com"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield one service for all tests, none of which may stop it."""
    with serving(tmp_path_factory.mktemp("data"), ADMIN_KEY=KEY) as found:
        yield found


def connect(server: Server, patience: float = SECONDS) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=patience)


def exchange(server: Server, raw: bytes, patience: float = SECONDS) -> bytes:
    """Return the whole response to some bytes, after which the client sends no more."""
    with connect(server, patience) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))
        except OSError:  # The service has closed the connection.
            return b""


def statuses(answer: bytes) -> list[int]:
    """Return the status of each response in the bytes received."""
    return [int(line[9:12]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def is_problem(answer: bytes) -> bool:
    """Return whether a response is a problem with a code of the contract, its status and the headers of every response."""
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
    problem = json.loads(body)
    expected = {name.lower(): value.lower() for name, value in protection(None).items()}
    return (
        fields["content-type"] == MEDIA_TYPE
        and expected.items() <= fields.items()
        and STATUSES[problem["code"]] == problem["status"] == int(answer[9:12])
    )


def still_serves(server: Server) -> None:
    """Check that the same process answers."""
    assert server.process.poll() is None
    assert server.request("GET", "/health/live")[0] == 200


def post(body: bytes, *headers: bytes) -> bytes:
    """Return the bytes of an order, with further headers."""
    head = [b"POST /orders HTTP/1.1", b"Host: x", b"Connection: close", b"Content-Type: application/json", *headers]
    return b"\r\n".join([*head, b"", body])


def framed(body: bytes) -> bytes:
    return post(body, b"Content-Length: %d" % len(body))


def get(path: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers, b"", b""])


def named(values: dict[str, tuple[int, bytes]]) -> pytest.MarkDecorator:
    cases = [pytest.param(status, raw, id=name) for name, (status, raw) in values.items()]
    return pytest.mark.parametrize(("status", "raw"), cases)


@named(
    {
        "the limit": (404, framed(ORDER.ljust(LIMIT))),
        "one byte more": (413, framed(ORDER.ljust(LIMIT + 1))),
        "a gigabyte announced": (413, post(ORDER.ljust(LIMIT + 1), b"Content-Length: 1000000000")),
        "more digits than numbers have": (400, post(ORDER, b"Content-Length: " + b"9" * 5000)),
        "deep lists": (400, framed(b"[" * 30_000 + b"]" * 30_000)),
        "deep objects": (400, framed(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)),
        "a huge number": (400, framed(b'{"quantity": ' + b"9" * 30_000 + b"}")),
        "a number beyond floats": (422, framed(ORDER.replace(b"1", b"1e400"))),
        "a long fraction, read as the number next to it": (404, framed(ORDER.replace(b"1", b"1." + b"9" * 30_000))),
        "many members": (422, framed(b"{" + b",".join(b'"%d":1' % number for number in range(5000)) + b"}")),
        "a long path": (404, get(b"/orders/" + b"a" * 8000)),
        "too long a path": (400, get(b"/orders/" + b"a" * 9000)),
        "many parameters": (422, get(b"/events?" + b"&".join(b"a%d" % number for number in range(1500)))),
        "one parameter many times": (422, get(b"/events?" + b"&".join([b"limit=1"] * 900))),
        "a long header": (200, get(b"/events", b"X: " + b"a" * 8000)),
        "too long a header": (400, get(b"/events", b"X: " + b"a" * 9000)),
        "many headers": (400, get(b"/events", *(b"X%d: 1" % number for number in range(200)))),
        "long headers": (400, get(b"/events", *[b"X: " + b"a" * 8000] * 5)),
        "headers without end": (400, b"GET /events HTTP/1.1\r\nX: " + b"a" * 100_000),
        "a body without end": (413, post(b"2\r\n{}\r\n" * 60_000, b"Transfer-Encoding: chunked")),
        "trailers without end": (413, post(b"0\r\nX: " + b"a" * 2_000_000, b"Transfer-Encoding: chunked")),
        "a long key": (401, get(b"/events?status=draft", b"Authorization: Bearer " + b"a" * 8000)),
    }
)
def test_there_is_a_limit_to_everything(server: Server, status: int, raw: bytes) -> None:
    """A request that exceeds a limit is refused with the status of that limit."""
    answer = exchange(server, raw)
    assert statuses(answer) == [status]
    assert status == 200 or is_problem(answer)
    still_serves(server)


@named(
    {
        "two lengths": (400, post(ORDER, b"Content-Length: 4", b"Content-Length: 75")),
        "a length and chunks": (400, post(ORDER, b"Content-Length: 4", b"Transfer-Encoding: chunked")),
        "a length below zero": (400, post(ORDER, b"Content-Length: -1")),
        "a length with a sign": (400, post(ORDER, b"Content-Length: +75")),
        "a length in hexadecimal": (400, post(ORDER, b"Content-Length: 0x4b")),
        "chunked with more behind it": (400, post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, identity")),
        "a space before the colon": (400, get(b"/events", b"Authorization : x")),
        "a header on two lines": (400, get(b"/events", b"X: a", b" b")),
        "a zero in a header": (400, get(b"/events", b"X: a\0b")),
        "a header without a name": (400, get(b"/events", b": a")),
        "an address with a line break": (400, b"GET /events\rX: a HTTP/1.1\r\nHost: x\r\n\r\n"),
        "HTTP/9.9": (400, b"GET /events HTTP/9.9\r\nHost: x\r\n\r\n"),
        "no address": (400, b"GET HTTP/1.1\r\nHost: x\r\n\r\n"),
        "no Host": (400, b"GET /events HTTP/1.1\r\nConnection: close\r\n\r\n"),
        "two Hosts": (400, get(b"/events", b"Host: y")),
        "a Host with a blank": (400, b"GET /events HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"),
        "a Host that is none": (400, b"GET /events HTTP/1.1\r\nHost: x/<script>\r\nConnection: close\r\n\r\n"),
        "two keys": (
            400,
            get(b"/events?status=draft", *(b"Authorization: Bearer " + key for key in (KEY.encode(), b"x"))),
        ),
        "one key twice": (400, get(b"/events", *[b"authorization: Bearer " + KEY.encode()] * 2)),
        "two media types": (400, post(ORDER, b"Content-Type: text/plain", b"Content-Length: 75")),
        "two idempotency keys": (
            400,
            post(ORDER, b"Content-Length: 75", b"Idempotency-Key: " + b"a" * 20, b"Idempotency-Key: " + b"b" * 20),
        ),
        "HTTP/0.9": (400, b"GET /events\r\n\r\n"),
        "an unknown method": (400, b"EAT /events HTTP/1.1\r\nHost: x\r\n\r\n"),
        "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500) + b"\r\n\r\n"),
    }
)
def test_what_can_be_read_in_two_ways_is_not_read(server: Server, status: int, raw: bytes) -> None:
    """A request that a proxy could read differently is refused, and the connection ends with it."""
    answer = exchange(server, raw + get(b"/health/live"))
    assert statuses(answer) == [status]
    assert is_problem(answer)
    still_serves(server)


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "Idempotency-Key"])
def test_a_field_that_came_twice_is_named(server: Server, name: str) -> None:
    """A list is for fields that may have several values, such as If-Match."""
    twice = [f"{name}: a".encode(), f"{name.lower()}: b".encode()]
    answer = exchange(server, get(b"/events", *twice))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["detail"] == f"The request has more than one {name}."
    assert statuses(exchange(server, get(b"/events", b'If-Match: "1"', b'If-Match: "2"'))) == [200]


LINES = b"""GET /events HTTP/1.1|POST /orders HTTP/1.1|PRI * HTTP/2.0|Host: x|Content-Length: 5|Content-Length: 0|
Transfer-Encoding: chunked|Connection: close|Connection: Upgrade, HTTP2-Settings|Upgrade: h2c|Range: bytes=0-|
HTTP2-Settings: AAMAAABkAAQAAP__|Expect: 100-continue||5|{}|0"""
lines = st.binary(max_size=60) | st.sampled_from(LINES.replace(b"\n", b"").split(b"|"))
any_bytes = st.binary(max_size=300) | st.lists(lines, max_size=12).map(b"\r\n".join)


@settings(
    max_examples=30 * FACTOR,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(any_bytes.map(lambda raw: raw + b"\r\n\r\n"))
@example(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(100))
@example(b"\r\n" * 1000)
@example(b"\0" * 100_000)
def test_any_bytes_get_a_response_or_close_the_connection(server: Server, raw: bytes) -> None:
    """No bytes cause a failure, and the process lives."""
    assert [status for status in statuses(exchange(server, raw)) if status >= 500 and status != 501] == []
    assert server.process.poll() is None


NAMES = b"""SCRIPT_NAME|Script-Name|PATH_INFO|REMOTE_ADDR|X-Forwarded-For|X-Forwarded-Proto|X-Forwarded-Host|X-Forwarded-Port|
X-Forwarded-Prefix|X-Script-Name|X-Original-URL|X-Rewrite-URL|X-HTTP-Method-Override|X-Real-IP|Forwarded|True-Client-IP|
Authorization|Accept|Accept-Language|Cookie|Origin|Referer|If-Match|If-None-Match|Range|Expect|Upgrade|TE|Trailer|Proxy|
Content-Type|Content-Encoding|User-Agent|Idempotency-Key|Sec-Fetch-Site|Via|X_Forwarded_For""".replace(
    b"\n", b""
).split(b"|")
names = st.sampled_from(NAMES) | st.from_regex(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,30}", fullmatch=True)
values = (
    st.sampled_from([b"", b"/", b"/events", b"http://evil.example", b"127.0.0.1", b"for=::1;proto=https", b"W/", b"\xff"])
    | st.binary(max_size=60).map(lambda raw: raw.translate(None, b"\r\n\0"))
)  # fmt: skip
#: These say what the request is.
NOT_FREE = {b"host", b"content-length", b"transfer-encoding", b"connection", b"expect"}


@settings(
    max_examples=50 * FACTOR,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(names, values).filter(lambda each: each[0].lower() not in NOT_FREE), max_size=8))
@example([(b"SCRIPT_NAME", b"/x")])
@example([(b"Script-Name", b"/events")])
@example([(b"X-Forwarded-Prefix", b"/x"), (b"X-Forwarded-Host", b"evil.example"), (b"X-Forwarded-Proto", b"https")])
@example([(b"Forwarded", b"for=192.0.2.1;host=evil.example;proto=https")])
@example([(b"Expect", b"200-ok")])
def test_no_header_changes_where_a_request_leads(server: Server, fields: list[tuple[bytes, bytes]]) -> None:
    """Whatever they are called and hold, the request gets the response of its path, with its own links, or is malformed."""
    answer = exchange(server, get(b"/events/none", *(name + b": " + value for name, value in fields)))
    assert is_problem(answer)
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (problem["code"], problem["type"]) in {
        ("event_not_found", "http://x/problems/event_not_found"),
        ("malformed_request", "http://x/problems/malformed_request"),
    }


def test_the_type_of_a_refusal_by_the_server_is_a_whole_address(server: Server) -> None:
    """It begins with the Host of the request, or with the server's own address where none can be read."""
    too_large = post(b"x" * 10, b"Content-Length: 70000")
    for raw, host in ((too_large, "x"), (b"NOT HTTP\r\n\r\n", f"127.0.0.1:{server.port}")):
        problem = json.loads(exchange(server, raw).partition(b"\r\n\r\n")[2])
        assert problem["type"] == f"http://{host}/problems/{problem['code']}"


def test_a_browser_gets_a_page_for_a_form_that_is_too_large(server: Server) -> None:
    """In its language; programs get the problem."""
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 70000\r\n"
    browser = b"Accept: text/html,*/*;q=0.8\r\nAccept-Language: pt-BR\r\n"
    answer = exchange(server, b"POST /e/x HTTP/1.1\r\nHost: x\r\n" + form + browser + b"\r\nquantity=1")
    assert statuses(answer) == [413]
    assert b"Content-Type: text/html; charset=utf-8\r\n" in answer
    assert "A requisição é maior que 64 KiB".encode() in answer


def test_a_trailer_is_no_header(server: Server) -> None:
    """What comes behind a body in chunks cannot say who asks."""
    key = f"Authorization: Bearer {KEY}\r\n".encode()
    raw = b"POST /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    chunks = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    assert statuses(exchange(server, raw + key + chunks + b"\r\n")) == [422]
    assert statuses(exchange(server, raw + chunks + key + b"\r\n")) == [401]


def test_refusals_of_the_server_itself_give_nothing_away(server: Server) -> None:
    """They show no version and no internals; what was sent is not shown to others and runs in no browser."""
    secret = b"zzzz-a-secret-zzzz<script>"
    for raw in (b"GET /" + secret, b"X: " + secret, get(b"/events", b"Authorization : Bearer " + secret), secret):
        answer = exchange(server, raw + b"\r\n\r\n")
        assert statuses(answer) == [400]
        assert b"<script>" not in answer
        assert b"uvicorn" not in answer.lower()
        assert b"Traceback" not in answer
    assert "zzzz-a-secret-zzzz" not in "".join(server.lines)


def has_hung_up(client: socket.socket) -> bool:
    """Return whether the service has closed a client's connection, by sending one more byte."""
    try:
        client.send(b"a")
    except BlockingIOError:
        return False
    except OSError:
        return True
    return False


def drips(server: Server) -> socket.socket:
    """Return a client that sends its request byte by byte."""
    client = connect(server)
    client.sendall(b"POST /orders HTTP/1.1\r\nHost: x\r\nX: ")
    client.setblocking(False)
    return client


def never_reads(server: Server) -> socket.socket:
    """Return a client that requests more than its buffers hold and never reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    client.setblocking(False)
    client.send(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 400)
    return client


def test_clients_that_hold_on_for_good_are_given_up(server: Server) -> None:
    """As many clients as threads send byte by byte or never read: the service drops them and serves others."""
    clients = [hold_on(server) for hold_on in (drips, never_reads) for _ in range(8)]
    left = list(clients)

    def all_given_up() -> bool:
        left[:] = [client for client in left if not has_hung_up(client)]
        return not left

    try:
        wait_until(all_given_up)
        still_serves(server)
    finally:
        for client in clients:
            client.close()


def test_clients_that_do_not_close_delay_no_others(server: Server) -> None:
    """The service does not wait for clients to close connections that have been answered."""
    raw = get(b"/health/live")
    with ExitStack() as connections:
        clients = [connections.enter_context(closing(connect(server))) for _ in range(16)]
        for client in clients:
            client.sendall(raw)
        assert {tuple(statuses(client.recv(4096))) for client in clients} == {(200,)}
        # Waiting for each in turn would take half a minute.
        assert statuses(exchange(server, raw, patience=10)) == [200]
    still_serves(server)
