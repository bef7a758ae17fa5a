"""The ledgers that the contract suites run over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from ticketcore_memory import MemoryEvents, MemoryKeys, MemoryLedger, MemoryOrders, MemoryOutbox, MemoryTickets
from ticketcore_sql import Database, SqlEvents, SqlKeys, SqlOrders, SqlOutbox, SqlTickets
from ticketcore_testing.ledgers import Ledger


def memory_ledger() -> Ledger:
    """Answer an empty ledger in process."""
    return ledger_over(MemoryLedger())


def ledger_over(rows: MemoryLedger) -> Ledger:
    """Answer the memory adapters over these rows."""
    return Ledger(
        MemoryEvents(rows),
        MemoryOrders(rows),
        MemoryTickets(rows),
        MemoryOutbox(rows),
        MemoryKeys(rows),
    )


@contextmanager
def sql_ledgers(url: str) -> Iterator[Callable[[], Ledger]]:
    """Yield what opens the ledger at ``url``, each time with connections of its own; all are closed at the end."""
    with ExitStack() as opened:

        def open_one() -> Ledger:
            database = Database.connect(url)
            opened.callback(database.close)
            return Ledger(
                SqlEvents(database),
                SqlOrders(database),
                SqlTickets(database),
                SqlOutbox(database),
                SqlKeys(database),
            )

        yield open_one
