"""``POST /orders``: parse the body, a script takes the places, the service's own statement sells them, a script syncs."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, abort, request

from benchmarks.yardsticks.orders import order_json
from benchmarks.yardsticks.stores import open_pool, open_redis, script
from benchmarks.yardsticks.taking import HOLD_MILLISECONDS, keys, new_order_id, take
from ticketcore_sql.reserve_statement import RESERVE

_RESERVE = RESERVE.replace("{schema}", "").encode()


def create_app() -> Flask:
    """Return the yardstick."""
    app, pool, redis = Flask(__name__), open_pool(), open_redis()
    take_script, sync_script = script(redis, "take"), script(redis, "sync")

    @app.post("/orders")
    def create_order() -> tuple[dict[str, Any], int, dict[str, str]]:
        wanted, order_id = request.get_json(), new_order_id()
        event_id, quantity, email = wanted["event_id"], wanted["quantity"], wanted["customer_email"]
        now = datetime.now(UTC)
        expires_at = now + timedelta(milliseconds=HOLD_MILLISECONDS)
        if take(take_script, event_id, order_id, quantity)[0] != "taken":
            abort(409)
        with pool.connection() as connection:
            values = _values(order_id, event_id, email, quantity, now, expires_at)
            row = connection.execute(_RESERVE, values).fetchone()
        if row is None:
            abort(409)
        price, currency, version, available = row
        sync_script(keys(event_id, order_id), [order_id, 1, version, available])
        order = [order_id, event_id, email, quantity, price * quantity, currency, now, expires_at, "reserved"]
        return order_json(order), 201, {"Location": f"/orders/{order_id}"}

    return app


def _values(
    order_id: str, event_id: str, email: str, quantity: int, now: datetime, expires_at: datetime
) -> dict[str, object]:
    return {
        "event_id": event_id,
        "order_id": order_id,
        "digest": hashlib.sha256(order_id.encode()).hexdigest()[:16],
        "customer_email": email,
        "customer": hashlib.sha256(email.lower().encode()).hexdigest()[:26],
        "quantity": quantity,
        "language": "en",
        "now": now,
        "expires_at": expires_at,
        "step": "reserved",
        "facts": json.dumps({"quantity": quantity, "until": expires_at.isoformat()}),
    }
