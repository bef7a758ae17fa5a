"""The HTTP service."""

from __future__ import annotations

from ticketcore_flask.app import create_app
from ticketcore_flask.metrics import Metrics
from ticketcore_flask.options import Options

__all__ = ["Metrics", "Options", "create_app"]
