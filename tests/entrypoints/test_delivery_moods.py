"""Mail and file servers in every mood beside a service that really runs: they delay mail, and it says so everywhere."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import attrs
import pytest

from tests.acceptance import forked_processes
from tests.entrypoints import processes
from tests.entrypoints.server import Json, Server, create_event, pay, reserve, serving, status_of, wait_until
from tests.servers import smtp
from tests.servers.aws import aws_at
from tests.servers.smtp import MoodyServer, moody_server

KEY = "an-admin-key-from-outside"


def slowly(command: str) -> str | None:
    """Accept everything, after a while."""
    time.sleep(0.3)
    return smtp.fine(command)


PENDING, UNDELIVERED, DELIVERED = "pending", "undelivered", "delivered"
TO_BE_MAILED = "It is paid and its tickets are to be mailed."
NOT_MAILED = "It is paid, but its tickets could not be mailed; once the cause is mended, have them mailed again."
MAILED = "It is paid and its tickets were mailed."

#: What each makes of a mail, and how the story of its order ends then.
MOODS: dict[str, tuple[smtp.Mood, str, str]] = {
    "is silent": (smtp.silent, PENDING, TO_BE_MAILED),
    "greylists": (smtp.saying("450 4.2.0 try later", at="RCPT"), PENDING, TO_BE_MAILED),
    "has no room after the message": (smtp.saying("452 4.3.1 disk full", at="MESSAGE"), PENDING, TO_BE_MAILED),
    "throttles at the sender": (smtp.saying("421 4.7.0 too many", at="MAIL"), PENDING, TO_BE_MAILED),
    "hangs up after the message": (smtp.dropping(at="MESSAGE"), PENDING, TO_BE_MAILED),
    "knows no such address": (smtp.saying("550 5.1.1 no such user", at="RCPT"), UNDELIVERED, NOT_MAILED),
    "refuses the message": (smtp.saying("552 5.3.4 too large", at="MESSAGE"), UNDELIVERED, NOT_MAILED),
    "is slow": (slowly, DELIVERED, MAILED),
}


@pytest.fixture(scope="module")
def mail() -> Iterator[tuple[MoodyServer, int]]:
    """Yield a mail server whose mood each test sets."""
    with moody_server(smtp.fine) as found:
        yield found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, mail: tuple[MoodyServer, int]) -> Iterator[Server]:
    """Yield a service that mails to it."""
    url = f"smtp://127.0.0.1:{mail[1]}?from=tickets@hall.example"
    with serving(tmp_path_factory.mktemp("moods") / "data", ADMIN_KEY=KEY, MAIL_URL=url) as server:
        yield server


@pytest.fixture(scope="module")
def event(service: Server) -> Json:
    """Return an event of many places."""
    return create_event(service, KEY, 1000)


def charged(service: Server, event: Json) -> Json:
    """Return a new order once it is paid."""
    order = reserve(service, event)
    pay(service, order)
    wait_until(lambda: status_of(service, order) == "paid")
    return order


def delivery_of(service: Server, order: Json) -> object:
    return service.ask("GET", f"/orders/{order['id']}")["delivery"]


def story_of(service: Server, order: Json) -> str:
    """Return the last line of ``orders explain``, asked by another process."""
    environment = {**os.environ, "TICKETCORE_DATA": str(service.data)}
    explain = ("orders", "explain", order["id"])
    ended = forked_processes.run(forked_processes.command, environment, explain, directory=service.data.parent)
    assert ended.code == 0, ended.errors
    return ended.output.strip().splitlines()[-1].strip()


def mails_in(service: Server, state: str) -> float:
    status, text = service.request("GET", "/metrics", key=KEY)
    assert status == 200
    found = re.search(rf'^ticketcore_mails\{{state="{state}"\}} (\S+)$', text.decode(), re.MULTILINE)
    assert found is not None, text.decode()
    return float(found[1])


def scan(service: Server, order: Json) -> str:
    """Admit the order's ticket and return the result."""
    [ticket] = service.ask("GET", f"/orders/{order['id']}/ticket")["tickets"]
    return str(service.ask("POST", "/tickets/validate", {"qr_code": ticket["qr_code"]}, KEY)["result"])


