"""Settings from the environment, and the one place that chooses adapters."""

from __future__ import annotations

from ticketcore_bootstrap.assembly import Assembly, SchemaOutdated, assemble, upgrade
from ticketcore_bootstrap.background import Background, run_sweeper, run_worker, work_batch
from ticketcore_bootstrap.settings import SettingError, Settings, read_settings
from ticketcore_codes import terminal as qr_code_for_terminal
from ticketcore_telemetry.health import HealthChecker

__all__ = [
    "Assembly",
    "Background",
    "HealthChecker",
    "SchemaOutdated",
    "SettingError",
    "Settings",
    "assemble",
    "qr_code_for_terminal",
    "read_settings",
    "run_sweeper",
    "run_worker",
    "upgrade",
    "work_batch",
]
