"""Find the orders that need work without looking at all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("status = 'processing' OR status = 'paid' AND delivery <> 'delivered'")
_RETURNING = sa.text("status = 'refunding'")


def upgrade() -> None:
    op.create_index("orders_unfinished_idx", "orders", ["id"], postgresql_where=_UNFINISHED, sqlite_where=_UNFINISHED)
    op.create_index(
        "payment_attempts_returning_idx",
        "payment_attempts",
        ["order_id"],
        postgresql_where=_RETURNING,
        sqlite_where=_RETURNING,
    )


def downgrade() -> None:
    op.drop_index("payment_attempts_returning_idx", "payment_attempts")
    op.drop_index("orders_unfinished_idx", "orders")
