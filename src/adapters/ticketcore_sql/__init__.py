"""The ledger and the payment queue on SQL: Postgres, and SQLite as the embedded default."""

from __future__ import annotations

from ticketcore_sql.backend import SqlBackend, sql_ledger
from ticketcore_sql.clock import DatabaseClock
from ticketcore_sql.database import Database
from ticketcore_sql.events import SqlEvents
from ticketcore_sql.keys import SqlKeys
from ticketcore_sql.leases import SqlLeases
from ticketcore_sql.orders import SqlOrders
from ticketcore_sql.outbox import SqlOutbox
from ticketcore_sql.payment_queue import SqlPaymentQueue
from ticketcore_sql.tickets import SqlTickets
from ticketcore_sql.webhooks import SqlWebhooks

__all__ = [
    "Database",
    "DatabaseClock",
    "SqlBackend",
    "SqlEvents",
    "SqlKeys",
    "SqlLeases",
    "SqlOrders",
    "SqlOutbox",
    "SqlPaymentQueue",
    "SqlTickets",
    "SqlWebhooks",
    "sql_ledger",
]
