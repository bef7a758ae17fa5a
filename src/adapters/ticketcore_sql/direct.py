"""Statements that psycopg runs by itself: SQLAlchemy's way to it takes longer than the statement.

Only for one statement that is a transaction of its own, on an engine that this package has opened: what listens to an
engine of the application hears of every statement.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import psycopg
from psycopg.rows import RowMaker, namedtuple_row, no_result
from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from ticketcore_sql.engines import opened_at
from ticketcore_sql.failures import is_spoiled
from ticketcore_sql.statements import Row, Statement, text_of


@attrs.define(eq=False)
class _Text:
    """A statement in SQL, with the values in it that never change.

    It makes rows by the columns that it returned first: psycopg would read their names again each time.
    """

    sql: str
    fixed: Mapping[str, Any]
    _make_row: RowMaker[Row] | None = attrs.field(init=False, default=None)

    def row_factory(self, cursor: psycopg.Cursor[Any]) -> RowMaker[Row]:
        """Return what makes a row of the statement's columns."""
        if self._make_row is not None:
            return self._make_row
        made = namedtuple_row(cursor)
        if made is not no_result:
            self._make_row = made
        return made


@attrs.define(eq=False)
class DirectStatements:
    """Runs statements on connections of an engine's pool; raises SQLAlchemy's errors, as its own connections do."""

    _engine: Engine
    _schema: str | None
    _spoiled_at: float = attrs.field(init=False, default=-1.0)
    _texts: dict[Statement, _Text] = attrs.field(init=False, factory=dict)

    @contextmanager
    def connection(self) -> Iterator[PoolProxiedConnection]:
        """Yield a connection of the pool."""
        connection = self._connect()
        while opened_at(connection) <= self._spoiled_at:
            connection.invalidate()
            connection.close()
            connection = self._connect()
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self) -> PoolProxiedConnection:
        try:
            return self._engine.raw_connection()
        except psycopg.Error as error:
            raise self._translated(error, None, is_gone=False) from error

    def run(self, connection: PoolProxiedConnection, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """Run a statement, which is its own transaction, and return its rows."""
        text = self._text_of(statement)
        driver_connection: Any = connection.driver_connection
        try:
            with driver_connection.cursor(row_factory=text.row_factory) as cursor:
                found: Sequence[Row] = cursor.execute(text.sql, {**text.fixed, **values}).fetchall()
        except psycopg.Error as error:
            dialect: Any = self._engine.dialect
            is_gone = dialect.is_disconnect(error, driver_connection, None) or is_spoiled(error)
            if is_gone:
                connection.invalidate(error)
                # So are all others that are as old.
                self._spoiled_at = time.monotonic()
            raise self._translated(error, text.sql, is_gone=is_gone) from error
        return found

    def _text_of(self, statement: Statement) -> _Text:
        found = self._texts.get(statement)
        if found is None:
            found = self._texts[statement] = _Text(*text_of(statement, self._engine, self._schema))
        return found

    def _translated(self, error: psycopg.Error, text: str | None, *, is_gone: bool) -> BaseException:
        return DBAPIError.instance(
            text,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=is_gone,
            dialect=self._engine.dialect,
        )
