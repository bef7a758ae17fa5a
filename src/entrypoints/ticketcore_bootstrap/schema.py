"""The schema of the ledger's store: created, upgraded, or left to its operator."""

from __future__ import annotations

from ticketcore.domain.errors import TicketcoreError
from ticketcore_bootstrap.files import WRITABLE
from ticketcore_bootstrap.ledgers import VARIABLE, LedgerBackend, open_ledger
from ticketcore_bootstrap.settings import Settings
from ticketcore_bootstrap.variables import SettingError


class SchemaOutdated(TicketcoreError):
    """The store has an older schema with data in it, which only ``ticketcore db upgrade`` may change."""

    def __str__(self) -> str:
        return "the database schema is not up to date: run `ticketcore db upgrade`"


def prepare(settings: Settings, ledger: LedgerBackend) -> None:
    """Create the schema in an empty store and upgrade an embedded one; never upgrade a server's data.

    Raises ``SchemaOutdated`` in the last case, and ``Unavailable`` if the store cannot be reached.
    """
    _create_files(settings, ledger)
    if ledger.is_current():
        return
    if not ledger.is_embedded and ledger.revision() is not None:
        raise SchemaOutdated
    ledger.upgrade()


def prepare_ledger(settings: Settings) -> None:
    """Create or upgrade the schema as ``prepare`` does, before anything else of a process is created."""
    ledger = open_ledger(settings.database_url, settings.database_schema)
    try:
        prepare(settings, ledger)
    finally:
        ledger.close()


def upgrade(settings: Settings) -> tuple[str | None, str | None]:
    """Upgrade the schema; return the revisions before and after, ``None`` for an empty store."""
    ledger = open_ledger(settings.database_url, settings.database_schema)
    try:
        _create_files(settings, ledger)
        before = ledger.revision()
        ledger.upgrade()
        return before, ledger.revision()
    finally:
        ledger.close()


def _create_files(settings: Settings, ledger: LedgerBackend) -> None:
    try:
        ledger.create_files()
    except OSError as error:
        variable = "TICKETCORE_DATA" if settings.has_default_ledger else VARIABLE
        raise SettingError(variable, f'"{error.filename}"', WRITABLE) from error