@pytest.mark.parametrize("mood", MOODS)
def test_a_mood_is_told_as_it_is(service: Server, event: Json, mail: tuple[MoodyServer, int], mood: str) -> None:
    """By the order, its story and the metrics; once the cause is mended it is mailed again."""
    server, _ = mail
    said, expected, story = MOODS[mood]
    server.moods[:] = [said]
    before = server.sessions
    order = charged(service, event)
    assert scan(service, charged(service, event)) == "admitted"
    wait_until(lambda: server.sessions > before and delivery_of(service, order) == expected)
    assert story_of(service, order) == story
    if expected != DELIVERED:
        wait_until(lambda: mails_in(service, expected) >= 1)
        server.moods[:] = [smtp.fine]
        sent = len(server.messages)
        assert service.request("POST", f"/orders/{order['id']}/mail", key=KEY)[0] == 202
        wait_until(lambda: delivery_of(service, order) == DELIVERED)
        assert len(server.messages) > sent
        assert story_of(service, order) == MAILED


@attrs.define(eq=False)
class SilentServer:
    """A server that reads requests and never answers one."""

    listener: socket.socket
    received: bytearray = attrs.field(factory=bytearray)
    answered: threading.Event = attrs.field(factory=threading.Event)

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=(client,), daemon=True).start()

    def _read(self, client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(65536):
                    self.received += data
            except OSError:
                return


@contextmanager
def silent_server() -> Iterator[tuple[SilentServer, int]]:
    """Yield such a server and its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        server = SilentServer(listener)
        threading.Thread(target=server.serve, daemon=True).start()
        yield server, listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_a_file_server_that_hangs_delays_delivery_alone(tmp_path: Path) -> None:
    """With more orders before it than the lane has threads a buyer is charged and a guest admitted, and nothing is mailed."""
    with (
        silent_server() as (server, port),
        aws_at(f"http://127.0.0.1:{port}"),
        serving(tmp_path / "data", ADMIN_KEY=KEY, FILES_URL="s3://tickets/qr") as service,
    ):
        event = create_event(service, KEY, 1000)
        orders = [charged(service, event) for _ in range(6)]
        wait_until(lambda: b"PUT /" in server.received)
        assert scan(service, charged(service, event)) == "admitted"
        assert {delivery_of(service, order) for order in orders} == {PENDING}
        assert story_of(service, orders[0]) == TO_BE_MAILED
        assert not list((tmp_path / "data" / "mail").glob("*.eml"))


_FEW_FILES = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))"


def test_a_full_server_closes_connections_that_have_been_silent_for_longest(tmp_path: Path) -> None:
    """One of them that was answered meanwhile is spared, as are newcomers, and a reservation is taken."""
    with ExitStack() as stack:
        variables = {"DATA": str(tmp_path / "data"), "ADMIN_KEY": KEY}
        service = stack.enter_context(processes.serving(variables, first=_FEW_FILES))

        def connect(number: int) -> list[socket.socket]:
            clients = [socket.create_connection(("127.0.0.1", service.port), timeout=20) for _ in range(number)]
            for client in clients:
                stack.enter_context(closing(client))
            # The server has accepted them once it answers a request that came later.
            assert service.request("GET", "/health/live")[0] == 200
            return clients

        event = create_event(service, KEY, 10)
        old = connect(40)
        old[0].sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert old[0].recv(20).startswith(b"HTTP/1.1 200")
        new = connect(50)
        assert reserve(service, event)["status"] == "reserved"
        assert any(map(_is_closed, old[1:]))
        assert not any(map(_is_closed, [old[0], *new]))


def _is_closed(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        while client.recv(65536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
