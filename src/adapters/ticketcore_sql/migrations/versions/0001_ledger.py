"""The ledger and the payment queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_RESERVED = sa.text("status = 'reserved'")
_UNFINISHED = sa.text("status = 'processing'")
_NOT_HOLDING = sa.text("status NOT IN ('reserved', 'processing')")
_ADDRESSED = sa.text("customer_email <> 'forgotten@example.invalid'")
_WAITING = sa.text("poll_at IS NOT NULL")
_SETTLING = sa.text("status IN ('cancelling', 'refunding')")
_TOLD = sa.text("step IN ('paid', 'refund_started', 'part_refund_started')")
_SPENT = sa.text("NOT dead AND receives >= 5")
_UNDELIVERED = sa.text("status <> 'delivered'")


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.Text, nullable=False)


def upgrade() -> None:
    _create_events()
    _create_orders()
    _create_customers()
    _create_tickets()
    _create_payment_attempts()
    _create_journal()
    _create_outbox()
    _create_deliveries()
    _create_announcements()
    _create_event_refunds()
    _create_keys()
    _create_leases()
    _create_messages()
    _create_webhooks()


def _create_events() -> None:
    op.create_table(
        "events",
        _id(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("date", _TIME, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("sold", sa.Integer, nullable=False),
        sa.Column("available", sa.Integer, sa.Computed("capacity - held - sold", persisted=True), nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("max_per_order", sa.Integer, nullable=False),
        sa.Column("max_per_customer", sa.Integer),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("sale_starts_at", _TIME),
        sa.Column("sale_ends_at", _TIME),
        sa.Column("doors_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("events_pkey")),
        sa.CheckConstraint("capacity > 0", name=op.f("events_capacity_check")),
        sa.CheckConstraint("held >= 0", name=op.f("events_held_check")),
        sa.CheckConstraint("sold >= 0", name=op.f("events_sold_check")),
        sa.CheckConstraint("held + sold <= capacity", name=op.f("events_not_oversold_check")),
        sa.CheckConstraint("max_per_customer > 0", name=op.f("events_max_per_customer_check")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("events_date_id_idx", "events", ["date", "id"])


def _create_orders() -> None:
    op.create_table(
        "orders",
        _id(),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("customer_email", sa.Text, nullable=False),
        sa.Column("customer", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("total_amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("ticket_code", sa.Text),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("places", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("paid_at", _TIME),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("orders_pkey")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("orders_event_id_fkey")),
        sa.UniqueConstraint("ticket_code", name=op.f("orders_ticket_code_key")),
        sa.CheckConstraint("quantity > 0", name=op.f("orders_quantity_check")),
        sa.CheckConstraint("places BETWEEN 0 AND quantity", name=op.f("orders_places_check")),
    )
    op.create_index("orders_digest_idx", "orders", ["digest"])
    op.create_index(
        "orders_status_idx",
        "orders",
        ["status", "created_at", "digest"],
        postgresql_where=_NOT_HOLDING,
        sqlite_where=_NOT_HOLDING,
    )
    op.create_index("orders_event_id_idx", "orders", ["event_id", "status", "created_at", "digest"])
    op.create_index("orders_due_idx", "orders", ["expires_at"], postgresql_where=_RESERVED, sqlite_where=_RESERVED)
    op.create_index("orders_unfinished_idx", "orders", ["id"], postgresql_where=_UNFINISHED, sqlite_where=_UNFINISHED)
    op.create_index(
        "orders_addressed_idx", "orders", ["event_id", "id"], postgresql_where=_ADDRESSED, sqlite_where=_ADDRESSED
    )
    op.create_index(
        "orders_customer_email_idx",
        "orders",
        [sa.text("lower(customer_email)")],
        postgresql_where=_ADDRESSED,
        sqlite_where=_ADDRESSED,
    )


def _create_customers() -> None:
    op.create_table(
        "customers",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column("places", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "customer", name=op.f("customers_pkey")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("customers_event_id_fkey")),
        sa.CheckConstraint("places >= 0", name=op.f("customers_places_check")),
        postgresql_with={"fillfactor": 50},
    )


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        _id(),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("qr_code", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("validation_date", _TIME),
        sa.Column("gate", sa.Text),
        sa.Column("scan_id", sa.Text),
        sa.Column("key_id", sa.Text),
        sa.Column("refunded", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("others", sa.JSON),
        sa.Column("taken_back", sa.JSON),
        sa.PrimaryKeyConstraint("id", name=op.f("tickets_pkey")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("tickets_order_id_fkey")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("tickets_event_id_fkey")),
        sa.UniqueConstraint("order_id", "number", name=op.f("tickets_order_id_key")),
    )
    has_others = sa.text("others IS NOT NULL")
    op.create_index("tickets_others_idx", "tickets", ["event_id"], postgresql_where=has_others, sqlite_where=has_others)


def _create_payment_attempts() -> None:
    op.create_table(
        "payment_attempts",
        _id(),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False, server_default="gateway"),
        sa.Column("reference", sa.Text),
        sa.Column("action_type", sa.Text),
        sa.Column("action", sa.Text),
        sa.Column("expires_at", _TIME),
        sa.Column("poll_at", _TIME),
        sa.Column("polls", sa.Integer, nullable=False, server_default="0"),
        sa.Column("owed", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("requested", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("returned", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("payment_attempts_pkey")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("payment_attempts_order_id_fkey")),
        sa.UniqueConstraint("order_id", name=op.f("payment_attempts_order_id_key")),
        sa.CheckConstraint(
            "0 <= returned AND returned <= requested AND requested <= owed AND owed <= amount",
            name=op.f("payment_attempts_refunds_check"),
        ),
    )
    op.create_index(
        "payment_attempts_poll_at_idx",
        "payment_attempts",
        ["poll_at"],
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
    op.create_index(
        "payment_attempts_settling_idx",
        "payment_attempts",
        ["order_id"],
        postgresql_where=_SETTLING,
        sqlite_where=_SETTLING,
    )


def _create_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("journal_pkey")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("journal_order_id_fkey")),
    )
    op.create_index("journal_order_id_idx", "journal", ["order_id", "id"])
    op.create_index("journal_told_idx", "journal", ["id"], postgresql_where=_TOLD, sqlite_where=_TOLD)


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("outbox_order_id_fkey")),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_order_id_idx", "outbox", ["order_id"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "kind", name=op.f("deliveries_pkey")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("deliveries_order_id_fkey")),
    )
    op.create_index(
        "deliveries_due_at_idx", "deliveries", ["due_at"], postgresql_where=_UNDELIVERED, sqlite_where=_UNDELIVERED
    )


def _create_announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("after_time", _TIME, nullable=False),
        sa.Column("after_digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("announcements_pkey")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("announcements_event_id_fkey")),
    )


def _create_event_refunds() -> None:
    op.create_table(
        "event_refunds",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("after_time", _TIME),
        sa.Column("after_digest", sa.Text),
        sa.PrimaryKeyConstraint("event_id", name=op.f("event_refunds_pkey")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("event_refunds_event_id_fkey")),
    )


def _create_keys() -> None:
    op.create_table(
        "keys",
        _id(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.Column("event_ids", sa.JSON),
        sa.PrimaryKeyConstraint("id", name=op.f("keys_pkey")),
    )
    op.create_table(
        "acts",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("acts_pkey")),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("secrets_pkey")),
    )


def _create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("leases_pkey")),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.Column("visible_at", _TIME, nullable=False),
        sa.Column("receives", sa.Integer, nullable=False),
        sa.Column("receipt", sa.Text),
        sa.Column("dead", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("messages_pkey")),
    )
    op.create_index("messages_visible_at_idx", "messages", ["dead", "visible_at"])
    op.create_index("messages_receipt_idx", "messages", ["receipt"])
    op.create_index("messages_spent_idx", "messages", ["visible_at"], postgresql_where=_SPENT, sqlite_where=_SPENT)


def _create_webhooks() -> None:
    op.create_table(
        "webhooks",
        _id(),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("journal_position", sa.BigInteger, nullable=False),
        sa.Column("acts_position", sa.BigInteger, nullable=False),
        sa.Column("turn_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("webhooks_pkey")),
    )
    op.create_table(
        "webhook_deliveries",
        _id(),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("tried_at", _TIME),
        sa.Column("answer", sa.Integer),
        sa.Column("failure", sa.Text),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("webhook_deliveries_pkey")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("webhook_deliveries_webhook_id_fkey")),
    )
    op.create_index(
        "webhook_deliveries_due_at_idx",
        "webhook_deliveries",
        ["webhook_id", "due_at"],
        postgresql_where=_UNDELIVERED,
        sqlite_where=_UNDELIVERED,
    )
    op.create_index("webhook_deliveries_created_at_idx", "webhook_deliveries", ["webhook_id", "created_at", "id"])
