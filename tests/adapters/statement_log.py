"""What is executed, whichever way it goes to the driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event

from ticketcore_sql import Database


@contextmanager
def logged_statements(database: Database) -> Iterator[list[str]]:
    """Yield the statements that are executed on Postgres within the block; what connections are prepared with is left out."""
    found: list[str] = []

    class LoggedCursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            found.append(" ".join(str(query).split()))
            return super().execute(query, *arguments, **options)

        def executemany(self, query: Any, *arguments: Any, **options: Any) -> None:
            found.append(" ".join(str(query).split()))
            super().executemany(query, *arguments, **options)

    def log(connection: Any, _record: object) -> None:
        connection.cursor_factory = LoggedCursor

    # Connections that are open already have cursors of their own kind.
    event.listen(database.engine, "connect", log)
    database.engine.dispose()
    try:
        with database.engine.connect():
            pass
        found.clear()
        yield found
    finally:
        event.remove(database.engine, "connect", log)
        database.engine.dispose()


@contextmanager
def logged_on_sqlite(database: Database) -> Iterator[list[str]]:
    """Yield the statements that are executed within the block."""
    found: list[str] = []

    def log(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(" ".join(statement.split()))

    event.listen(database.engine, "before_cursor_execute", log)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", log)
