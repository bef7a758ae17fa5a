"""A page of attendees: one statement.

So many paid orders as the page has tickets, read in the order of an index, have tickets enough for it; one more if the page
begins in the middle of an order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row, Select, select, tuple_

from ticketcore.domain.attendees import Attendee, AttendeePage, Cursor
from ticketcore.domain.ids import EventId, TicketCode
from ticketcore.domain.tickets import TicketStatus
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import IS_PAID, orders, storable, tickets

_OF_EVENT = orders.c.event_id == sa.bindparam("event_id")


def attendees(database: Database, event_id: EventId, after: Cursor | None, limit: int) -> AttendeePage:
    """Return one page of an event's attendees."""
    statement = _page(after, limit + 1)
    values = {"event_id": storable(event_id)}
    found = database.read(lambda connection: connection.execute(statement, values).all())
    return AttendeePage.of([_attendee_of(row) for row in found], limit)


def _page(after: Cursor | None, limit: int) -> Select[*tuple[Any, ...]]:
    paid = _paid(after, limit + 1).cte("paid").prefix_with("MATERIALIZED")
    place = (paid.c.created_at, paid.c.digest, tickets.c.number)
    page = select(paid, tickets.c.number, tickets.c.status, tickets.c.validation_date, tickets.c.gate).select_from(
        paid.join(tickets, tickets.c.order_id == paid.c.id)
    )
    if after is not None:
        page = page.where(tuple_(*place) > tuple_(*_here(after), sa.literal(after[2])))
    return page.order_by(*place).limit(_number(limit))


def _paid(after: Cursor | None, limit: int) -> Select[*tuple[Any, ...]]:
    place = (orders.c.created_at, orders.c.digest)
    found = select(
        orders.c.id, *place, orders.c.quantity, orders.c.ticket_code, orders.c.customer_email, orders.c.paid_at
    ).where(_OF_EVENT, IS_PAID)
    if after is not None:
        found = found.where(tuple_(*place) >= tuple_(*_here(after)))
    return found.order_by(*place).limit(_number(limit))


def _here(after: Cursor) -> tuple[sa.BindParameter[datetime], sa.BindParameter[str]]:
    return sa.literal(after[0], orders.c.created_at.type), sa.literal(after[1])


def _number(limit: int) -> sa.ColumnElement[int]:
    # It stands in the statement, so that every plan knows how few they are.
    return sa.literal_column(str(limit))


def _attendee_of(row: Row[Any]) -> tuple[datetime, Attendee]:
    return rows.utc(row.created_at), Attendee(
        number=row.number,
        of=row.quantity,
        ticket_code=TicketCode(row.ticket_code),
        customer_email=row.customer_email,
        status=TicketStatus(row.status),
        validation_date=row.validation_date and rows.utc(row.validation_date),
        gate=row.gate,
        paid_at=rows.utc(row.paid_at),
        order=row.digest,
    )
