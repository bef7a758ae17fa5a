"""An environment over Postgres, Redis and a directory, where a crash is a process killed with SIGKILL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

import attrs
from sqlalchemy import select

from tests.crashes.driver import Driver, Facts
from tests.crashes.enumeration import Environment, Environments, Result
from tests.crashes.fault_injection import FaultInjector, Injection
from tests.crashes.laws import Inspector, SentMail
from tests.crashes.processes import Job, ProcessServer, driver_of, running_process_server
from tests.databases import database_of
from tests.servers.postgres import drop_database, empty, fresh_database, set_up
from tests.servers.receiver import Receiver, receiver
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.money import Money
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_codes import new_private_key
from ticketcore_memory import SystemClock, VirtualClock
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql.tables import orders

_SIGNING_KEY = new_private_key()


@attrs.frozen
class ServerInspector(Inspector):
    """Reads from the database and the mail directories."""

    _assembly: Assembly

    def order_ids(self) -> Sequence[OrderId]:
        statement = select(orders.c.id)
        return [
            OrderId(row.id)
            for row in database_of(self._assembly).read(lambda connection: connection.execute(statement).all())
        ]

    def kept(self) -> Mapping[AttemptId, Money]:
        gateway = self._assembly.ports.payment_gateway
        assert isinstance(gateway, SimulatedPaymentGateway)
        return gateway.charged

    def sent_mails(self) -> Sequence[SentMail]:
        return [_read(path) for path in sorted((self._assembly.settings.data / "mail").glob("*/[!.]*.eml"))]


def _read(path: Path) -> SentMail:
    message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
    return SentMail(
        path.stem, tuple(part.get_content() for part in message.walk() if part.get_content_type() == "image/png")
    )


@attrs.frozen(eq=False)
class ServerEnvironment(Environment):
    """Drivers run in this process, requests in processes of their own."""

    _server: ProcessServer
    _settings: Mapping[str, str]
    _assembly: Assembly
    _clock: VirtualClock
    _facts: Facts = attrs.field(factory=Facts)

    @property
    def inspector(self) -> Inspector:
        return ServerInspector(self._assembly)

    def driver(self) -> Driver:
        return driver_of(self._assembly, self._clock, self._facts, FaultInjector())

    def request(self, name: str, injection: Injection | None) -> Result:
        # Mails of one key replace each other within a directory, so this process has a directory of its own.
        settings = {**self._settings, "TICKETCORE_MAIL_URL": f"file://{self._assembly.settings.data}/mail/its-own"}
        return self._server.run(Job(name, injection, settings, self._clock.now(), self._facts))


@contextmanager
def _environment(server: ProcessServer, database_url: str, redis_url: str, running: Receiver) -> Iterator[Environment]:
    """Yield a new environment: an empty database, and an empty directory; Redis has no counter of its events."""
    empty(database_url)
    with tempfile.TemporaryDirectory() as directory:
        settings = {
            "TICKETCORE_DATA": directory,
            "TICKETCORE_DATABASE_URL": database_url,
            "TICKETCORE_INVENTORY_URL": redis_url,
            "TICKETCORE_MAIL_URL": f"file://{directory}/mail/others",
            "TICKETCORE_SIGNING_KEY": _SIGNING_KEY,
            "TICKETCORE_PRIVATE_WEBHOOKS": "1",
        }
        assembly = assemble(read_settings(settings))
        try:
            # Redis expires reservations by its own clock, so virtual time starts at the present.
            yield ServerEnvironment(
                server, settings, assembly, VirtualClock(SystemClock().now()), Facts(receiver=running.url)
            )
        finally:
            assembly.close()


@contextmanager
def server_environments(postgres_server: str, redis_url: str) -> Iterator[Environments]:
    """Yield a factory of environments, one at a time, on a database of their own."""
    database_url = fresh_database(postgres_server)
    try:
        set_up(database_url)
        with running_process_server() as server, receiver() as running:
            yield partial(_environment, server, database_url, redis_url, running=running)
    finally:
        drop_database(database_url)
