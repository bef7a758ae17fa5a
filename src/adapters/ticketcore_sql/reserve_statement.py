"""The sale of a place: one statement, on Postgres one round trip.

Update first, insert from what was updated: a plain insert, so that an order id that exists already fails the statement as
a whole and changes nothing.  READ COMMITTED suffices: an update that waited for the row checks it again.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row, insert

from ticketcore.domain import ids, journal
from ticketcore.domain.availability import Availability
from ticketcore.domain.journal import Entry
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Change
from ticketcore.domain.reservations import ReservationRequest
from ticketcore_sql import rows
from ticketcore_sql.database import execute_sql
from ticketcore_sql.tables import Id, UtcTime, orders, storable
from ticketcore_sql.tables import journal as journal_table

_HOLD = """
    UPDATE {schema}events SET held = held + {quantity}, version = version + 1
    WHERE id = {event_id} AND status = 'on_sale' AND date > {now} AND {quantity} BETWEEN 1 AND max_per_order
      AND capacity - held - sold >= {quantity}
    RETURNING price, currency, version, capacity - held - sold AS available
"""

_ON_POSTGRES = f"""
WITH taken AS (
    {_HOLD.format(schema="{schema}", quantity="%(quantity)s", event_id="%(event_id)s", now="%(now)s")}
), placed AS (
    INSERT INTO {{schema}}orders (id, digest, event_id, customer_email, quantity, places, total_amount, currency, status,
                        created_at, expires_at, revision)
    SELECT %(order_id)s, %(digest)s, %(event_id)s, %(customer_email)s, %(quantity)s, %(quantity)s, price * %(quantity)s,
           currency, 'reserved', %(now)s, %(expires_at)s, 1 FROM taken
), noted AS (
    INSERT INTO {{schema}}journal (order_id, at, step, facts)
    SELECT %(order_id)s, %(now)s, %(step)s, %(facts)s::json FROM taken
)
SELECT price, currency, version, available FROM taken
"""  # noqa: S608  Names of parameters are filled in, never values.

_ON_SQLITE = sa.text(_HOLD.format(schema="", quantity=":quantity", event_id=":event_id", now=":now")).bindparams(
    sa.bindparam("now", type_=UtcTime), sa.bindparam("event_id", type_=Id)
)


def on_postgres(connection: Connection, wanted: ReservationRequest, now: datetime) -> Change | None:
    """Hold the places and place the order; ``None`` if the event does not give them.

    Raises ``IntegrityError`` if the order exists already.
    """
    entry = _entry(wanted, now)
    values = {
        "event_id": storable(wanted.event_id),
        "order_id": wanted.order_id,
        "digest": ids.digest(wanted.order_id),
        "customer_email": wanted.customer_email,
        "quantity": wanted.quantity,
        "now": now,
        "expires_at": wanted.expires_at,
        "step": entry.step.value,
        "facts": json.dumps(journal.facts_to_json(entry.facts)),
    }
    row = execute_sql(connection, _ON_POSTGRES, values).one_or_none()
    return _change(wanted, row, now) if row else None


def on_sqlite(connection: Connection, wanted: ReservationRequest, now: datetime) -> Change | None:
    """Do the same in three statements of one transaction, because SQLite's ``WITH`` cannot change rows."""
    values = {"event_id": wanted.event_id, "quantity": wanted.quantity, "now": now}
    row = connection.execute(_ON_SQLITE, values).one_or_none()
    if row is None:
        return None
    change = _change(wanted, row, now)
    connection.execute(insert(orders), rows.new_order_values(change.order))
    connection.execute(insert(journal_table), rows.entry_values(_entry(wanted, now)))
    return change


def _entry(wanted: ReservationRequest, now: datetime) -> Entry:
    return journal.reserved(wanted.order_id, wanted.quantity, wanted.expires_at, now)


def _change(wanted: ReservationRequest, row: Row[Any], now: datetime) -> Change:
    order = wanted.placed(Money(row.price, Currency(row.currency)), now)
    return Change(order, Availability(wanted.event_id, row.version, row.available))
