"""``expire_reservations``: one sweep on a schedule, messages for the mails that have become due, and webhooks that are told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from ticketcore import BoxOffice, Organiser, TicketcoreError, Unavailable
from ticketcore_bootstrap import Assembly
from ticketcore_lambda.invocation import Context, Handler, Json
from ticketcore_lambda.telling import tell_webhooks

T = TypeVar("T")

#: An alarm of the template counts the lines with these words.
UNDELIVERED = "mails could not be delivered"

_LOG = logging.getLogger("ticketcore")


def handler(assembly: Assembly) -> Handler:
    """Return the handler over an assembly."""

    def expire_reservations(_event: Any, context: Context) -> Json:
        """Return the report of the sweep and how many orders with due mail got a message; raise ``Unavailable`` if the ledger cannot be reached, so that Lambda retries."""
        report = _run(assembly.box_office.sweep)
        for repair in report.repaired:
            _LOG.warning("event %s: %s", repair.event_id, repair)
        repaired = [{"event_id": repair.event_id, "drift": repair.drift} for repair in report.repaired]
        woken = _run(lambda: _wake(assembly.box_office))
        _warn_of_undelivered_mails(assembly.organiser)
        _run(lambda: tell_webhooks(assembly, context))
        return {
            "expired": report.expired,
            "published": report.published,
            "woken": woken,
            "repaired": repaired,
            "forgotten": report.forgotten,
            "announced": report.announced,
            "refunds": report.refunds,
        }

    return expire_reservations


def _warn_of_undelivered_mails(organiser: Organiser) -> None:
    """Log a line that an alarm of the template waits for."""
    undelivered = _run(organiser.delivery_backlog).undelivered
    if undelivered:
        _LOG.warning("%s %s", undelivered, UNDELIVERED)


def _wake(box_office: BoxOffice) -> int:
    """Publish messages for the mails that are due, best effort: the next run does it again."""
    try:
        return box_office.publish_due_deliveries()
    except Unavailable as failure:
        _LOG.warning("due mails were left to the next run: %s", failure)
        return 0


def _run(call: Callable[[], T]) -> T:
    try:
        return call()
    except TicketcoreError:
        raise
    except Exception as bug:
        # Lambda prints what is raised here, and the message of a foreign exception may quote an id.
        _LOG.exception("the sweep ended with a bug")
        raise RuntimeError(f"the sweep ended with a bug: {type(bug).__name__}") from None
