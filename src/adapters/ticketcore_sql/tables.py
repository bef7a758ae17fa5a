"""The ledger's tables: the same on Postgres and SQLite.  Migrations make them; a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, Computed, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from ticketcore.domain.retention import FORGOTTEN
from ticketcore.ports.payment_queue import MAX_RECEIVES

#: The revision that these tables are at; it stands here so that starting need not import alembic.
REVISION = "0001"

#: Orders that need work, and attempts that the gateway has to cancel or refund: few at any time, and indexed for ``remind``.
UNFINISHED = sa.text("status = 'processing'")
#: Orders that hold no places, or have bought theirs: nearly all.
NOT_HOLDING = sa.text("status NOT IN ('reserved', 'processing')")
#: Orders with a buyer's address: none of an event that is long over, where there is a retention.
ADDRESSED = sa.text(f"customer_email <> '{FORGOTTEN}'")
SETTLING = sa.text("status IN ('cancelling', 'refunding')")
#: Attempts whose gateway waits for the buyer: few at any time, and indexed for ``poll``.
WAITING = sa.text("poll_at IS NOT NULL")
#: Mails that are to be sent, and those that could not be: few at any time, and indexed for the delivery lane and metrics.
UNDELIVERED = sa.text("status <> 'delivered'")

#: The entries that webhooks are told of; of those of sales health looks for the newest.
TOLD = sa.text("step IN ('paid', 'refund_started', 'part_refund_started')")
#: Messages that are delivered no more once they are visible again: few at any time, and indexed for ``receive``.
SPENT = sa.text(f"NOT dead AND receives >= {MAX_RECEIVES}")

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: ``timestamptz`` on Postgres, a text that sorts by time on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert isinstance(value, datetime)
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.replace(tzinfo=UTC)


def storable(identifier: str | None) -> str | None:
    """Return an id, or ``None``, which equals no row, for a text that not every database accepts."""
    return identifier if identifier is not None and identifier.isascii() and identifier.isprintable() else None


class Id(TypeDecorator[str]):
    """An id, or its digest."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return storable(value)


