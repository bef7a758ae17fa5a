"""The drivers' errors, translated once: a database out of reach, and a schema that is not ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ticketcore.domain.errors import TicketcoreError, Unavailable
from ticketcore_sql import connection_failures

# Postgres, appendix A: serialization_failure, deadlock_detected.
_WORTH_RETRYING = {"40001", "40P01"}
# Likewise: undefined_table, undefined_column, invalid_schema_name.
_NOT_OUR_SCHEMA = {"42P01", "42703", "3F000"}
# Likewise, states of a session in which nothing can succeed any more while a new session may: read_only_sql_transaction
# (a fail-over has made its server a standby), time-outs that end the session, a server that shuts down, and prepared
# statements that are gone or no longer fit the tables.
_SPOILED = {"25006", "25P03", "25P04", "57P01", "57P02", "57P03", "57P05", "26000", "42P05", "0A000"}
# Likewise, insufficient_privilege and the classes of what lies outside the statement: connection, authorization, database
# name, rollback, resources, locks, operator, system, configuration and internal errors.
_OUTSIDE = {*_SPOILED, "42501"}
_OUTSIDE_CLASSES = {"08", "28", "3D", "40", "53", "55", "57", "58", "F0", "XX"}

#: The execution option of connections that run our statements.
OURS = "ticketcore"

_SPOILED_FILES = {
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN),
    sqlite3.SQLITE_NOTADB,
}
_OUTSIDE_FILES = {
    *_SPOILED_FILES,
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_PERM),
    *(sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOLFS),
}


class SchemaMismatch(TicketcoreError):
    """A table or column is missing: the tables are another program's, or of another version of this one."""

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing

    def __str__(self) -> str:
        return f"the tables in this database are not those of this version of ticketcore: {self.missing}"


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Raise ``Unavailable`` for a database out of reach, ``SchemaMismatch`` for foreign tables; a bug stays what it is."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeout as error:
        raise Unavailable("ledger", "all connections of this process are in use") from error
    except DBAPIError as error:
        missing = _missing(error.orig)
        if missing:
            raise SchemaMismatch(missing) from error
        if _is_out_of_reach(error):
            raise Unavailable("ledger", _reason(error, url)) from error
        raise


def drop_spoiled_sessions(context: ExceptionContext) -> None:
    """Give up a session that can do nothing more, and with it all others of its pool that are as old.

    A listener for SQLAlchemy's ``handle_error``, which hears of every statement on an engine, the application's own included.
    """
    is_ours = context.connection is not None and OURS in context.connection.get_execution_options()
    if is_ours and is_spoiled(context.original_exception):
        context.is_disconnect = True


def is_worth_retrying(error: DBAPIError) -> bool:
    """Return whether the same transaction may succeed when it is run again at once."""
    return error.connection_invalidated or _state(error.orig) in _WORTH_RETRYING


def _state(cause: Any) -> str | None:
    state: str | None = getattr(cause, "sqlstate", None)
    return state


def _primary_code(cause: Any) -> int | None:
    """Return SQLite's primary result code; the higher bytes only detail it."""
    code: int | None = getattr(cause, "sqlite_errorcode", None)
    return code & 0xFF if code is not None else None


def is_spoiled(cause: Any) -> bool:
    """Return whether a session whose statement failed so can do nothing more."""
    return _state(cause) in _SPOILED or _primary_code(cause) in _SPOILED_FILES


def _missing(cause: Any) -> str | None:
    """Return the driver's text about a missing table or column, which names nothing but these."""
    if _state(cause) in _NOT_OUR_SCHEMA:
        return str(cause.diag.message_primary)
    if _primary_code(cause) == sqlite3.SQLITE_ERROR and ("no such " in str(cause) or "has no column" in str(cause)):
        return str(cause)
    return None


def _is_out_of_reach(error: DBAPIError) -> bool:
    # Without a statement it failed to connect, to a wrong address or file.
    if error.connection_invalidated or error.statement is None:
        return True
    state, code = _state(error.orig), _primary_code(error.orig)
    if state is None and code is None:
        return isinstance(error, OperationalError)
    return state in _OUTSIDE or (state or "")[:2] in _OUTSIDE_CLASSES or code in _OUTSIDE_FILES


def _reason(error: DBAPIError, url: URL) -> str:
    """Return what went wrong without the driver's own words, which may quote a row."""
    if error.statement is None:
        return connection_failures.reason(error.orig, url)
    state = _state(error.orig) or getattr(error.orig, "sqlite_errorname", None)
    return f"{type(error.orig).__name__} {state}" if state else type(error.orig).__name__
