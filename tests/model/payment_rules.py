"""The rules of ``domain.payments`` and ``reservations.cancel``: pure functions of a record.

``test_fidelity`` compares each with its original.  ``without`` names the rule that a variant leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.model.payment_state import PAYMENT, REFUND, Record, Rules


class Decision(NamedTuple):
    """``domain.decisions.Decision``; ``row`` goes into the outbox."""

    status: str
    attempt: str
    issues_tickets: bool = False
    asks_for_mail: bool = False
    voids_tickets: bool = False
    row: str = ""
    starts_attempt: bool = False


#: A charge may still succeed while an attempt is in one of these.
_OPEN = {"pending", "declined", "cancelling", "cancelled"}

#: Returns the decision, or ``None`` if it refuses.
Rule = Callable[[Rules, Record], Decision | None]


def unchanged(record: Record) -> Decision:
    """Return the decision to write nothing."""
    return Decision(record.status, record.attempt)


def start(rules: Rules, record: Record, *, is_late: bool) -> Decision | None:
    """payments.start."""
    row = "" if rules.without == "a confirmation leaves a row" else PAYMENT
    started = Decision("processing", "pending", row=row, starts_attempt=True)
    match record.status:
        case "processing" if rules.without == "an order has one attempt":
            return started
        case "processing" | "paid":
            return unchanged(record)
        case "reserved" if is_late and rules.without != "a confirmation looks at the deadline":
            return None
        case "reserved" if not record.event_is_cancelled:
            return started
        case _:
            return None


def cancel(record: Record, *, is_late: bool) -> Decision | None:
    """reservations.cancel."""
    if record.status == "cancelled":
        return unchanged(record)
    return None if record.status != "reserved" or is_late else Decision("cancelled", record.attempt)


def capture(rules: Rules, record: Record) -> Decision:
    """payments.capture."""
    if record.attempt == "captured" and rules.without == "a repeated capture issues nothing":
        return unchanged(record)._replace(issues_tickets=True)
    if record.attempt not in _OPEN and rules.without != "a capture looks at the attempt":
        return unchanged(record)
    is_over = record.status != "processing" or record.attempt != "pending"
    if is_over and rules.without != "a capture looks at the order":
        return Decision(record.status, "refunding")
    if record.event_is_cancelled and rules.without != "a capture looks at the event":
        return Decision("refunded", "refunding")
    return Decision("paid", "captured", issues_tickets=True, asks_for_mail=True)


def decline(_rules: Rules, record: Record) -> Decision:
    """payments.decline."""
    if record.attempt != "pending" or record.status != "processing":
        return unchanged(record)
    return Decision("declined", "declined")


def start_refund(rules: Rules, record: Record) -> Decision | None:
    """payments.start_refund."""
    if record.status == "refunded":
        return unchanged(record)
    if record.status not in {"processing", "paid"}:
        return None
    row = "" if rules.without == "a refund leaves a row" else REFUND
    if record.status == "processing":
        return Decision("refunded", "cancelling", row=row)
    voids = rules.without != "a refund makes the tickets void"
    return Decision("refunded", "refunding", voids_tickets=voids, row=row)


def finish_cancellation(_rules: Rules, record: Record) -> Decision:
    """payments.finish_cancellation."""
    return unchanged(record)._replace(attempt="cancelled") if record.attempt == "cancelling" else unchanged(record)


def finish_refund(_rules: Rules, record: Record) -> Decision:
    """payments.finish_refund."""
    return unchanged(record)._replace(attempt="refunded") if record.attempt == "refunding" else unchanged(record)
