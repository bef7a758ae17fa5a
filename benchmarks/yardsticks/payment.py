"""``POST /orders/{id}/payment``: the usual transaction, which locks the order, inserts three rows and updates the order."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Flask, abort, request

from benchmarks.yardsticks.orders import COLUMNS, order_json
from benchmarks.yardsticks.stores import open_pool

_LOCK = f"SELECT {COLUMNS} FROM orders WHERE id = %s FOR UPDATE"
_ATTEMPT = """
INSERT INTO payment_attempts (id, order_id, token, amount, currency, status) VALUES (%s, %s, %s, %s, %s, 'pending')
"""
_OUTBOX = "INSERT INTO yardstick_outbox (order_id) VALUES (%s)"
_JOURNAL = "INSERT INTO journal (order_id, at, step, facts) VALUES (%s, %s, 'payment_started', %s::json)"
_UPDATE = "UPDATE orders SET status = 'processing', revision = revision + 1 WHERE id = %s"


def create_app() -> Flask:
    """Return the yardstick."""
    app, pool = Flask(__name__), open_pool()

    @app.post("/orders/<order_id>/payment")
    def pay_order(order_id: str) -> tuple[dict[str, Any], int]:
        token, now = request.get_json()["payment_token"], datetime.now(UTC)
        with pool.connection() as connection, connection.transaction():
            row = connection.execute(_LOCK, (order_id,)).fetchone()
            if row is None:
                abort(404)
            *before, amount, currency, created_at, expires_at, status = row
            if status != "reserved" or expires_at <= now:
                abort(409)
            connection.execute(_ATTEMPT, (secrets.token_hex(16), order_id, token, amount, currency))
            connection.execute(_OUTBOX, (order_id,))
            connection.execute(_JOURNAL, (order_id, now, json.dumps({"total": [amount, currency]})))
            connection.execute(_UPDATE, (order_id,))
        return order_json([*before, amount, currency, created_at, expires_at, "processing"]), 202

    return app
