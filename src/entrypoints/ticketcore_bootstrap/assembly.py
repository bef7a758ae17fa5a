"""Typed settings in, a ready box office out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import attrs

from ticketcore import BoxOffice, Organiser
from ticketcore.domain.errors import TicketcoreError
from ticketcore.ports import Observer, Ports
from ticketcore_bootstrap import adapters
from ticketcore_bootstrap.settings import SettingError, Settings
from ticketcore_bootstrap.signing import WRITABLE, make_directory, signing_key
from ticketcore_codes import Ed25519Seal, read_public_keys
from ticketcore_memory import NoObserver, SystemClock, SystemIds
from ticketcore_sql import Database, SqlEvents, SqlKeys, SqlOrders, SqlOutbox, SqlTickets
from ticketcore_telemetry.health import HealthChecker


class SchemaOutdated(TicketcoreError):
    """The database has an older schema with data in it, which only ``ticketcore db upgrade`` may change."""

    def __str__(self) -> str:
        return "the database schema is not up to date: run `ticketcore db upgrade`"


def _box_office(assembly: Assembly) -> BoxOffice:
    return BoxOffice(assembly.ports, assembly.settings.hold)


def _organiser(assembly: Assembly) -> Organiser:
    return Organiser(assembly.ports)


def _health(assembly: Assembly) -> HealthChecker:
    return HealthChecker(assembly.ports.checks)


@attrs.frozen
class Assembly:
    """A box office and an organiser with what they were built from; ``close`` it when done."""

    settings: Settings
    ports: Ports = attrs.field(repr=False)
    database: Database = attrs.field(repr=False)
    _connections: ExitStack = attrs.field(repr=False)
    box_office: BoxOffice = attrs.field(init=False, default=attrs.Factory(_box_office, takes_self=True))
    organiser: Organiser = attrs.field(init=False, default=attrs.Factory(_organiser, takes_self=True))
    health: HealthChecker = attrs.field(init=False, repr=False, default=attrs.Factory(_health, takes_self=True))

    def prepare(self) -> None:
        """Make the database fit for use (``prepare``)."""
        prepare(self.settings, self.database)

    def observed_by(self, observer: Observer) -> Assembly:
        """Return the same assembly with this observer."""
        return attrs.evolve(self, ports=attrs.evolve(self.ports, observer=observer))

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()


def prepare(settings: Settings, database: Database) -> None:
    """Make a database fit for use.

    An empty one is set up and a file of ours brought up to date; a server's data are left to whoever runs it.
    Raises ``SchemaOutdated`` then, and ``Unavailable`` if the database cannot be reached.
    """
    _make_place(settings, database)
    revision = database.revision()
    if revision is not None and not settings.is_embedded and not database.is_current():
        raise SchemaOutdated
    if not database.is_current():
        database.upgrade()


def upgrade(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the schema up to date; answer the revisions before and after, ``None`` for an empty database."""
    database = Database.connect(settings.database_url)
    try:
        _make_place(settings, database)
        before = database.revision()
        database.upgrade()
        return before, database.revision()
    finally:
        database.close()


def _make_place(settings: Settings, database: Database) -> None:
    if not settings.is_embedded:
        return
    path = Path(database.engine.url.database or "").absolute()
    variable = "TICKETCORE_DATA" if path.parent == settings.data else "TICKETCORE_DATABASE_URL"
    make_directory(path.parent, variable)
    try:
        # The ledger holds ids that are credentials; SQLite gives its other files the mode of this one.
        path.touch(mode=0o600)
    except OSError as error:
        raise SettingError(variable, f'"{path}"', WRITABLE) from error


def assemble(settings: Settings) -> Assembly:
    """Answer a box office on the adapters that the settings choose.

    Nothing is connected to yet, but at the first start on a server's ledger without a signing key: processes that share a
    ledger must share the key, so they agree on one there.  Raises ``SettingError`` for what only shows now.
    """
    connections = ExitStack()
    database = Database.connect(settings.database_url)
    connections.callback(database.close)

    def agree(name: str, fresh: str) -> str:
        if settings.is_embedded:
            return fresh
        prepare(settings, database)
        return SqlKeys(database).secret(name, fresh.encode()).decode()

    ports = Ports(
        events=SqlEvents(database),
        orders=SqlOrders(database),
        tickets=SqlTickets(database),
        outbox=SqlOutbox(database),
        keys=SqlKeys(database),
        inventory=adapters.inventory(settings.inventory, connections),
        payment_queue=adapters.payment_queue(settings.queue, database),
        payment_gateway=adapters.payment_gateway(settings, connections),
        files=adapters.files(settings.files),
        mailer=adapters.mailer(settings.mail),
        seal=Ed25519Seal(signing_key(settings, agree), read_public_keys(settings.trusted_keys)),
        qr_images=adapters.qr_images(),
        clock=SystemClock(),
        ids=SystemIds(),
        observer=NoObserver(),
    )
    return Assembly(settings, ports, database, connections)
