"""``GET /events``: one read of Redis, for a page whose details lie ready beside the free places of each event."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask

from benchmarks.yardsticks.stores import open_redis


def create_app() -> Flask:
    """Return the yardstick."""
    app, redis = Flask(__name__), open_redis()

    @app.get("/events")
    def list_events() -> dict[str, Any]:
        page = redis.hgetall("yardstick:page")
        details = json.loads(page.pop("details"))
        return {
            "items": [{**each, "available": int(page[each["id"]])} for each in details],
            "next_cursor": None,
        }

    return app
