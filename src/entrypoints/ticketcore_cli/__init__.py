"""The command line."""

from __future__ import annotations

from ticketcore_cli.main import main

__all__ = ["main"]
