"""The one place that chooses adapters: typed settings in, a ready box office out."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ticketcore import BoxOffice
from ticketcore.errors import TicketcoreError
from ticketcore.ports import Files, Mailer, Ports
from ticketcore_bootstrap.settings import EmlDirectory, SettingError, Settings, Smtp
from ticketcore_codes import Ed25519Seal, QrcodeQrImages, new_private_key, read_private_key, read_public_keys
from ticketcore_local import DirectoryFiles, EmlMailer, SmtpMailer
from ticketcore_memory import NoInventory, SystemClock, SystemIds
from ticketcore_sql import (
    Database,
    SqlEvents,
    SqlKeys,
    SqlOrders,
    SqlOutbox,
    SqlPaymentGateway,
    SqlPaymentQueue,
    SqlTickets,
)

_SIGNING_KEY_FILE = "signing-key"
_WRITABLE = "a place that can be written"


class SchemaOutdated(TicketcoreError):
    """The database has an older schema with data in it, which only ``ticketcore db upgrade`` may change."""

    def __str__(self) -> str:
        return "the database schema is not up to date: run `ticketcore db upgrade`"


@attrs.frozen
class Assembly:
    """A box office with what it was built from; ``close`` it when done."""

    settings: Settings
    box_office: BoxOffice
    database: Database = attrs.field(repr=False)

    def prepare(self) -> None:
        """Make the database fit for use (``prepare``)."""
        prepare(self.settings, self.database)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()


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
    _make_directory(path.parent, variable)
    try:
        # The ledger holds ids that are credentials; SQLite gives its other files the mode of this one.
        path.touch(mode=0o600)
    except OSError as error:
        raise SettingError(variable, f'"{path}"', _WRITABLE) from error


def assemble(settings: Settings) -> Assembly:
    """Answer a box office on the adapters that the settings choose.

    Nothing is connected to yet, but at the first start on a server's ledger without a signing key: processes that share a
    ledger must share the key, so they agree on one there.
    """
    database = Database.connect(settings.database_url)
    signing_key = _signing_key(settings, database)
    ports = Ports(
        events=SqlEvents(database),
        orders=SqlOrders(database),
        tickets=SqlTickets(database),
        outbox=SqlOutbox(database),
        keys=SqlKeys(database),
        inventory=NoInventory(),
        payment_queue=SqlPaymentQueue(database),
        payment_gateway=SqlPaymentGateway(database),
        files=_files(settings),
        mailer=_mailer(settings),
        seal=Ed25519Seal(signing_key, read_public_keys(settings.trusted_keys)),
        qr_images=QrcodeQrImages(),
        clock=SystemClock(),
        ids=SystemIds(),
    )
    return Assembly(settings, BoxOffice(ports, settings.hold), database)


def _files(settings: Settings) -> Files:
    return DirectoryFiles(settings.files.path)


def _mailer(settings: Settings) -> Mailer:
    match settings.mail:
        case EmlDirectory(path, sender):
            return EmlMailer(path, sender)
        case Smtp() as smtp:
            return SmtpMailer(smtp.sender, smtp.host, smtp.port, smtp.user, smtp.password, smtp.implicit_tls)


def _signing_key(settings: Settings, database: Database) -> Ed25519PrivateKey:
    if settings.signing_key is not None:
        return read_private_key(settings.signing_key)
    path = settings.data / _SIGNING_KEY_FILE
    try:
        if not path.exists():
            _make_directory(path.parent, "TICKETCORE_DATA")
            _keep_signing_key(path, _agreed_signing_key(settings, database))
        kept = path.read_text()
    except OSError as error:
        raise SettingError("TICKETCORE_DATA", f'"{settings.data}"', _WRITABLE) from error
    try:
        return read_private_key(kept)
    except ValueError as error:
        raise SettingError(str(path), "no signing key", "the key that sealed the tickets sold so far") from error


def _agreed_signing_key(settings: Settings, database: Database) -> str:
    fresh = new_private_key()
    if settings.is_embedded:
        return fresh
    prepare(settings, database)
    return SqlKeys(database).secret(_SIGNING_KEY_FILE, fresh.encode()).decode()


def _keep_signing_key(path: Path, key: str) -> None:
    """Write the key to its file; processes that start together end with the same one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    _write_privately(fresh, key)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _write_privately(path: Path, text: str) -> None:
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        # A key that a power cut empties would make every ticket sold so far worthless.
        os.fsync(file.fileno())


def _make_directory(path: Path, variable: str) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(variable, f'"{path}"', _WRITABLE) from error
