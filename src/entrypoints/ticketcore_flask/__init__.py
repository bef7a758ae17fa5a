"""The HTTP service: a blueprint for any Flask application, and an application of its own."""

from __future__ import annotations

from ticketcore_flask.api import Options
from ticketcore_flask.app import api_blueprint, create_app
from ticketcore_flask.metrics import Metrics

__all__ = ["Metrics", "Options", "api_blueprint", "create_app"]
