"""Clients that are silent, send drop by drop or never read: others are answered while they hold on."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException

import attrs
import pytest

from tests.entrypoints.server import Server, create_event, serving

KEY = "an-admin-key-from-outside"
THREADS = 16
#: Long for a response, and shorter than any server holds on to such clients.
PATIENCE_SECONDS = 8


@attrs.define(eq=False)
class Attack:
    """Clients of one kind, and what each sends at first and from then on."""

    number: int
    first: bytes
    then: bytes = b""
    clients: list[socket.socket] = attrs.field(factory=list)

    def connect(self, port: int) -> None:
        for _ in range(self.number):
            client = socket.socket()
            # What is never read does not fit into the buffers.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(PATIENCE_SECONDS)
            client.connect(("127.0.0.1", port))
            client.sendall(self.first)
            client.setblocking(False)
            self.clients.append(client)

    def go_on(self) -> int:
        """Send the next drop; return how many clients still hold on."""
        return sum(_holds_on(client, self.then) for client in self.clients)


def _holds_on(client: socket.socket, drop: bytes) -> bool:
    try:
        client.send(drop)
        return client.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


ATTACKS: dict[str, Callable[[], Attack]] = {
    "400 silent": lambda: Attack(400, b""),
    "100 that drip a head": lambda: Attack(100, b"POST /orders HTTP/1.1\r\nHost: x\r\nX: ", b"a"),
    "100 that drip a body": lambda: Attack(
        100,
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n",
        b" ",
    ),
    "100 that drip chunks": lambda: Attack(
        100,
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\n \r\n",
    ),
    "100 that never read": lambda: Attack(100, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"),
}


@contextmanager
def under(attack: Attack, port: int) -> Iterator[None]:
    """Let the clients of an attack hold on within the block."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.2):
            attack.go_on()

    attack.connect(port)
    dripping = threading.Thread(target=go_on)
    dripping.start()
    try:
        yield
    finally:
        over.set()
        dripping.join()
        with ExitStack() as stack:
            for client in attack.clients:
                stack.enter_context(closing(client))


def status(
    port: int, method: str, path: str, body: str | None = None, patience: float = PATIENCE_SECONDS
) -> int | None:
    """Return the status of a response, ``None`` if none comes."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=patience)) as connection:
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            return connection.getresponse().status
        except (OSError, HTTPException):
            return None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield one service for all attacks."""
    with serving(tmp_path_factory.mktemp("data"), ADMIN_KEY=KEY) as found:
        yield found


@pytest.fixture(scope="module")
def order(server: Server) -> str:
    """Return an order for an event with places."""
    event = create_event(server, KEY, 1000)
    return json.dumps({"event_id": event["id"], "quantity": 1, "customer_email": "ann@example.com"})


@pytest.mark.parametrize("kind", ATTACKS)
def test_others_are_answered_while_an_attack_goes_on(server: Server, order: str, kind: str) -> None:
    """The service says that it lives and takes a reservation while more clients hold on than it has threads."""
    attack = ATTACKS[kind]()
    with under(attack, server.port):
        assert status(server.port, "GET", "/health/live") == 200
        assert status(server.port, "POST", "/orders", order) == 201
        assert attack.go_on() > THREADS


@contextmanager
def blocking_server() -> Iterator[int]:
    """Yield the port of a server whose threads read and write themselves, each for one client at a time."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1000) as listener,
        ThreadPoolExecutor(THREADS) as threads,
        ExitStack() as stack,
    ):
        accepting = threading.Thread(target=_accept, args=(listener, threads, stack))
        accepting.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        threads.shutdown(wait=False, cancel_futures=True)


def _accept(listener: socket.socket, threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    try:
        while True:
            client, _ = listener.accept()
            stack.enter_context(closing(client))
            stack.callback(_hang_up, client)
            threads.submit(_answer, client)
    except OSError:
        return


def _hang_up(client: socket.socket) -> None:
    try:
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _answer(client: socket.socket) -> None:
    with client, client.makefile("rb") as request:
        if not (request_line := request.readline()):
            return
        fields = dict(line.lower().split(b": ", 1) for line in iter(request.readline, b"\r\n"))
        if b"transfer-encoding" in fields:
            request.read()
        request.read(int(fields.get(b"content-length", 0)))
        body = b"a" * (10_000_000 if b"openapi" in request_line else 2)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@pytest.mark.parametrize("kind", ATTACKS)
def test_a_server_whose_threads_wait_for_clients_fails_the_check(kind: str) -> None:
    """It answers before an attack, and not while that goes on."""
    attack = ATTACKS[kind]()
    with blocking_server() as port:
        assert status(port, "GET", "/health/live") == 200
        with under(attack, port):
            assert status(port, "GET", "/health/live", patience=2) is None
