"""Observers that write log records, and that tell others."""

from __future__ import annotations

import logging

import attrs

from ticketcore.ports import Observer, Occurrence
from ticketcore_telemetry.outcomes import outcome_of, was_refused

_LOG = logging.getLogger("ticketcore")


@attrs.frozen
class LogObserver(Observer):
    """Writes one record per occurrence, with ``act``, ``outcome`` and ``order``, the order's digest.

    A refusal is for debugging only: a crowd that is turned away must not fill the logs.
    """

    def observe(self, occurrence: Occurrence) -> None:
        level = logging.DEBUG if was_refused(occurrence) else logging.INFO
        if not _LOG.isEnabledFor(level):
            return
        outcome = outcome_of(occurrence)
        fields = {"act": occurrence.act.value, "outcome": outcome, "order": occurrence.digest}
        _LOG.log(level, "%s: %s", occurrence.act.value, outcome, extra=fields)


@attrs.frozen
class Observers(Observer):
    """Tells each of several observers."""

    observers: tuple[Observer, ...]

    def observe(self, occurrence: Occurrence) -> None:
        for observer in self.observers:
            observer.observe(occurrence)
