"""``python -m ticketcore_cli``."""

from __future__ import annotations

from ticketcore_cli import run

run()
