"""What happens, told to people and programs: log records and Prometheus metrics; never an id, a name or a secret.

This module is light; ``metrics``, ``parts`` and ``log_lines`` import what they stand on and are asked for by name.
"""

from __future__ import annotations

from ticketcore_telemetry.multiprocess import shared_counts
from ticketcore_telemetry.observers import LogObserver, Observers

__all__ = ["LogObserver", "Observers", "shared_counts"]
