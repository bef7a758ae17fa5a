"""The engines that this package opens by itself: their pools, time-outs and SQLite's pragmas."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, PoolProxiedConnection, event

AUTOCOMMIT = "AUTOCOMMIT"
TRANSACTIONAL = "READ COMMITTED"
# The latest one first: the fewer are in use, the warmer they are.
_POOL = {"pool_size": 16, "max_overflow": 16, "pool_timeout": 10, "pool_use_lifo": True}
#: Client-side: seconds to connect, and after which a host that vanished without a word counts as gone (milliseconds, seconds).
_POSTGRES_ARGUMENTS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
_POSTGRES_LIMITS = {"statement_timeout": "15s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "30s"}
# WAL lets readers read while one writes; FULL lets an answered order survive a power cut; what is deleted is overwritten.
_SQLITE_PRAGMAS = ("busy_timeout=10000", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
_WAL_TRIES = 100
_WAL_WAIT = 0.005
_IS_POOLED = "ticketcore_is_pooled"
_OPENED = "ticketcore_opened"


def open_engine(url: sa.URL) -> Engine:
    """Return an engine that opens connections when they are first needed."""
    if url.get_backend_name() == "postgresql":
        defaults = {name: value for name, value in _POSTGRES_ARGUMENTS.items() if name not in url.query}
        # Most statements are transactions of their own; others ask for a level (``TRANSACTIONAL``).
        engine = sa.create_engine(url, connect_args=defaults, hide_parameters=True, isolation_level=AUTOCOMMIT, **_POOL)
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    engine = sa.create_engine(url, hide_parameters=True, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def is_pooled(connection: Connection | PoolProxiedConnection) -> bool:
    """Return whether a pooler such as PgBouncer or RDS Proxy stands before the server, so that no session is ours."""
    return _IS_POOLED in connection.info


def opened_at(connection: PoolProxiedConnection) -> float:
    """Return when a connection was opened, on the monotonic clock."""
    opened: float = connection.info[_OPENED]
    return opened


def limit_transaction(connection: Connection) -> None:
    """Set the time-outs of the transaction that has begun, where its session cannot keep them."""
    if is_pooled(connection):
        connection.exec_driver_sql(_limits("SET LOCAL"))


def _limits(command: str) -> str:
    return "; ".join(f"{command} {name} = '{limit}'" for name, limit in _POSTGRES_LIMITS.items())


def _prepare_postgres(connection: Any, record: Any) -> None:
    """Set the session's time-outs; behind a pooler leave no trace in a session that other clients will get."""
    record.info[_OPENED] = time.monotonic()
    connection.autocommit = True
    # Start-up options would do, but poolers refuse them.
    [process_id] = connection.execute("SELECT pg_backend_pid()").fetchone()
    if process_id == connection.info.backend_pid:
        connection.execute(_limits("SET"))
    else:
        # A pooler invents the process id that it gives its clients.
        record.info[_IS_POOLED] = True
        connection.prepare_threshold = None


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
