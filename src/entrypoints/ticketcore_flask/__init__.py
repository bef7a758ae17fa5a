"""The HTTP service."""

from __future__ import annotations

from ticketcore_flask.app import create_app
from ticketcore_flask.options import Options

__all__ = ["Options", "create_app"]
