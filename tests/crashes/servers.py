"""A stage on Postgres, Redis and a directory: the parts are real, and a death is a process killed with SIGKILL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

import attrs
from sqlalchemy import select

from tests.crashes.enumeration import Ended, Stage, Staging
from tests.crashes.killing import Fate, Strike
from tests.crashes.laws import Books, Letter
from tests.crashes.process import Desk, Facts
from tests.crashes.processes import Forks, Job, desk_of, running_forks
from tests.databases import database_of
from tests.servers.postgres import drop_database, empty, fresh_database, set_up
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_codes import new_private_key
from ticketcore_memory import SystemClock, VirtualClock
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql.tables import orders

_SIGNING_KEY = new_private_key()


@attrs.frozen
class ServerBooks(Books):
    """Looks into the database and the mail directories."""

    _assembly: Assembly

    def order_ids(self) -> Sequence[OrderId]:
        statement = select(orders.c.id)
        return [
            OrderId(row.id)
            for row in database_of(self._assembly).read(lambda connection: connection.execute(statement).all())
        ]

    def kept(self) -> set[AttemptId]:
        gateway = self._assembly.ports.payment_gateway
        assert isinstance(gateway, SimulatedPaymentGateway)
        return set(gateway.charged)

    def letters(self) -> Sequence[Letter]:
        return [_read(path) for path in sorted((self._assembly.settings.data / "mail").glob("*/[!.]*.eml"))]


def _read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
    return Letter(
        path.stem, tuple(part.get_content() for part in message.walk() if part.get_content_type() == "image/png")
    )


@attrs.frozen(eq=False)
class ServerStage(Stage):
    """The processes that live are in this one; what dies is forked elsewhere."""

    _forks: Forks
    _settings: Mapping[str, str]
    _assembly: Assembly
    _clock: VirtualClock
    _facts: Facts = attrs.field(factory=Facts)

    @property
    def books(self) -> Books:
        return ServerBooks(self._assembly)

    def desk(self) -> Desk:
        return desk_of(self._assembly, self._clock, self._facts, Fate())

    def perform(self, name: str, strike: Strike | None) -> Ended:
        # Its mail goes to a box of its own, where nobody's mail replaces it.
        settings = {**self._settings, "TICKETCORE_MAIL_URL": f"file://{self._assembly.settings.data}/mail/its-own"}
        return self._forks.run(Job(name, strike, settings, self._clock.now(), self._facts))


@contextmanager
def _stage(forks: Forks, database_url: str, redis_url: str) -> Iterator[Stage]:
    """Yield a fresh stage: an empty database, events that Redis has never heard of, an empty directory."""
    empty(database_url)
    with tempfile.TemporaryDirectory() as directory:
        settings = {
            "TICKETCORE_DATA": directory,
            "TICKETCORE_DATABASE_URL": database_url,
            "TICKETCORE_INVENTORY_URL": redis_url,
            "TICKETCORE_MAIL_URL": f"file://{directory}/mail/others",
            "TICKETCORE_SIGNING_KEY": _SIGNING_KEY,
        }
        assembly = assemble(read_settings(settings))
        try:
            # Redis forgets reservations by its own clock, so time has to begin now.
            yield ServerStage(forks, settings, assembly, VirtualClock(SystemClock().now()))
        finally:
            assembly.close()


@contextmanager
def on_servers(postgres_server: str, redis_url: str) -> Iterator[Staging]:
    """Yield stages, one after the other, on a database of their own."""
    database_url = fresh_database(postgres_server)
    try:
        set_up(database_url)
        with running_forks() as forks:
            yield partial(_stage, forks, database_url, redis_url)
    finally:
        drop_database(database_url)
