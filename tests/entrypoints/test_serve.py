"""``ticketcore serve`` in a process of its own: a whole sale, a polite end, and a power cut."""

from __future__ import annotations

import email
import http.client
import io
import json
import os
import pty
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.entrypoints.server import Json, Server, create_event, pay, reserve, serving, start, status_of, wait_until
from tests.patience import PATIENCE_SECONDS
from tests.servers.ports import free_port
from ticketcore_flask.server import _GRACEFUL_SECONDS

KEY = "an-admin-key-from-outside"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield one service for the tests that leave it as it is."""
    with serving(tmp_path_factory.mktemp("served"), ADMIN_KEY=KEY) as running:
        yield running


def availability(data: Path, event: Json) -> Json:
    """Return ``ticketcore stock show`` of another process."""
    command = [sys.executable, "-m", "ticketcore_cli", "stock", "show", event["id"], "--json"]
    environment = os.environ | {"TICKETCORE_DATA": str(data)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: Json = json.loads(done.stdout)
    return found


def test_the_admin_key_is_shown_at_the_first_start_only(tmp_path: Path) -> None:
    """Where the output may be a log it stands in a file, and opens the service then and after a restart, which shows none."""
    with serving(tmp_path) as first:
        key = first.admin_key
        assert key is not None
        assert key not in "".join(first.lines)
        assert stat.S_IMODE((tmp_path / "first-admin-key").stat().st_mode) == 0o600
        create_event(first, key, 1)
        wait_until(lambda: any(line.startswith("ticketcore serves http://127.0.0.1:") for line in first.lines))
        assert first.stop() == 0
    with serving(tmp_path) as second:
        assert second.admin_key is None
        create_event(second, key, 1)
        assert key not in "".join(second.lines)


def test_a_terminal_shows_the_admin_key(tmp_path: Path) -> None:
    """It is printed once, before what the service says of itself, and stands in no file."""
    ours, terminal = pty.openpty()
    command = [sys.executable, "-m", "ticketcore_cli", "serve", "--port", str(free_port()), "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=terminal, stderr=subprocess.DEVNULL) as process:
        os.close(terminal)
        with open(ours) as output:
            shown = [output.readline() for _ in range(3)]
        process.terminate()
    assert [line.partition(" http")[0].partition("tck_")[0] for line in shown] == [
        "Admin key, shown this once: ",
        "Payments are simulated: no money moves.\n",
        "ticketcore serves",
    ]
    assert not (tmp_path / "first-admin-key").exists()


def test_a_key_from_outside_is_not_shown(server: Server) -> None:
    """No other key is made or shown."""
    assert server.admin_key is None
    assert KEY not in "".join(server.lines)
    create_event(server, KEY, 1)


def test_a_sale_runs_from_the_event_to_the_door(tmp_path: Path) -> None:
    """Reserved, paid, the image served and scanned, the mail written, the ticket admitted once."""
    with serving(tmp_path, ADMIN_KEY=KEY) as server:
        event = create_event(server, KEY, 3)
        order = reserve(server, event, 2)
        assert server.ask("GET", f"/events/{event['id']}")["available"] == 1
        assert pay(server, order)["status"] == "processing"
        wait_until(lambda: status_of(server, order) == "paid")
        shown = server.ask("GET", f"/orders/{order['id']}/ticket")
        for ticket in shown["tickets"]:
            with Image.open(io.BytesIO(server.get(ticket["qr_code_url"]))) as image:
                barcode = zxingcpp.read_barcode(image)
            assert barcode is not None
            assert barcode.text == ticket["qr_code"]
        wait_until(lambda: any((tmp_path / "mail").glob("*.eml")))
        [path] = (tmp_path / "mail").glob("*.eml")
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        assert message["To"] == "ann@example.com"
        assert shown["ticket_code"] in path.read_text()
        text = message.get_body(("plain",))
        assert text is not None
        assert f"http://127.0.0.1:{server.port}/o/{order['id']}" in text.get_content()
        scan = {"qr_code": shown["tickets"][0]["qr_code"]}
        assert server.ask("POST", "/tickets/validate", scan, KEY)["result"] == "admitted"
        assert server.request("POST", "/tickets/validate", scan, KEY)[0] == 409
        assert not [line for line in server.lines if order["id"] in line or "ann@example.com" in line]


def test_private_files_are_for_their_owner(tmp_path: Path) -> None:
    """Neither the signing key nor the ledger, the images and the mail can be read by others of the same machine."""
    data = tmp_path / "data"
    with serving(data, ADMIN_KEY=KEY) as server:
        order = reserve(server, create_event(server, KEY, 3))
        pay(server, order)
        wait_until(lambda: any((data / "mail").glob("*.eml")))
        files = [path for path in data.rglob("*") if path.is_file()]
        assert {"signing-key", "ticketcore.db"} <= {path.name for path in files}
        readable = [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]
        closed = not stat.S_IMODE(data.stat().st_mode) & 0o077
    assert closed or readable == []


def test_a_reservation_that_is_not_paid_ends(tmp_path: Path) -> None:
    """The sweeper inside gives the places back."""
    with serving(tmp_path, ADMIN_KEY=KEY, HOLD_SECONDS="1") as server:
        event = create_event(server, KEY, 2)
        order = reserve(server, event, 2)
        wait_until(lambda: status_of(server, order) == "expired")
        wait_until(lambda: availability(tmp_path, event)["held"] == 0)
        reserve(server, event, 2)


@pytest.mark.parametrize("size", [65_536, 65_537, 500_000])
def test_a_body_in_chunks_is_limited(server: Server, size: int) -> None:
    """A body that does not tell its length is neither read without end nor cut off in silence."""
    order = {"event_id": "nothing", "quantity": 1, "customer_email": "ann@example.com"}
    body = json.dumps(order).encode().ljust(size)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    chunks = (body[place : place + 8192] for place in range(0, size, 8192))
    connection.request("POST", "/orders", chunks, {"Content-Type": "application/json"}, encode_chunked=True)
    code = json.loads(connection.getresponse().read())["code"]
    connection.close()
    assert code == ("event_not_found" if size == 65_536 else "payload_too_large")


@pytest.mark.parametrize(
    "request_line", [b"GARBAGE", b"GET /orders/abcdefghijkl /x HTTP/1.1", b"GET /" + b"x" * 9000 + b" HTTP/1.1"]
)
def test_what_is_no_http_does_no_harm(server: Server, request_line: bytes) -> None:
    """It is refused with a 4xx, and the service goes on."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 4" in connection.recv(100)[8:10]
    server.ask("GET", "/events")


