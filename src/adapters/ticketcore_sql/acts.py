"""Acts of admins on SQL, written in the transaction of what they record."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from ticketcore.domain.acts import ActPage, AdminAct
from ticketcore_sql import rows
from ticketcore_sql.tables import acts


def write_act(connection: Connection, act: AdminAct) -> None:
    connection.execute(insert(acts).values(**rows.act_values(act)))


def act_page(connection: Connection, after: int | None, limit: int) -> ActPage:
    """Return one page (``Keys.acts``)."""
    statement = select(acts).order_by(acts.c.id.desc()).limit(limit + 1)
    if after is not None:
        statement = statement.where(acts.c.id < after)
    found = connection.execute(statement).all()
    page = found[:limit]
    return ActPage(tuple(rows.act_of(row) for row in page), page[-1].id if len(found) > limit else None)
