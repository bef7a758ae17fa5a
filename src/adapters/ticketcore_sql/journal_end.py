"""Up to where the journal and the acts are settled: everything before is visible to every statement that begins later.

Ids of journal entries and acts are given out in order, but transactions commit in any.  A reader that remembers where it came to
must not pass an id that is given out and not yet visible.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import func, select

from ticketcore.domain.webhook_news import Position
from ticketcore_sql.database import Database
from ticketcore_sql.tables import acts, journal

#: How long to wait for transactions that are writing; they write for milliseconds.
_PATIENCE_SECONDS = 0.5
_PAUSE_SECONDS = 0.01

_LOCKS = """
FROM pg_locks
WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
  AND relation IN ('{schema}journal'::regclass, '{schema}acts'::regclass)
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_END_AND_WRITERS = f"""
SELECT (SELECT coalesce(max(id), 0) FROM {{schema}}journal) AS journal,
       (SELECT coalesce(max(id), 0) FROM {{schema}}acts) AS acts,
       (SELECT array_agg(virtualtransaction) {_LOCKS}) AS writers
"""  # noqa: S608  It is made of constants.
_IS_WRITING = f"SELECT 1 {_LOCKS} AND virtualtransaction = ANY(%(writers)s::text[]) LIMIT 1"
#: The newest entry and act, visible or not to others.
END = select(
    select(func.coalesce(func.max(journal.c.id), 0)).scalar_subquery().label("journal"),
    select(func.coalesce(func.max(acts.c.id), 0)).scalar_subquery().label("acts"),
)


def settled(database: Database) -> Position | None:
    """Return up to where everything is visible or never will be, or ``None`` if that takes long.

    Whatever was given an id below the end that is seen here was given it before.  It holds the lock of every writer on its
    table since before that and until it is visible: it is among the locks that are read after the end, or is visible by
    then.  Statements that begin once these are gone see it.
    """
    if not database.is_postgres:
        # There is one writer at a time.
        found = database.read(lambda connection: connection.execute(END).one())
        return Position(found.journal, found.acts)
    end = database.run(_END_AND_WRITERS, {})
    assert end is not None, "it returns one row"
    return Position(end.journal, end.acts) if not end.writers or _is_over(database, end.writers) else None


def _is_over(database: Database, writers: Sequence[str]) -> bool:
    """Wait until none of these transactions is writing, and return whether that came soon."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while database.run(_IS_WRITING, {"writers": writers}) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True