@pytest.mark.parametrize(
    "framing",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}x",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nBad Name: x\r\n\r\n",
        b"Content-Length: 500\r\n\r\n{}",
    ],
    ids=["size", "data", "trailer", "short"],
)
def test_a_body_that_is_framed_wrongly_is_malformed(server: Server, framing: bytes) -> None:
    """What breaks off or cannot be taken apart is the client's fault, and is never carried out."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + framing)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_port_that_is_taken_is_told_without_a_traceback(server: Server, tmp_path: Path) -> None:
    """The second service ends with a failure."""
    command = [sys.executable, "-m", "ticketcore_cli", "serve", "--port", str(server.port), "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert str(server.port) in done.stderr


def test_an_idle_service_ends_at_once(tmp_path: Path) -> None:
    """SIGTERM ends it within seconds and with success."""
    with serving(tmp_path) as server:
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < _GRACEFUL_SECONDS, "what requests in hand would be given"


def test_a_request_in_hand_is_finished(tmp_path: Path) -> None:
    """A client that has begun to ask before SIGTERM is answered after it, then the service ends with success."""
    with serving(tmp_path, ADMIN_KEY=KEY) as server:
        event = create_event(server, KEY, 1)
        body = json.dumps({"event_id": event["id"], "quantity": 1, "customer_email": "ann@example.com"}).encode()
        head = (
            f"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(head.encode() + body[:10])
            time.sleep(0.5)
            server.process.terminate()
            time.sleep(0.5)
            connection.sendall(body[10:])
            assert connection.recv(100).startswith(b"HTTP/1.1 201 ")
        assert server.process.wait(15) == 0
        assert not [line for line in server.lines if "Traceback" in line]


class Buyers:
    """Buyers who order and pay until the service is gone, and remember what they were promised."""

    def __init__(self, server: Server, event: Json) -> None:
        self.promised: dict[str, str] = {}
        self._threads = [threading.Thread(target=self._buy, args=(server, event)) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    def _buy(self, server: Server, event: Json) -> None:
        try:
            while True:
                order = reserve(server, event)
                self.promised[order["id"]] = "reserved"
                pay(server, order)
                self.promised[order["id"]] = "processing"
        except (OSError, http.client.HTTPException):
            return

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()


def test_nothing_that_was_promised_is_lost_in_a_power_cut(tmp_path: Path) -> None:
    """After kill -9 under load and a restart on the same data every order is there and is finished."""
    port = free_port()
    with serving(tmp_path, port, ADMIN_KEY=KEY) as server:
        event = create_event(server, KEY, 100_000)
        buyers = Buyers(server, event)
        wait_until(lambda: list(buyers.promised.values()).count("processing") >= 20)
        server.kill()
        buyers.wait()
    again = start(tmp_path, port, ADMIN_KEY=KEY)
    try:
        paying = [order_id for order_id, status in buyers.promised.items() if status == "processing"]
        wait_until(lambda: all(status_of(again, {"id": order_id}) == "paid" for order_id in paying))
        for order_id, status in buyers.promised.items():
            found = again.ask("GET", f"/orders/{order_id}")["status"]
            assert found == "paid" if status == "processing" else found in {"reserved", "processing", "paid"}
        for order_id in paying:
            assert len(again.ask("GET", f"/orders/{order_id}/ticket")["tickets"]) == 1
        found = availability(tmp_path, event)
        assert found["conserved"] is True
        assert found["sold"] >= len(paying)
        assert found["capacity"] == found["available"] + found["held"] + found["sold"]
        assert again.stop() == 0
    finally:
        if again.process.poll() is None:
            again.kill()


def listening(host: str, data: Path, port: int, **variables: str) -> list[str]:
    """Return what a service wrote to standard error that listened at a host, and ended at once."""
    command = [
        sys.executable,
        "-m",
        "ticketcore_cli",
        "serve",
        "--host",
        host,
        "--port",
        str(port),
        "--data",
        str(data),
    ]
    environment = os.environ | {"TICKETCORE_ADMIN_KEY": KEY} | variables
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Payments are simulated: no money moves.\n"
        assert process.stdout.readline().startswith("ticketcore serves http://")
        process.terminate()
        return process.communicate(timeout=PATIENCE_SECONDS)[1].splitlines()


@pytest.mark.parametrize(
    ("host", "is_warned"), [("0.0.0.0", True), ("::", True), ("127.0.0.1", False), ("[::1]", False)]
)
def test_a_service_that_gives_tickets_away_to_other_machines_warns(host: str, is_warned: bool, tmp_path: Path) -> None:
    """Where payments are simulated and more than this machine can reach it, one warning says so."""
    warnings = [json.loads(line)["event"] for line in listening(host, tmp_path, free_port())]
    assert [("simulated" in warning) for warning in warnings] == [True] * is_warned


def test_a_host_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    """The line names it, and no key is made that is never shown."""
    command = [
        sys.executable,
        "-m",
        "ticketcore_cli",
        "serve",
        "--host",
        "no.such.host.invalid",
        "--data",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 1
    assert "no.such.host.invalid" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "first-admin-key").exists()


def test_a_variable_that_means_nothing_is_named(tmp_path: Path) -> None:
    """A misspelt setting is noticed when the service starts, without its value."""
    with serving(tmp_path, HOLD_SECOND="secret") as server:
        wait_until(lambda: any("TICKETCORE_HOLD_SECOND" in line for line in server.lines))

    [told] = [line for line in server.lines if "TICKETCORE_HOLD_SECOND" in line]
    assert "means nothing" in told
    assert "secret" not in told
