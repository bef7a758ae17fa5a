"""Orders with all that belongs to them, page by page: one statement for each page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row, Select, exists, select

from ticketcore.domain.ids import OrderId
from ticketcore.domain.ledger_faults import StoredOrder
from ticketcore.domain.tickets import Ticket
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import orders, outbox, tickets

# The names of columns of orders and tickets are the same in part.
_PREFIX = "of_ticket_"
_TICKET = [column.label(f"{_PREFIX}{column.name}") for column in tickets.c]
_IS_ENQUEUED = exists().where(outbox.c.order_id == orders.c.id).label("is_enqueued")


def read_page(database: Database, records: Select[Any], after: OrderId | None, limit: int) -> Sequence[StoredOrder]:
    """Return at most ``limit`` orders of the statement ``records``, by id."""
    # A number that stands in the statement, so that every plan knows how few they are.
    ids = select(orders.c.id).order_by(orders.c.id).limit(sa.literal_column(str(limit)))
    ids = ids if after is None else ids.where(orders.c.id > after)
    page = (
        records.add_columns(_IS_ENQUEUED, *_TICKET)
        .outerjoin(tickets, tickets.c.order_id == orders.c.id)
        .where(orders.c.id.in_(ids))
        .order_by(orders.c.id, tickets.c.number)
    )
    found = database.read(lambda connection: connection.execute(page).all())
    return tuple(_stored(list(same)) for _, same in groupby(found, key=lambda row: row.id))


def _stored(same: Sequence[Row[Any]]) -> StoredOrder:
    issued = tuple(_ticket_of(row) for row in same if row.of_ticket_id is not None)
    return StoredOrder(rows.record_of(same[0]), issued, bool(same[0].is_enqueued))


def _ticket_of(row: Row[Any]) -> Ticket:
    values = {name.removeprefix(_PREFIX): held for name, held in row._mapping.items() if name.startswith(_PREFIX)}
    return rows.ticket_of(SimpleNamespace(**values))
