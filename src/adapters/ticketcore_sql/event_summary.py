"""What an event has sold, taken and admitted, in one statement, so that all of it is of one moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select

from ticketcore.domain.ids import EventId, TicketCode
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.summary import TAKEN, DoubleAdmission, EventSummary
from ticketcore.domain.tickets import TicketStatus
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import HAS_OTHERS, IS_RESERVED, events, orders, payment_attempts, storable, tickets

_OF_EVENT = orders.c.event_id == events.c.id


def places_of(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    """Return the sum of the places of an event's orders that meet a condition."""
    total = func.coalesce(func.sum(orders.c.places), 0)
    return select(total).where(_OF_EVENT & condition).correlate(events).scalar_subquery()


def _money(minor: sa.ColumnElement[int]) -> sa.ScalarSelect[Any]:
    """Return the sum of an amount over the attempts of an event's orders."""
    attempts = payment_attempts.join(orders, orders.c.id == payment_attempts.c.order_id)
    total = func.coalesce(func.sum(minor), 0)
    return select(total).select_from(attempts).where(_OF_EVENT).correlate(events).scalar_subquery()


_TAKEN = sa.case((payment_attempts.c.status.in_(sorted(TAKEN)), payment_attempts.c.amount), else_=0)
_DUE = places_of(IS_RESERVED & (orders.c.expires_at <= sa.bindparam("now", type_=orders.c.expires_at.type)))
_USED = (
    select(orders.c.event_id, tickets.c.gate, func.count().label("admitted"))
    .select_from(orders.join(tickets, tickets.c.order_id == orders.c.id))
    .where(orders.c.event_id == sa.bindparam("event_id"), tickets.c.status == TicketStatus.USED.value)
    .group_by(orders.c.event_id, tickets.c.gate)
    .subquery()
)
_SUMMARY = (
    select(
        *events.c,
        _DUE.label("due"),
        _money(_TAKEN).label("takings"),
        _money(payment_attempts.c.returned).label("refunded"),
        _USED.c.gate,
        _USED.c.admitted,
    )
    .select_from(events.outerjoin(_USED, _USED.c.event_id == events.c.id))
    .where(events.c.id == sa.bindparam("event_id"))
)


_DOUBLE = (
    select(tickets, orders.c.ticket_code)
    .join(orders, orders.c.id == tickets.c.order_id)
    .where(tickets.c.event_id == sa.bindparam("event_id"), HAS_OTHERS)
    .order_by(orders.c.ticket_code, tickets.c.number)
)


def summary(database: Database, event_id: EventId, now: datetime) -> EventSummary | None:
    """Return the summary of an event, ``None`` if there is none; double admissions are read a moment later."""
    values = {"event_id": storable(event_id)}
    found = database.read(lambda connection: connection.execute(_SUMMARY, {**values, "now": now}).all())
    if not found:
        return None
    doubles = database.read(lambda connection: connection.execute(_DOUBLE, values).all())
    row: Any = found[0]  # An event's, with more.
    currency = Currency(row.currency)
    return EventSummary(
        event=rows.event_of(row),
        due=int(row.due),
        takings=Money(int(row.takings), currency),
        refunded=Money(int(row.refunded), currency),
        gates={each.gate: each.admitted for each in found if each.admitted},
        double_admissions=tuple(_double(row) for row in doubles),
    )


def _double(row: sa.Row[Any]) -> DoubleAdmission:
    ticket = rows.ticket_of(row)
    assert ticket.admission is not None, "of several scans one counts"
    return DoubleAdmission.of(TicketCode(row.ticket_code), ticket.number, ticket.admission, ticket.others)
