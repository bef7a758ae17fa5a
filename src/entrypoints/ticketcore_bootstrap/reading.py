"""Open an existing ledger to look at it: nothing is created or upgraded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ticketcore_bootstrap import ledgers
from ticketcore_bootstrap.assembly import Assembly, assemble
from ticketcore_bootstrap.ledgers import LedgerBackend
from ticketcore_bootstrap.schema import SchemaOutdated
from ticketcore_bootstrap.settings import Settings
from ticketcore_bootstrap.variables import SettingError

_EXPECTED = "the place of one; `ticketcore serve` and `ticketcore db upgrade` create it"


@contextmanager
def reading(settings: Settings) -> Iterator[Assembly]:
    """Yield an assembly on the ledger, the inventory and the queue that the settings choose, and close it afterwards.

    Raises ``SettingError`` if there is no ledger, and ``SchemaOutdated`` if its schema is another one.
    """
    require_file(settings)
    with assemble(settings.with_parts("inventory", "queue")) as assembly:
        require_tables(settings, assembly.ledger)
        yield assembly


def require_file(settings: Settings) -> None:
    """Raise ``SettingError`` if the ledger is a file that is missing or empty: opening it would create one."""
    file = ledgers.file_of(settings.database_url)
    if file is not None and not (file.is_file() and file.stat().st_size):
        raise _no_ledger(settings)


def require_tables(settings: Settings, ledger: LedgerBackend) -> None:
    """Raise ``SettingError`` if there are no tables in a store, and ``SchemaOutdated`` if they are of another version."""
    if ledger.revision() is None:
        raise _no_ledger(settings)
    if not ledger.is_current():
        raise SchemaOutdated


def _no_ledger(settings: Settings) -> SettingError:
    if settings.has_default_ledger:
        return SettingError("TICKETCORE_DATA", f'"{settings.data}", where there is no ledger', _EXPECTED)
    return SettingError(ledgers.VARIABLE, f'"{settings.ledger_place}", where there is no ledger', _EXPECTED)
