"""The service in a process of its own, over real HTTP."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs

from tests import forked
from tests.forked import Forked
from tests.limits import NO_LIMITS
from tests.patience import PATIENCE_SECONDS
from tests.servers.ports import free_port

Json = dict[str, Any]


@attrs.define(eq=False)
class Server:
    """A running service: its process group, its port, and all that it has printed."""

    process: Forked | subprocess.Popen[str]
    port: int
    lines: list[str] = attrs.field(factory=list)
    data: Path = Path()

    @property
    def admin_key(self) -> str | None:
        """The key in the file that was named, if one was."""
        path = self.data / "first-admin-key"
        return path.read_text().strip() if any(str(path) in line for line in self.lines) else None

    def request(self, method: str, path: str, body: Json | None = None, key: str | None = None) -> tuple[int, bytes]:
        """Return the status and the body; raise ``OSError`` or ``HTTPException`` if there is no response."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read()

    def ask(self, method: str, path: str, body: Json | None = None, key: str | None = None) -> Json:
        """Return a success's JSON."""
        status, content = self.request(method, path, body, key)
        assert status < 300, content
        value: Json = json.loads(content)
        return value

    def get(self, url: str) -> bytes:
        """Return the body at one of the service's own links."""
        status, content = self.request("GET", urlsplit(url).path)
        assert status == 200, content
        return content

    def stop(self) -> int:
        """Ask it to end; answer its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End all its processes at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)


def start(data: Path, port: int, **variables: str) -> Server:
    """Return a service once it responds; its clients have no limits unless the variables set one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TICKETCORE_")}
    environment |= {f"TICKETCORE_{name}": value for name, value in (NO_LIMITS | variables).items()}
    arguments = ("serve", "--port", str(port), "--data", str(data))
    process = forked.piped(arguments, environment, one_stream=True)
    server = Server(process, port, data=data)
    threading.Thread(target=_collect, args=(server,), daemon=True).start()
    _wait_until_ready(server)
    return server


def _collect(server: Server) -> None:
    assert server.process.stdout is not None
    with server.process.stdout as output:
        for line in output:
            server.lines.append(line.rstrip("\n"))


def _wait_until_ready(server: Server) -> None:
    def answers() -> bool:
        assert server.process.poll() is None, server.lines
        try:
            return server.request("GET", "/health/ready")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    wait_until(answers)


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@contextmanager
def serving(data: Path, port: int | None = None, **variables: str) -> Iterator[Server]:
    """Yield a service that is gone afterwards, whatever became of it."""
    server = start(data, port or free_port(), **variables)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def create_event(server: Server, key: str, capacity: int) -> Json:
    event = {
        "name": "Night",
        "date": "2099-05-01T20:00:00Z",
        "location": "Hall",
        "capacity": capacity,
        "price": "45.00",
    }
    return server.ask("POST", "/events", event, key)


def reserve(server: Server, event: Json, quantity: int = 1) -> Json:
    body = {"event_id": event["id"], "quantity": quantity, "customer_email": "ann@example.com"}
    return server.ask("POST", "/orders", body)


def pay(server: Server, order: Json, token: str = "tok_approved") -> Json:
    return server.ask("POST", f"/orders/{order['id']}/payment", {"payment_token": token})


def status_of(server: Server, order: Json) -> str:
    return str(server.ask("GET", f"/orders/{order['id']}")["status"])
