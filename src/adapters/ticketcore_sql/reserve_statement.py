"""The sale of a place: one statement, on Postgres one round trip.

Update first, insert from what was updated: a plain insert, so that an order id that exists already fails the statement as
a whole and changes nothing.  READ COMMITTED suffices: an update that waited for the row checks it again.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from ticketcore.domain import ids, journal, reservations
from ticketcore.domain.availability import Availability
from ticketcore.domain.events import MAX_CAPACITY
from ticketcore.domain.journal import Entry
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.refusals import EventNotFound
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import Id, UtcTime, customers, events, orders, storable
from ticketcore_sql.tables import journal as journal_table

# SQLSTATE not_null_violation.
_NOT_NULL = "23502"

_GIVES = """id = {event_id} AND status = 'on_sale' AND coalesce(sale_ends_at, date) > {now}
      AND (sale_starts_at IS NULL OR sale_starts_at <= {now}) AND {quantity} BETWEEN 1 AND max_per_order
      AND capacity - held - sold >= {quantity}"""
_HELD = "held = held + {quantity}, version = version + 1"
_LEFT = "price, currency, version, capacity - held - sold AS available"

# The customer's row comes before the event's, here as in decisions and expiries.  Its count is raised if the event seems to
# give the places; if it does not after all, the order has no total, which the table refuses, and nothing was done.
RESERVE = """
WITH counted AS (
    INSERT INTO {{schema}}customers AS customer (event_id, customer, places)
    SELECT id, %(customer)s, %(quantity)s FROM {{schema}}events
    WHERE {gives} AND %(quantity)s <= coalesce(max_per_customer, %(quantity)s)
    ON CONFLICT (event_id, customer) DO UPDATE SET places = customer.places + excluded.places
    WHERE customer.places + excluded.places
        <= (SELECT coalesce(max_per_customer, {all}) FROM {{schema}}events WHERE id = %(event_id)s)
    RETURNING places
), taken AS (
    UPDATE {{schema}}events SET {held} FROM counted
    WHERE {gives} AND counted.places <= coalesce(max_per_customer, {all})
    RETURNING {left}
), placed AS (
    INSERT INTO {{schema}}orders (id, digest, event_id, customer_email, customer, language, quantity, places, total_amount, currency,
                        status, created_at, expires_at, revision)
    SELECT %(order_id)s, %(digest)s, %(event_id)s, %(customer_email)s, %(customer)s, %(language)s, %(quantity)s,
           %(quantity)s, price * %(quantity)s, currency, 'reserved', %(now)s, %(expires_at)s, 1 FROM counted LEFT JOIN taken ON true
), noted AS (
    INSERT INTO {{schema}}journal (order_id, at, step, facts)
    SELECT %(order_id)s, %(now)s, %(step)s, %(facts)s::json FROM taken
)
SELECT price, currency, version, available FROM taken
""".format(  # noqa: S608  Names of parameters are filled in, never values.
    gives=_GIVES.format(quantity="%(quantity)s", event_id="%(event_id)s", now="%(now)s"),
    held=_HELD.format(quantity="%(quantity)s"),
    left=_LEFT,
    all=MAX_CAPACITY,
)

_CUSTOMER = {"event_id": sa.bindparam("event_id", type_=Id), "customer": sa.bindparam("customer", type_=Id)}
_HELD_BY = (
    select(customers.c.places)
    .where(customers.c.event_id == _CUSTOMER["event_id"], customers.c.customer == _CUSTOMER["customer"])
    .scalar_subquery()
)
_ON_SQLITE = sa.text(
    f"""
    UPDATE events SET {_HELD.format(quantity=":quantity")}
    WHERE {_GIVES.format(quantity=":quantity", event_id=":event_id", now=":now")}
      AND :quantity + coalesce((SELECT places FROM customers WHERE event_id = :event_id AND customer = :customer), 0)
        <= coalesce(max_per_customer, {MAX_CAPACITY})
    RETURNING {_LEFT}
    """  # noqa: S608  Names of parameters are filled in, never values.
).bindparams(sa.bindparam("now", type_=UtcTime), *_CUSTOMER.values())
_COUNTED = sqlite.insert(customers)
_COUNTED = _COUNTED.on_conflict_do_update(
    index_elements=["event_id", "customer"], set_={"places": customers.c.places + _COUNTED.excluded.places}
)
_WANTED = select(events, sa.func.coalesce(_HELD_BY, 0).label("held_by")).where(events.c.id == _CUSTOMER["event_id"])


def on_postgres(database: Database, wanted: ReservationRequest, now: datetime) -> Change | None:
    """Hold the places and place the order; ``None`` if the event or the customer's limit does not give them.

    Raises ``IntegrityError`` if the order exists already, or others took the places at the same time (``is_overtaken``).
    """
    entry = _entry(wanted, now)
    values = {
        "event_id": storable(wanted.event_id),
        "order_id": wanted.order_id,
        "digest": ids.digest(wanted.order_id),
        "customer_email": wanted.customer_email,
        "customer": storable(wanted.customer),
        "language": wanted.language,
        "quantity": wanted.quantity,
        "now": now,
        "expires_at": wanted.expires_at,
        "step": entry.step.value,
        "facts": json.dumps(journal.facts_to_json(entry.facts)),
    }
    with database.bulkhead.sale(wanted.event_id):
        row = database.run(RESERVE, values)
    return _change(wanted, row, now) if row else None


def on_sqlite(connection: Connection, wanted: ReservationRequest, now: datetime) -> Change | None:
    """Do the same in four statements of one transaction, because SQLite's ``WITH`` cannot change rows."""
    values = {"event_id": wanted.event_id, "customer": wanted.customer, "quantity": wanted.quantity, "now": now}
    row = connection.execute(_ON_SQLITE, values).one_or_none()
    if row is None:
        return None
    change = _change(wanted, row, now)
    counted = {"event_id": wanted.event_id, "customer": wanted.customer, "places": wanted.quantity}
    connection.execute(_COUNTED, counted)
    connection.execute(insert(orders), rows.new_order_values(change.order))
    connection.execute(insert(journal_table), rows.entry_values(_entry(wanted, now)))
    return change


def is_overtaken(error: IntegrityError) -> bool:
    """Return whether others took the places between the statement's look at the event and its change."""
    return getattr(error.orig, "sqlstate", None) == _NOT_NULL


def refusal(connection: Connection, wanted: ReservationRequest, now: datetime) -> ReserveRefusal | None:
    """Return why a new order is refused by the rule, or ``None`` if it is not."""
    row = connection.execute(_WANTED, {"event_id": wanted.event_id, "customer": wanted.customer}).one_or_none()
    if row is None:
        return EventNotFound()
    outcome = reservations.reserve(rows.event_of(row), wanted, now, row.held_by)
    return None if isinstance(outcome, Order) else outcome


def _entry(wanted: ReservationRequest, now: datetime) -> Entry:
    return journal.reserved(wanted.order_id, wanted.quantity, wanted.expires_at, now)


def _change(wanted: ReservationRequest, row: Row[Any], now: datetime) -> Change:
    order = wanted.placed(Money(row.price, Currency(row.currency)), now)
    return Change(order, Availability(wanted.event_id, row.version, row.available))
