"""Open a ledger only to check it: nothing is created, upgraded or stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ticketcore.application.ledger_check import LedgerCheck
from ticketcore_bootstrap import adapters, signing
from ticketcore_bootstrap.ledgers import open_ledger
from ticketcore_bootstrap.reading import require_file, require_tables
from ticketcore_bootstrap.settings import Settings
from ticketcore_memory import SystemClock


@contextmanager
def checking(settings: Settings, *, images: bool) -> Iterator[LedgerCheck]:
    """Yield a check of the ledger that the settings choose, and close its connections afterwards.

    Raises ``SettingError`` if there is none, and ``SchemaOutdated`` if its schema is another one.
    """
    require_file(settings)
    with ExitStack() as opened:
        ledger = open_ledger(settings.database_url, settings.database_schema)
        opened.callback(ledger.close)
        require_tables(settings, ledger)
        yield LedgerCheck(
            ledger=ledger.ledger,
            payment_queue=adapters.payment_queue(settings.queue, ledger),
            inventory=adapters.inventory(settings.inventory, opened),
            seal=signing.open_seal_now(settings, ledger),
            clock=ledger.clock or SystemClock(),
            files=adapters.files(settings.files) if images else None,
        )
