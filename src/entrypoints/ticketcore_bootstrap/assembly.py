"""The one place that chooses adapters: typed settings in, a ready box office out."""

from __future__ import annotations

import os
from pathlib import Path

import attrs

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
        """Make the database fit for use.

        An empty one is set up and a file of ours brought up to date; a server's data are left to whoever runs it.
        Raises ``SchemaOutdated`` then, and ``Unavailable`` if the database cannot be reached.
        """
        self._make_place()
        revision = self.database.revision()
        if revision is not None and not self.settings.is_embedded and not self.database.is_current():
            raise SchemaOutdated
        if not self.database.is_current():
            self.database.upgrade()

    def upgrade(self) -> str | None:
        """Bring the schema up to date; answer the revision that it had, ``None`` for an empty database."""
        self._make_place()
        before = self.database.revision()
        self.database.upgrade()
        return before

    def _make_place(self) -> None:
        if self.settings.is_embedded:
            _make_directory(Path(self.database.engine.url.database or "").parent)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()


def assemble(settings: Settings) -> Assembly:
    """Answer a box office on the adapters that the settings choose.  Nothing is connected to yet."""
    database = Database.connect(settings.database_url)
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
        seal=_seal(settings),
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


def _seal(settings: Settings) -> Ed25519Seal:
    key = settings.signing_key or _own_signing_key(settings.data / _SIGNING_KEY_FILE)
    return Ed25519Seal(read_private_key(key), read_public_keys(settings.trusted_keys))


def _own_signing_key(path: Path) -> str:
    """Answer the key kept in a file, made at the first start; processes that start together agree on one."""
    if not path.exists():
        _make_directory(path.parent)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(new_private_key())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError("TICKETCORE_DATA", f'"{path}"', "a directory that can be written") from error
