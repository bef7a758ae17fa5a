"""What a container of Lambda keeps between its invocations: one box office with the parts that its handler uses."""

from __future__ import annotations

import os
from functools import cache

from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_bootstrap.telemetry import logged, logging_to_host


@cache
def assembly(*parts: str) -> Assembly:
    """Answer the box office of the environment; raise ``SettingError`` if a variable is wrong.

    Of the parts beside the ledger it has only those named: a client that nobody uses would delay every cold start.
    """
    logging_to_host()
    return logged(assemble(read_settings(os.environ).with_parts(*parts)))
