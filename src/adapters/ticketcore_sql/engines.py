"""The engines that this package opens by itself: their pools, time-outs and SQLite's pragmas."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, event

_POOL = {"pool_size": 16, "max_overflow": 16, "pool_timeout": 10}
_POSTGRES_OPTIONS = "-c statement_timeout=15s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s"
# WAL lets readers read while one writes; FULL lets an answered order survive a power cut.
_SQLITE_PRAGMAS = ("busy_timeout=10000", "synchronous=FULL", "foreign_keys=ON")
_WAL_TRIES = 100
_WAL_WAIT = 0.005


def open_engine(url: sa.URL) -> Engine:
    """Return an engine that opens connections when they are first needed."""
    if url.get_backend_name() == "postgresql":
        arguments = {"connect_timeout": 5, "options": _POSTGRES_OPTIONS}
        return sa.create_engine(url, connect_args=arguments, hide_parameters=True, **_POOL)
    engine = sa.create_engine(url, hide_parameters=True, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # The driver would begin transactions by guessing from the statements.
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    _switch_to_wal(connection)


def _switch_to_wal(connection: Any) -> None:
    for _ in range(_WAL_TRIES):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # Another process that creates the file at this moment locks it, and SQLite's busy time-out does not apply.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_WAL_WAIT)
        else:
            return
