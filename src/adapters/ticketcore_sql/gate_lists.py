"""What gates without network are given: pages of orders that have tickets, then of orders that changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, select, tuple_

from ticketcore.domain import ids
from ticketcore.domain.announcements import BEGINNING
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.gate_lists import CHANGING_STEPS, GateList, GatePlace, GateTicket
from ticketcore.domain.ids import EventId, TicketId
from ticketcore.domain.order_listing import Cursor
from ticketcore.domain.tickets import TicketStatus
from ticketcore_sql import journal_end, rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import journal, orders, storable, tickets

_PLACE = tuple_(orders.c.created_at, orders.c.digest)
_HERE = tuple_(sa.bindparam("time", type_=orders.c.created_at.type), sa.bindparam("digest"))
_OF_EVENT = orders.c.event_id == sa.bindparam("event_id")
_SOLD = (
    select(orders.c.id, orders.c.created_at, orders.c.digest)
    .where(_OF_EVENT, orders.c.ticket_code.is_not(None), _PLACE > _HERE)
    .order_by(orders.c.created_at, orders.c.digest)
)
#: Entries of all events that are looked through at once.
_LOOKED_THROUGH = 200
_RECENT = (
    select(journal.c.id, journal.c.order_id)
    .where(
        journal.c.id > sa.bindparam("before"),
        journal.c.id <= sa.bindparam("settled"),
        journal.c.step.in_(sorted(CHANGING_STEPS)),
    )
    .order_by(journal.c.id)
    .limit(sa.literal_column(str(_LOOKED_THROUGH)))
)
_OURS = select(orders.c.id).where(orders.c.id.in_(sa.bindparam("order_ids", expanding=True)), _OF_EVENT)
_TICKETS = select(tickets.c.id, tickets.c.status).where(
    tickets.c.order_id.in_(sa.bindparam("order_ids", expanding=True))
)


def gate_list(database: Database, event_id: EventId, after: GatePlace | None, limit: int) -> GateList:
    """Return a piece of a gate's list (``Tickets.gate_list``)."""
    settled = journal_end.settled(database)
    if settled is None:
        raise Unavailable("ledger", "a transaction is writing for too long")
    begun = after or GatePlace(settled.journal, BEGINNING)
    values = {"event_id": storable(event_id)}

    def work(connection: Connection) -> GateList:
        found = _sold(connection, values, begun.journal, begun.after, limit) if begun.after else None
        if found is not None and found.tickets:
            return found
        return _changed(connection, event_id, begun.journal, settled.journal, limit)

    return database.read(work)


def _number(limit: int) -> sa.ColumnElement[int]:
    # It stands in the statement, so that every plan knows how few they are.
    return sa.literal_column(str(limit))


def _sold(connection: Connection, values: dict[str, Any], begun: int, after: Cursor, limit: int) -> GateList:
    found = connection.execute(_SOLD.limit(_number(limit)), values | {"time": after[0], "digest": after[1]}).all()
    place: tuple[datetime, str] | None = None
    if len(found) == limit:
        place = rows.utc(found[-1].created_at), found[-1].digest
    return GateList(_tickets(connection, [row.id for row in found]), GatePlace(begun, place))


def _changed(connection: Connection, event_id: EventId, before: int, settled: int, limit: int) -> GateList:
    while True:
        found = connection.execute(_RECENT, {"before": before, "settled": settled}).all()
        of_event = _of_event(connection, event_id, {row.order_id for row in found})
        ours = [row for row in found if row.order_id in of_event][:limit]
        last = found[-1].id if len(found) == _LOOKED_THROUGH else max(settled, before)
        if len(ours) == limit:
            last = ours[-1].id
        if ours or last >= settled:
            return GateList(_tickets(connection, [row.order_id for row in ours]), GatePlace(last))
        before = last


def _of_event(connection: Connection, event_id: EventId, order_ids: Collection[str]) -> Collection[str]:
    """Return those of these orders that are an event's."""
    if not order_ids:
        return ()
    return set(connection.scalars(_OURS, {"order_ids": [*order_ids], "event_id": storable(event_id)}))


def _tickets(connection: Connection, order_ids: Sequence[str]) -> tuple[GateTicket, ...]:
    if not order_ids:
        return ()
    found = connection.execute(_TICKETS, {"order_ids": [*dict.fromkeys(order_ids)]}).all()
    return tuple(GateTicket(ids.digest(TicketId(row.id)), TicketStatus(row.status)) for row in found)
