"""The ledgers that the contract suites run over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from itertools import count

import attrs
import pytest
from sqlalchemy import delete

from ticketcore.ports import Ledger
from ticketcore_memory import memory_ledger
from ticketcore_sql import Database, sql_ledger
from ticketcore_sql.tables import metadata

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


@attrs.define
class KeptDatabases:
    """Databases at one URL which stay open from test to test: SQLAlchemy compiles each statement once for each of them."""

    url: str
    opened: list[Database] = attrs.field(factory=list)

    def one(self, number: int) -> Database:
        """Return a database with connections of its own, the same one for the same number."""
        if number == len(self.opened):
            self.opened.append(Database.connect(self.url))
        return self.opened[number]

    def empty(self) -> None:
        """Delete all rows."""
        with self.one(0).transaction() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))

    def close(self) -> None:
        for database in self.opened:
            database.close()


@contextmanager
def _on_sql(fixture: str, request: pytest.FixtureRequest) -> Iterator[OpenLedger]:
    kept: KeptDatabases = request.getfixturevalue(fixture)
    kept.empty()
    numbers = count()
    yield lambda: sql_ledger(kept.one(next(numbers)))


#: Each yields a function that opens one and the same empty ledger, each time as another process would.  The one in process
#: is always the same object, as no other process can open it.
LEDGERS: Mapping[str, Callable[[pytest.FixtureRequest], AbstractContextManager[OpenLedger]]] = {
    "memory": _in_process,
    "sqlite": partial(_on_sql, "kept_on_sqlite"),
    "postgres": partial(_on_sql, "kept_on_postgres"),
}
