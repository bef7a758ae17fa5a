"""Settings from the environment, and the one place that chooses adapters."""

from __future__ import annotations

from ticketcore_bootstrap.assembly import Assembly, assemble
from ticketcore_bootstrap.background import WORKER, Background, deliver_batch, run_sweeper, send_webhooks, work_batch
from ticketcore_bootstrap.checking import checking
from ticketcore_bootstrap.extras import MissingExtra
from ticketcore_bootstrap.ledgers import LEDGERS, LedgerBackend, LedgerKind
from ticketcore_bootstrap.limits import client_limits
from ticketcore_bootstrap.reading import reading
from ticketcore_bootstrap.schema import SchemaOutdated, prepare_ledger, upgrade
from ticketcore_bootstrap.settings import EnvironmentReport, Settings, read_settings, report_environment
from ticketcore_bootstrap.signing import require_private_key
from ticketcore_bootstrap.simulated import decide_payment
from ticketcore_bootstrap.variables import SettingError
from ticketcore_codes import svg as qr_code_as_svg
from ticketcore_codes import terminal as qr_code_for_terminal
from ticketcore_telemetry.health import HealthChecker

__all__ = [
    "LEDGERS",
    "WORKER",
    "Assembly",
    "Background",
    "EnvironmentReport",
    "HealthChecker",
    "LedgerBackend",
    "LedgerKind",
    "MissingExtra",
    "SchemaOutdated",
    "SettingError",
    "Settings",
    "assemble",
    "checking",
    "client_limits",
    "decide_payment",
    "deliver_batch",
    "prepare_ledger",
    "qr_code_as_svg",
    "qr_code_for_terminal",
    "read_settings",
    "reading",
    "report_environment",
    "require_private_key",
    "run_sweeper",
    "send_webhooks",
    "upgrade",
    "work_batch",
]
