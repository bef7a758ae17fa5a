"""``GET /orders/{id}``: one SELECT by primary key."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort

from benchmarks.yardsticks.orders import COLUMNS, order_json
from benchmarks.yardsticks.stores import open_pool

_ORDER = f"SELECT {COLUMNS} FROM orders WHERE id = %s"


def create_app() -> Flask:
    """Return the yardstick."""
    app, pool = Flask(__name__), open_pool()

    @app.get("/orders/<order_id>")
    def show_order(order_id: str) -> dict[str, Any]:
        with pool.connection() as connection:
            row = connection.execute(_ORDER, (order_id,)).fetchone()
        if row is None:
            abort(404)
        return order_json(row)

    return app
