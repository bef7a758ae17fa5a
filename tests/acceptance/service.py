"""The service as a process of its own, and how a client speaks to it."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs

from tests import forked
from tests.acceptance.installation import ADMIN_KEY, Installation
from tests.forked import Forked
from tests.patience import PATIENCE_SECONDS
from tests.servers.ports import free_port

_HOST = "127.0.0.1"
_ANNOUNCEMENT = "ticketcore serves "


class NoAnswer(Exception):
    """The connection ended without a byte of an answer."""


class BrokenAnswer(Exception):
    """The connection ended in the middle of an answer."""


@attrs.frozen
class Answer:
    """An HTTP answer with its JSON."""

    status: int
    body: Any

    @property
    def outcome(self) -> tuple[int, str | None]:
        """The status and, for a refusal, its code."""
        return self.status, self.body.get("code")


@attrs.define(eq=False)
class Client:
    """Speaks HTTP/1.1 with keep-alive, one connection for each thread."""

    port: int
    _own: threading.local = attrs.field(factory=threading.local)
    _all: list[http.client.HTTPConnection] = attrs.field(factory=list)

    def request(
        self, method: str, path: str, body: object = None, key: str | None = None, idempotency_key: str | None = None
    ) -> Answer:
        """Return the service's response; raise ``NoAnswer`` or ``BrokenAnswer`` if there is none."""
        connection = self._connection()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        headers |= {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NoAnswer(f"{method}: {error!r}") from error
        try:
            return Answer(response.status, json.loads(response.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise BrokenAnswer(f"{method}: {error!r}") from error

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(_HOST, self.port, timeout=PATIENCE_SECONDS)
            self._all.append(self._own.connection)
        connection: http.client.HTTPConnection = self._own.connection
        # What can be read before a request is the end: the service has closed an idle connection.
        if connection.sock is not None and select.select([connection.sock], [], [], 0)[0]:
            connection.close()
        return connection

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._all:
            connection.close()

    # What buyers, admins and gates do.

    def create_event(self, capacity: int, **more: object) -> str:
        """Create an event on sale and answer its id."""
        fields = {"name": "Show", "date": "2099-05-01T20:00:00Z", "location": "Hall", "price": "45.00"}
        created = self.request("POST", "/events", {**fields, "capacity": capacity, **more}, ADMIN_KEY)
        assert created.status == 201, created
        event_id: str = created.body["id"]
        return event_id

    def change_event(self, event_id: str, **fields: object) -> Answer:
        return self.request("PATCH", f"/events/{event_id}", fields, ADMIN_KEY)

    def available(self, event_id: str) -> int:
        """Return the places that the service shows as free."""
        available: int = self.request("GET", f"/events/{event_id}").body["available"]
        return available

    def reserve(self, event_id: str, quantity: int = 1) -> Answer:
        body = {"event_id": event_id, "quantity": quantity, "customer_email": "ann@example.com"}
        return self.request("POST", "/orders", body)

    def reserved(self, event_id: str, quantity: int = 1) -> str:
        """Reserve places that are there and answer the order's id."""
        reserved = self.reserve(event_id, quantity)
        assert reserved.status == 201, reserved
        order_id: str = reserved.body["id"]
        return order_id

    def pay(self, order_id: str, token: str = "tok_approved") -> Answer:
        return self.request("POST", f"/orders/{order_id}/payment", {"payment_token": token})

    def order(self, order_id: str) -> Answer:
        return self.request("GET", f"/orders/{order_id}")

    def order_once(self, status: str, order_id: str) -> Any:
        """Return the order as soon as it has this status."""
        eventually(lambda: self.order(order_id).body["status"] == status, f"an order becomes {status}")
        return self.order(order_id).body

    def tickets(self, order_id: str) -> list[Any]:
        """Return a paid order's tickets."""
        shown = self.request("GET", f"/orders/{order_id}/ticket")
        assert shown.status == 200, shown
        tickets: list[Any] = shown.body["tickets"]
        return tickets

    def validate(self, qr_code: str, gate: str, scan_id: str | None = None) -> Answer:
        scan = {"qr_code": qr_code, "gate": gate} | ({"scan_id": scan_id} if scan_id else {})
        return self.request("POST", "/tickets/validate", scan, ADMIN_KEY)


@attrs.define(eq=False)
class Service:
    """A running ``ticketcore serve``, which can be stopped, killed and started again."""

    installation: Installation
    client: Client
    _log: Path
    _options: tuple[str, ...] = ()
    _started: list[Forked] = attrs.field(factory=list)

    def start(self) -> None:
        """Start it and wait until it is ready."""
        arguments = ("serve", "--port", str(self.client.port), "--data", str(self.installation.data), *self._options)
        with self._log.open("ab") as log:
            process = forked.start(arguments, self.installation.environment, log.fileno(), log.fileno())
        self._started.append(process)
        eventually(self._is_ready, "the service becomes ready")

    def _is_ready(self) -> bool:
        assert self._running.poll() is None, f"the service ended:\n{self.log}"
        # Before this line and on older connections, what is left of a killed service might answer.
        if self.log.count(_ANNOUNCEMENT) < len(self._started):
            return False
        with closing(Client(self.client.port)) as probe:
            try:
                return probe.request("GET", "/health/ready").status == 200
            except NoAnswer:
                return False

    @property
    def _running(self) -> Forked:
        return self._started[-1]

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text()

    def terminate(self) -> int:
        """Ask it to end, and answer its exit code."""
        self._running.terminate()
        return self._running.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """Kill all of its processes in one instant; none of them can do anything about it."""
        for process in self._started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_SECONDS)

    def kill_first_process(self) -> None:
        """Kill the process that was started and leave those that it has started itself, as the system may do."""
        self._running.kill()
        self._running.wait(PATIENCE_SECONDS)


@contextmanager
def serving(installation: Installation, *options: str) -> Iterator[Service]:
    """Yield a service with these options of ``serve`` that is ready; whatever is left of it at the end is killed."""
    client = Client(free_port())
    service = Service(installation, client, installation.data.parent / "service.log", options)
    try:
        service.start()
        yield service
    finally:
        client.close()
        service.kill()


def eventually(check: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS, pause: float = 0.1) -> None:
    """Wait until ``check`` holds; look again after each pause."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"waited in vain for this: {what}"
        time.sleep(pause)
