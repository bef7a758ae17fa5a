"""What a service has sold in years: paid orders with all that belongs to them, and events on sale without buyers.

They are made by the database itself, which is faster than any client could send them.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import psycopg

from ticketcore.domain import ids
from ticketcore.domain.events import EventFilter, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.ports import Ports

_PAGE = 1000

# An id has the letters a to z and the digits 2 to 7.
_ORDERS = """
INSERT INTO orders (id, digest, event_id, customer_email, customer, quantity, places, total_amount, currency, status,
                    ticket_code, created_at, expires_at, paid_at, revision)
SELECT translate(md5('order' || n), '0189', 'wxyz'), left(md5('digest' || n), 16),
       (%(event_ids)s::text[])[1 + n %% cardinality(%(event_ids)s::text[])], 'buyer' || n || '@example.com',
       translate(md5('customer' || n), '0189', 'wxyz'), 1, 1, 4500, 'BRL', 'paid', 'GROWN-' || n,
       now() - interval '1 day', now() - interval '1 day' + interval '15 minutes',
       now() - interval '1 day' + interval '1 minute', 3
FROM generate_series(1, %(count)s) AS n
"""
_REST = (
    "INSERT INTO customers (event_id, customer, places) SELECT event_id, customer, places FROM orders",
    """
    INSERT INTO payment_attempts (id, order_id, amount, currency, status)
    SELECT 'attempt' || id, id, total_amount, currency, 'captured' FROM orders
    """,
    """
    INSERT INTO tickets (id, order_id, event_id, number, qr_code, status)
    SELECT translate(md5('ticket' || id), '0189', 'wxyz'), id, event_id, 1, repeat('A', 154), 'valid' FROM orders
    """,
    """
    INSERT INTO deliveries (order_id, kind, number, asked_at, tries, status)
    SELECT id, 'tickets', 2, created_at, 1, 'delivered' FROM orders
    """,
    """
    INSERT INTO journal (order_id, at, step, facts)
    SELECT id, created_at, step, '{}' FROM orders, unnest(ARRAY['reserved', 'payment_started', 'paid', 'mailed']) AS step
    """,
    """
    UPDATE events SET sold = sold + counted.places, version = version + 1
    FROM (SELECT event_id, sum(places) AS places FROM orders GROUP BY event_id) AS counted WHERE id = counted.event_id
    """,
)
_EVENTS = """
INSERT INTO events (id, name, description, date, timezone, location, capacity, held, sold, price, currency, status,
                    max_per_order, created_at, version, revision)
SELECT id, 'A quiet event', '', now() + interval '200 days', 'UTC', 'The hall around the corner', 1000, 0, 0, 4500,
       'BRL', 'on_sale', 10, now(), 1, 1
FROM unnest(%(ids)s::text[]) AS id
"""


def grow(
    connection: psycopg.Connection[Any], ports: Ports, event_ids: list[EventId], orders: int, quiet_events: int
) -> None:
    """Sell so many orders of these events by turns, put so many others on sale, and bring the counters to all of them."""
    make_rows(connection, event_ids, orders, quiet_events)
    _count(ports)


def make_rows(connection: psycopg.Connection[Any], event_ids: list[EventId], orders: int, quiet_events: int) -> None:
    """Make the rows in the database alone; the connection must be a superuser's and commit each statement by itself."""
    new = [ids.text_of(secrets.token_bytes(ids.EVENT_BYTES)) for _ in range(quiet_events)]
    # Millions of rows that reference each other by construction need no check of each reference.
    connection.execute("SET session_replication_role = replica")
    connection.execute(_EVENTS, {"ids": new})
    connection.execute(_ORDERS, {"event_ids": event_ids, "count": orders})
    for statement in _REST:
        connection.execute(statement)
    connection.execute("RESET session_replication_role")
    connection.execute("VACUUM ANALYZE")


def _count(ports: Ports) -> None:
    """Set every counter, as sweeps would in the course of time."""
    after: tuple[datetime, EventId] | None = None
    while True:
        page = ports.events.list(EventFilter(EventStatus.ON_SALE), after, _PAGE)
        for event in page.items:
            ports.inventory.reset(event.availability, event.terms, ports.clock.now())
        after = page.after
        if after is None:
            return
