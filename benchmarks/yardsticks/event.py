"""``GET /events/{id}``: one read of Redis, where an event's details lie ready beside its free places."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, abort

from benchmarks.yardsticks.stores import open_redis


def create_app() -> Flask:
    """Return the yardstick."""
    app, redis = Flask(__name__), open_redis()

    @app.get("/events/<event_id>")
    def show_event(event_id: str) -> dict[str, Any]:
        details, available = redis.hmget(f"yardstick:{event_id}", "details", "available")
        if details is None or available is None:
            abort(404)
        return {**json.loads(details), "available": int(available)}

    return app
