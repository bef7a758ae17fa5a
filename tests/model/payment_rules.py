"""The rules of ``domain.payments`` and ``reservations.cancel``: pure functions of a record.

``test_fidelity`` compares each with its original.  ``without`` names the rule that a variant leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.model.payment_state import PAYMENT, REFUND, Record, Refund, Returning, Rules


class Decision(NamedTuple):
    """``domain.decisions.Decision``; ``row`` goes into the outbox, ``polls`` tells that the payment begins to wait, or goes on."""

    status: str
    attempt: str
    returning: Returning = Returning()
    issues_tickets: bool = False
    asks_for_mail: bool = False
    refunds: tuple[int, ...] = ()
    voids: int = 0
    row: str = ""
    starts_attempt: bool = False
    polls: bool = False


#: The gateway's answer is not known, or not final.
UNDECIDED = {"pending", "waiting"}
#: A charge may still succeed while an attempt is in one of these.
_OPEN = {*UNDECIDED, "declined", "cancelling", "cancelled"}

#: Returns the decision, or ``None`` if it refuses.
Rule = Callable[[Rules, Record], Decision | None]


def unchanged(record: Record) -> Decision:
    """Return the decision to write nothing."""
    return Decision(record.status, record.attempt, record.returning)


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
    is_over = record.status != "processing" or record.attempt not in UNDECIDED
    if is_over and rules.without != "a capture looks at the order":
        return Decision(record.status, "refunding", owing(rules, record.returning, record.quantity))
    if record.event_is_cancelled and rules.without != "a capture looks at the event":
        return Decision("refunded", "refunding", owing(rules, record.returning, record.quantity))
    return Decision("paid", "captured", record.returning, issues_tickets=True, asks_for_mail=True)


def owing(rules: Rules, returning: Returning, amount: int) -> Returning:
    """attempts.Attempt.owing."""
    owed = returning.owed + amount
    is_asked = returning.refund is not None and rules.without != "one refund is requested at a time"
    return returning._replace(owed=owed, requested=returning.requested if is_asked else owed)


def wait(_rules: Rules, record: Record) -> Decision:
    """payments.wait."""
    if record.attempt not in UNDECIDED or record.status != "processing":
        return unchanged(record)
    return unchanged(record)._replace(attempt="waiting", polls=True)


def decline(_rules: Rules, record: Record) -> Decision:
    """payments.decline."""
    if record.attempt not in UNDECIDED or record.status != "processing":
        return unchanged(record)
    return Decision("declined", "declined")


def start_refund(rules: Rules, record: Record, ticket: int) -> Decision | None:
    """payments.start_refund of one ticket, or of all if it is 0."""
    if record.status == "refunded":
        return unchanged(record)
    if record.status not in {"processing", "paid"}:
        return None
    row = _refund_row(rules, record)
    if record.status == "processing":
        return None if ticket else Decision("refunded", "cancelling", row=row)
    numbers = (ticket,) if ticket else range(1, record.quantity + 1)
    wanted = tuple(number for number in numbers if number not in record.refunded)
    if not wanted:
        return unchanged(record)
    is_whole = len(record.refunded) + len(wanted) == record.quantity
    returning = owing(rules, record.returning, len(wanted))
    voids = 0 if rules.without == "a refund makes the tickets void" else len(wanted)
    status = "refunded" if is_whole else "paid"
    return Decision(status, "refunding", returning, refunds=wanted, voids=voids, row=row)


def _refund_row(rules: Rules, record: Record) -> str:
    if rules.without == "a refund leaves a row":
        return ""
    # Two refunds of one order may wait at the same time.
    number = len(record.refunded) if rules.without != "rows have numbers" else 0
    return f"{REFUND} {number}"


def finish_cancellation(_rules: Rules, record: Record) -> Decision:
    """payments.finish_cancellation."""
    return unchanged(record)._replace(attempt="cancelled") if record.attempt == "cancelling" else unchanged(record)


def finish_refund(rules: Rules, record: Record, refund: Refund | None) -> Decision:
    """payments.finish_refund."""
    before = record.returning
    if before.refund is None:
        return unchanged(record)
    if before.refund != refund and rules.without != "a late response finishes no other refund":
        return unchanged(record)
    after = Returning(before.owed, before.owed, before.requested)
    if after.refund:
        return unchanged(record)._replace(returning=after)
    attempt = "refunded" if after.owed == record.quantity else "captured"
    return unchanged(record)._replace(attempt=attempt, returning=after)
