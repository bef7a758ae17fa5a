"""``python -m ticketcore_cli``."""

from __future__ import annotations

from ticketcore_cli.main import main

main()
