"""``POST /orders`` where nothing is left: parse the body, and one script on Redis."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from benchmarks.yardsticks.stores import open_redis, script
from benchmarks.yardsticks.taking import new_order_id, take


def create_app() -> Flask:
    """Return the yardstick."""
    app, redis = Flask(__name__), open_redis()
    take_script = script(redis, "take")

    @app.post("/orders")
    def create_order() -> tuple[dict[str, Any], int]:
        wanted = request.get_json()
        outcome, *left = take(take_script, wanted["event_id"], new_order_id(), wanted["quantity"])
        if outcome == "taken":
            return {}, 201
        problem = {
            "type": f"{request.root_url}problems/sold_out",
            "title": "There are not enough places left",
            "status": 409,
            "detail": "There are no places left; reserved places may become free within minutes.",
            "code": "sold_out",
            "available": left[0],
        }
        return problem, 409

    return app
