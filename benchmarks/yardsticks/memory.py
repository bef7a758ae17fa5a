"""``GET /orders/{id}`` with what most services have in memory: Flask, SQLAlchemy and redis."""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from flask import Flask, abort

from benchmarks.yardsticks.orders import COLUMNS, order_json
from benchmarks.yardsticks.stores import open_redis

_ORDER = sa.text(f"SELECT {COLUMNS} FROM orders WHERE id = :order_id")


def create_app() -> Flask:
    """Return the yardstick."""
    app, redis = Flask(__name__), open_redis()
    engine = sa.create_engine(os.environ["TICKETCORE_DATABASE_URL"], pool_size=16, isolation_level="AUTOCOMMIT")

    @app.get("/orders/<order_id>")
    def show_order(order_id: str) -> dict[str, Any]:
        redis.get(f"yardstick:{order_id}")
        with engine.connect() as connection:
            row = connection.execute(_ORDER, {"order_id": order_id}).one_or_none()
        if row is None:
            abort(404)
        return order_json(row)

    return app
