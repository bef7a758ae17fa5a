"""A page of orders, newest first.

An address, a ticket code and a mail that could not be delivered belong to few orders, which an index finds and the page
sorts.  Without them the page is made of the newest orders of each status: one read of an index for each, no longer than the
page, but for orders that hold places, which are few at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, select, tuple_, union_all

from ticketcore.domain.deliveries import DeliveryKind, DeliveryStatus
from ticketcore.domain.order_listing import Cursor, OrderFilter
from ticketcore.domain.orders import HOLDING, OrderStatus
from ticketcore_sql.tables import ADDRESSED, IS_RESERVED, NOT_HOLDING, UNDELIVERED, Id, deliveries, orders

_COLUMNS = (orders.c.id, orders.c.created_at, orders.c.digest)
_NOT_DELIVERED = select(deliveries.c.order_id).where(
    UNDELIVERED,
    deliveries.c.status == DeliveryStatus.UNDELIVERED.value,
    deliveries.c.kind == DeliveryKind.TICKETS.value,
)


def listing(
    records: Select[*tuple[Any, ...]], wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int
) -> Select[*tuple[Any, ...]]:
    """Return the statement ``records`` of at most ``limit`` orders that pass the filter, newest first."""
    page = _first(_few(wanted, now) if _is_few(wanted) else _of_each_status(wanted, now, after, limit), after, limit)
    return records.where(orders.c.id.in_(select(page.subquery().c.id))).order_by(*_newest_first(orders.c))


def _first(found: Select[*tuple[Any, ...]], after: Cursor | None, limit: int) -> Select[*tuple[Any, ...]]:
    columns = found.selected_columns
    if after is not None:
        here = tuple_(sa.literal(after[0], orders.c.created_at.type), sa.literal(after[1]))
        found = found.where(tuple_(columns.created_at, columns.digest) < here)
    # A number that stands in the statement, so that every plan knows how few they are.
    return found.order_by(*_newest_first(columns)).limit(sa.literal_column(str(limit)))


def _newest_first(columns: Any) -> Iterable[ColumnElement[Any]]:
    return columns.created_at.desc(), columns.digest.desc()


def _is_few(wanted: OrderFilter) -> bool:
    return wanted.customer_email is not None or wanted.ticket_code is not None or wanted.undelivered


def _few(wanted: OrderFilter, now: datetime) -> Select[*tuple[Any, ...]]:
    found = _found_by_index(wanted).cte("few").prefix_with("MATERIALIZED")
    few = found.c
    is_due = (few.status == OrderStatus.RESERVED.value) & (few.expires_at <= now)
    status = sa.case((is_due, OrderStatus.EXPIRED.value), else_=few.status)
    page = select(few.id, few.created_at, few.digest)
    if wanted.event_id is not None:
        page = page.where(few.event_id == wanted.event_id)
    if wanted.undelivered:
        page = page.where(status == OrderStatus.PAID.value)
    return page if wanted.status is None else page.where(status == wanted.status.value)


def _found_by_index(wanted: OrderFilter) -> Select[*tuple[Any, ...]]:
    """Return the few orders of an address, a ticket code or a lost mail: no other condition, which could tempt a plan."""
    found = select(*_COLUMNS, orders.c.event_id, orders.c.status, orders.c.expires_at)
    if wanted.customer_email is not None:
        email = sa.literal(wanted.customer_email.lower(), Id())
        found = found.where(sa.func.lower(orders.c.customer_email) == email, ADDRESSED)
    if wanted.ticket_code is not None:
        found = found.where(orders.c.ticket_code == sa.literal(wanted.ticket_code, Id()))
    return found.where(orders.c.id.in_(_NOT_DELIVERED)) if wanted.undelivered else found


def _of_each_status(wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> Select[*tuple[Any, ...]]:
    statuses = [
        select(_first(_of_event(wanted).where(condition), after, limit).subquery())
        for condition in _recorded(wanted.status, now)
    ]
    found = union_all(*statuses).subquery()
    return select(found.c.id, found.c.created_at, found.c.digest)


def _of_event(wanted: OrderFilter) -> Select[*tuple[Any, ...]]:
    found = select(*_COLUMNS)
    return found if wanted.event_id is None else found.where(orders.c.event_id == wanted.event_id)


def _recorded(status: OrderStatus | None, now: datetime) -> Iterable[ColumnElement[bool]]:
    """Return the conditions, each for one recorded status, of orders that have a status at ``now``."""
    match status:
        case None:
            return [_is_recorded_as(each) for each in OrderStatus]
        case OrderStatus.RESERVED:
            return [IS_RESERVED & (orders.c.expires_at > now)]
        case OrderStatus.EXPIRED:
            return [_is_recorded_as(status), IS_RESERVED & (orders.c.expires_at <= now)]
        case _:
            return [_is_recorded_as(status)]


def _is_recorded_as(status: OrderStatus) -> ColumnElement[bool]:
    is_it = orders.c.status == sa.literal_column(f"'{status.value}'")
    # SQLite uses an index of some rows only where its condition stands in the statement.
    return is_it if status in HOLDING else is_it & NOT_HOLDING
