"""Log lines and metrics of a process."""

# ruff: noqa: PLC0415  A process without metrics does not import their library.

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import attrs

from ticketcore_bootstrap.assembly import Assembly
from ticketcore_telemetry import LogObserver, Observers, shared_counts

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


__all__ = ["Telemetry", "logged", "logging_to_host", "logging_to_standard_error", "shared_counts"]


def logging_to_standard_error(level: int = logging.INFO) -> AbstractContextManager[None]:
    """Write log lines within the block (``log_lines.logging_to_standard_error``)."""
    from ticketcore_telemetry import log_lines

    return log_lines.logging_to_standard_error(level)


def logged(assembly: Assembly) -> Assembly:
    """Return a copy of the assembly that logs every act and outcome."""
    return assembly.observed_by(LogObserver())


def logging_to_host(level: int = logging.INFO) -> None:
    """Leave log lines to the process's own handlers, with everything redacted that must not be in logs."""
    from ticketcore_telemetry.redaction import Discretion

    log = logging.getLogger("ticketcore")
    log.setLevel(level)
    log.addFilter(Discretion())


@attrs.frozen(eq=False)
class Telemetry:
    """An assembly that logs and counts every act and outcome.

    Further metrics of the process are registered in ``counted``; ``scraped`` holds all metrics that a scrape returns.
    """

    assembly: Assembly
    counted: CollectorRegistry
    scraped: CollectorRegistry

    @classmethod
    def of(cls, assembly: Assembly) -> Telemetry:
        from ticketcore_telemetry.health_collector import HealthCollector
        from ticketcore_telemetry.metrics import PrometheusObserver, Registries

        registries = Registries.fresh()
        counting = PrometheusObserver.counting_in(registries.counted)
        observed = assembly.observed_by(Observers((LogObserver(), counting)))
        registries.scraped.register(HealthCollector(observed.ports, observed.health))
        return cls(observed, registries.counted, registries.scraped)

    def scrape(self) -> tuple[str, bytes]:
        """Return all metrics in Prometheus' text format, behind their media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return CONTENT_TYPE_LATEST, generate_latest(self.scraped)
