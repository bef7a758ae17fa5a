"""``expire_reservations``: one sweep, on a schedule."""

from __future__ import annotations

import logging
from typing import Any

from ticketcore import TicketcoreError
from ticketcore.application.sweeper import SweepReport
from ticketcore_bootstrap import Assembly
from ticketcore_lambda.invocation import Context, Handler, Json

_LOG = logging.getLogger("ticketcore")


def handler(assembly: Assembly) -> Handler:
    """Return the handler over an assembly."""

    def expire_reservations(_event: Any, _context: Context) -> Json:
        """Return the report of the sweep; raise ``Unavailable`` if the ledger cannot be reached, so that Lambda retries."""
        report = _sweep(assembly)
        for repair in report.repaired:
            _LOG.warning("event %s: %s", repair.event_id, repair)
        repaired = [{"event_id": repair.event_id, "drift": repair.drift} for repair in report.repaired]
        return {
            "expired": report.expired,
            "published": report.published,
            "repaired": repaired,
            "forgotten": report.forgotten,
        }

    return expire_reservations


def _sweep(assembly: Assembly) -> SweepReport:
    try:
        return assembly.box_office.sweep()
    except TicketcoreError:
        raise
    except Exception as bug:
        # Lambda prints what is raised here, and the message of a foreign exception may quote an id.
        _LOG.exception("the sweep ended with a bug")
        raise RuntimeError(f"the sweep ended with a bug: {type(bug).__name__}") from None
