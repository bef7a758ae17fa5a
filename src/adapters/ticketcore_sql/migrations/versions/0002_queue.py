"""The payment queue and the simulated gateway's books on the same database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
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
    op.create_table(
        "simulated_charges",
        sa.Column("attempt_id", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("refunded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("simulated_charges_pkey")),
    )


def downgrade() -> None:
    op.drop_table("simulated_charges")
    op.drop_table("messages")