# SQLite numbers rows by itself only where the key is INTEGER.
_Serial = BigInteger().with_variant(Integer, "sqlite")

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("date", UtcTime, nullable=False),
    Column("location", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("sold", Integer, nullable=False),
    Column("available", Integer, Computed("capacity - held - sold", persisted=True), nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("max_per_order", Integer, nullable=False),
    Column("max_per_customer", Integer),
    Column("description", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("sale_starts_at", UtcTime),
    Column("sale_ends_at", UtcTime),
    Column("doors_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("capacity > 0", name="capacity"),
    CheckConstraint("held >= 0", name="held"),
    CheckConstraint("sold >= 0", name="sold"),
    CheckConstraint("held + sold <= capacity", name="not_oversold"),
    CheckConstraint("max_per_customer > 0", name="max_per_customer"),
    Index("events_date_id_idx", "date", "id"),
    # Leave free space in each page, so that updates of a busy event's row stay HOT (no index writes).
    postgresql_with={"fillfactor": 50},
)

orders = Table(
    "orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Id, nullable=False),
    Column("event_id", Id, ForeignKey("events.id"), nullable=False),
    Column("customer_email", Text, nullable=False),
    Column("customer", Id),
    Column("language", Text),
    Column("quantity", Integer, nullable=False),
    Column("total_amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("ticket_code", Text, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("places", Integer, nullable=False),
    Column("problem", Text),
    Column("paid_at", UtcTime),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("places BETWEEN 0 AND quantity", name="places"),
    Index("orders_digest_idx", "digest"),
    # A listing reads the newest orders of each status, of all events and of one; those that hold places are few.
    Index(
        "orders_status_idx", "status", "created_at", "digest", postgresql_where=NOT_HOLDING, sqlite_where=NOT_HOLDING
    ),
    Index("orders_event_id_idx", "event_id", "status", "created_at", "digest"),
    Index(
        "orders_due_idx",
        "expires_at",
        postgresql_where=sa.text("status = 'reserved'"),
        sqlite_where=sa.text("status = 'reserved'"),
    ),
    Index("orders_unfinished_idx", "id", postgresql_where=UNFINISHED, sqlite_where=UNFINISHED),
    Index("orders_addressed_idx", "event_id", "id", postgresql_where=ADDRESSED, sqlite_where=ADDRESSED),
    Index(
        "orders_customer_email_idx",
        sa.text("lower(customer_email)"),
        postgresql_where=ADDRESSED,
        sqlite_where=ADDRESSED,
    ),
)

# Values that stand in the statement: with a parameter no plan may use an index of some rows.
IS_RESERVED = orders.c.status == sa.literal_column("'reserved'")
IS_PROCESSING = orders.c.status == sa.literal_column("'processing'")
IS_PAID = orders.c.status == sa.literal_column("'paid'")

customers = Table(
    "customers",
    metadata,
    Column("event_id", Id, ForeignKey("events.id"), primary_key=True),
    Column("customer", Id, primary_key=True),
    Column("places", Integer, nullable=False),
    CheckConstraint("places >= 0", name="places"),
    # Leave free space in each page, so that updates stay HOT (no index writes).
    postgresql_with={"fillfactor": 50},
)

HAS_OTHERS = sa.text("others IS NOT NULL")

tickets = Table(
    "tickets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order_id", Id, ForeignKey("orders.id"), nullable=False),
    Column("event_id", Id, ForeignKey("events.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("qr_code", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("validation_date", UtcTime),
    Column("gate", Text),
    Column("scan_id", Text),
    Column("key_id", Text),
    Column("refunded", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("others", sa.JSON(none_as_null=True)),
    Column("taken_back", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("order_id", "number"),
    Index("tickets_others_idx", "event_id", postgresql_where=HAS_OTHERS, sqlite_where=HAS_OTHERS),
)

payment_attempts = Table(
    "payment_attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order_id", Id, ForeignKey("orders.id"), nullable=False),
    Column("token", Text),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("method", Text, nullable=False, server_default="gateway"),
    Column("reference", Text),
    Column("action_type", Text),
    Column("action", Text),
    Column("expires_at", UtcTime),
    Column("poll_at", UtcTime),
    Column("polls", Integer, nullable=False, server_default="0"),
    Column("owed", BigInteger, nullable=False, server_default="0"),
    Column("requested", BigInteger, nullable=False, server_default="0"),
    Column("returned", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("0 <= returned AND returned <= requested AND requested <= owed AND owed <= amount", name="refunds"),
    # An order is paid once: at most one attempt is live, and nothing is tried again after one was declined.
    sa.UniqueConstraint("order_id"),
    Index("payment_attempts_settling_idx", "order_id", postgresql_where=SETTLING, sqlite_where=SETTLING),
    Index("payment_attempts_poll_at_idx", "poll_at", postgresql_where=WAITING, sqlite_where=WAITING),
)

journal = Table(
    "journal",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("order_id", Id, ForeignKey("orders.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("step", Text, nullable=False),
    Column("facts", sa.JSON, nullable=False),
    Index("journal_order_id_idx", "order_id", "id"),
    Index("journal_told_idx", "id", postgresql_where=TOLD, sqlite_where=TOLD),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("order_id", Id, ForeignKey("orders.id"), nullable=False),
    Index("outbox_order_id_idx", "order_id"),
    # A number that was sent and forgotten must not name a newer row.
    sqlite_autoincrement=True,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("order_id", Id, ForeignKey("orders.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Index("deliveries_due_at_idx", "due_at", postgresql_where=UNDELIVERED, sqlite_where=UNDELIVERED),
)

announcements = Table(
    "announcements",
    metadata,
    Column("event_id", Id, ForeignKey("events.id"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("after_time", UtcTime, nullable=False),
    Column("after_digest", Text, nullable=False),
)

event_refunds = Table(
    "event_refunds",
    metadata,
    Column("event_id", Id, ForeignKey("events.id"), primary_key=True),
    Column("requested_at", UtcTime, nullable=False),
    Column("by", Text),
    Column("after_time", UtcTime),
    Column("after_digest", Text),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("secret_hash", sa.LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("event_ids", sa.JSON(none_as_null=True)),
)

acts = Table(
    "acts",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("by", Text),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("fields", sa.JSON, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("secret", sa.LargeBinary, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("order_id", Id, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("visible_at", UtcTime, nullable=False),
    Column("receives", Integer, nullable=False),
    Column("receipt", Text),
    Column("dead", sa.Boolean, nullable=False),
    Index("messages_visible_at_idx", "dead", "visible_at"),
    Index("messages_receipt_idx", "receipt"),
    Index("messages_spent_idx", "visible_at", postgresql_where=SPENT, sqlite_where=SPENT),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Text, nullable=False),
    Column("topics", sa.JSON, nullable=False),
    Column("secret", sa.LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("journal_position", BigInteger, nullable=False),
    Column("acts_position", BigInteger, nullable=False),
    Column("turn_at", UtcTime, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook_id", Id, ForeignKey("webhooks.id"), nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("tried_at", UtcTime),
    Column("answer", Integer),
    Column("failure", Text),
    Column("number", Integer, nullable=False),
    Index(
        "webhook_deliveries_due_at_idx",
        "webhook_id",
        "due_at",
        postgresql_where=UNDELIVERED,
        sqlite_where=UNDELIVERED,
    ),
    Index("webhook_deliveries_created_at_idx", "webhook_id", "created_at", "id"),
)
