"""The drivers' errors, translated once: a database out of reach, and a schema that is not ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ticketcore.domain.errors import TicketcoreError, Unavailable

# Postgres, appendix A: serialization_failure, deadlock_detected.
_WORTH_RETRYING = {"40001", "40P01"}
# Likewise: undefined_table, undefined_column, invalid_schema_name.
_NOT_OUR_SCHEMA = {"42P01", "42703", "3F000"}


class SchemaMismatch(TicketcoreError):
    """A table or column is missing: the tables are another program's, or of another version of this one."""

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing

    def __str__(self) -> str:
        return f"the tables in this database are not those of this version of ticketcore: {self.missing}"


@contextmanager
def translated() -> Iterator[None]:
    """Raise ``Unavailable`` for a database out of reach, ``SchemaMismatch`` for foreign tables; a bug stays what it is."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeout as error:
        raise Unavailable("ledger", type(error).__name__) from error
    except DBAPIError as error:
        missing = _missing(error.orig)
        if missing:
            raise SchemaMismatch(missing) from error
        if _is_out_of_reach(error):
            raise Unavailable("ledger", _reason(error)) from error
        raise


def is_worth_retrying(error: DBAPIError) -> bool:
    """Return whether the same transaction may succeed when it is run again at once."""
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _WORTH_RETRYING


def _missing(cause: Any) -> str | None:
    """Return the driver's text about a missing table or column, which names nothing but these."""
    if getattr(cause, "sqlstate", None) in _NOT_OUR_SCHEMA:
        return str(cause.diag.message_primary)
    if _is_wrong_statement(cause) and ("no such " in str(cause) or "has no column" in str(cause)):
        return str(cause)
    return None


def _is_wrong_statement(cause: Any) -> bool:
    # sqlite3 raises OperationalError for these too.
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def _is_out_of_reach(error: DBAPIError) -> bool:
    # Without a statement it failed to connect, to a wrong address or file.
    if error.connection_invalidated or error.statement is None:
        return True
    return isinstance(error, OperationalError) and not _is_wrong_statement(error.orig)


def _reason(error: DBAPIError) -> str:
    """Return what went wrong without the driver's own words, which may quote a row."""
    if isinstance(error, OperationalError) and error.statement is None:
        return "no connection"
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    return f"{type(error.orig).__name__} {state}" if state else type(error.orig).__name__
