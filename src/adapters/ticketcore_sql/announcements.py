"""Announcements on SQL: written with the change of their event, and asked for in pieces."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row, bindparam, delete, insert, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from ticketcore.domain.announcements import Announcement
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore_sql.database import Database
from ticketcore_sql.tables import IS_PAID, announcements, deliveries, orders

_TIME = orders.c.created_at.type
#: The end of a piece behind which there are no more orders.
_END = (datetime(9999, 12, 31, tzinfo=UTC), "")
_NEXT = select(announcements).order_by(announcements.c.event_id).limit(1)
_PLACE = tuple_(orders.c.created_at, orders.c.digest)
_BEHIND = (
    (orders.c.event_id == bindparam("of_event"))
    & IS_PAID
    & (tuple_(bindparam("after_time", type_=_TIME), bindparam("after_digest")) < _PLACE)
)
_LAST = (
    select(orders.c.created_at, orders.c.digest)
    .where(_BEHIND)
    .order_by(orders.c.created_at, orders.c.digest)
    .limit(1)
    .offset(bindparam("before_last"))
)
_MAILS = select(
    orders.c.id,
    bindparam("mail_kind", type_=deliveries.c.kind.type),
    bindparam("mail_number", type_=deliveries.c.number.type),
    bindparam("asked", type_=_TIME),
    bindparam("due", type_=_TIME),
    literal(0, literal_execute=True),
    literal(DeliveryStatus.PENDING.value, literal_execute=True),
).where(_BEHIND, tuple_(bindparam("last_time", type_=_TIME), bindparam("last_digest")) >= _PLACE)


_COLUMNS = ("order_id", "kind", "number", "asked_at", "due_at", "tries", "status")


def _asking(insert: Callable[[sa.Table], postgresql.Insert | sqlite.Insert]) -> sa.Insert:
    # SQLAlchemy counts the rows of an INSERT only where it is asked to.
    statement = insert(deliveries).execution_options(preserve_rowcount=True)
    replaced = {name: statement.excluded[name] for name in _COLUMNS[2:]}
    return statement.from_select(_COLUMNS, _MAILS).on_conflict_do_update(
        index_elements=["order_id", "kind"], set_=replaced
    )


_ASK = {"postgresql": _asking(postgresql.insert), "sqlite": _asking(sqlite.insert)}


def put(connection: Connection, announcement: Announcement) -> None:
    """Write an announcement in place of the one that its event has, if any."""
    connection.execute(delete(announcements).where(announcements.c.event_id == announcement.event_id))
    time, digest = announcement.after
    values = {"event_id": announcement.event_id, "kind": announcement.kind.value, "number": announcement.number}
    connection.execute(insert(announcements).values(**values, after_time=time, after_digest=digest))


def announce(database: Database, now: datetime, limit: int) -> int | None:
    """Ask for the next mails (``Deliveries.announce``), in one transaction that locks no event."""

    def work(connection: Connection) -> int | None:
        # Another process that is at it does all of it.
        row = connection.execute(_NEXT.with_for_update(skip_locked=True)).one_or_none()
        return _announce(connection, row, now, limit) if row else None

    # Most looks find nothing: those must not wait for the one writer that SQLite has.
    anything = database.read(lambda connection: connection.execute(_NEXT).one_or_none())
    return database.write(work) if anything else None


def _announce(connection: Connection, row: Row[Any], now: datetime, limit: int) -> int:
    after = {"of_event": row.event_id, "after_time": row.after_time, "after_digest": row.after_digest}
    found = connection.execute(_LAST, {**after, "before_last": limit - 1}).one_or_none()
    last = tuple(found) if found else _END
    mail = {"mail_kind": row.kind, "mail_number": row.number, "asked": now, "due": now}
    until = {"last_time": last[0], "last_digest": last[1]}
    asked = connection.execute(_ASK[connection.dialect.name], {**after, **mail, **until}).rowcount
    this = announcements.c.event_id == row.event_id
    if found:
        connection.execute(update(announcements).where(this).values(after_time=last[0], after_digest=last[1]))
    else:
        connection.execute(delete(announcements).where(this))
    return asked
