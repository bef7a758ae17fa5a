"""The ledgers that the contract suites run over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial

import pytest

from ticketcore.ports import Ledger
from ticketcore_memory import memory_ledger
from ticketcore_sql import Database, sql_ledger

OpenLedger = Callable[[], Ledger]


@contextmanager
def sql_ledgers(url: str) -> Iterator[OpenLedger]:
    """Yield a function that opens the ledger at ``url``, each time with connections of its own."""
    with ExitStack() as opened:

        def open_one() -> Ledger:
            database = Database.connect(url)
            opened.callback(database.close)
            return sql_ledger(database)

        yield open_one


@contextmanager
def _in_process(_request: pytest.FixtureRequest) -> Iterator[OpenLedger]:
    ledger = memory_ledger()
    yield lambda: ledger


def _on_sql(fixture: str, request: pytest.FixtureRequest) -> AbstractContextManager[OpenLedger]:
    return sql_ledgers(request.getfixturevalue(fixture))


#: Each yields a function that opens one and the same empty ledger, each time as another process would.  The one in process
#: is always the same object, as no other process can open it.
LEDGERS: Mapping[str, Callable[[pytest.FixtureRequest], AbstractContextManager[OpenLedger]]] = {
    "memory": _in_process,
    "sqlite": partial(_on_sql, "sqlite_url"),
    "postgres": partial(_on_sql, "postgres_url"),
}
