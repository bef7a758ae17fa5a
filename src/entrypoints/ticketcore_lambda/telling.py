"""What webhooks are told within an invocation, in the time that is left."""

from __future__ import annotations

import logging

from ticketcore.domain.errors import Unavailable
from ticketcore_bootstrap import Assembly, send_webhooks
from ticketcore_lambda.invocation import Context

_LOG = logging.getLogger("ticketcore")

#: More than a message takes to a receiver that hangs: one that an invocation's end interrupts is sent again later.
TELLING_MILLISECONDS = 25_000


def tell_webhooks(assembly: Assembly, context: Context) -> None:
    """Make messages and send those that are due while enough time is left; the rest stays in the ledger."""

    def may_begin() -> bool:
        return context.get_remaining_time_in_millis() >= TELLING_MILLISECONDS

    if not may_begin():
        return
    box_office = assembly.box_office
    try:
        box_office.collect_webhooks()
        while may_begin() and ((report := send_webhooks(box_office, may_begin)).done or report.failures):
            pass
    except Unavailable as failure:
        _LOG.warning("webhooks were left to the next invocation: %s", failure)
