"""``process_payments``: charges the orders whose messages SQS delivers, then mails and tells webhooks in the time that is left."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ticketcore.domain import ids, messages
from ticketcore.domain.errors import TicketcoreError, Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore_bootstrap import Assembly, SettingError, deliver_batch
from ticketcore_lambda.invocation import Context, Handler, Json
from ticketcore_lambda.telling import tell_webhooks

_LOG = logging.getLogger("ticketcore")

#: More than any step of the work takes: with less time left no step begins, so that none is interrupted.
MARGIN_MILLISECONDS = 10_000
#: Likewise for a mail: one that an invocation's end interrupts is tried again when its lease has ended.
DELIVERY_MILLISECONDS = 15_000
#: How long before the end of an invocation a step is interrupted, so that partial results are reported.
_ALARM_SECONDS = 1.0
_FIRST_ALARM = 0.1


def handler(assembly: Assembly, mailing: Callable[[], Assembly] | None = None) -> Handler:
    """Return the handler over an assembly.

    ``mailing`` returns the assembly with what mails need besides; it is called at the first mail, as no charge waits for it.
    """

    def process_payments(event: Any, context: Context) -> Json:
        """Return the messages that failed: SQS delivers them again, or moves them to the dead letters after too many tries."""
        records, checkpoint = _records(event), _checkpoint(context)

        def charge(order_id: OrderId) -> None:
            checkpoint()
            assembly.box_office.process(order_id)

        with _alarm(context):
            failed = _process_each(records, charge)
            _deliver(mailing or (lambda: assembly), context)
            tell_webhooks(assembly, context)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    return process_payments


def _records(event: Any) -> list[Json]:
    match event:
        case {"Records": [_, *_] as records} if all(map(_is_record, records)):
            return list(records)
        case _:
            raise ValueError('expected an event of SQS: {"Records": [{"eventSource": "aws:sqs", …}, …]}')


def _is_record(record: object) -> bool:
    match record:
        case {"eventSource": "aws:sqs", "eventSourceARN": str(), "messageId": str(), "body": str()}:
            return True
        case _:
            return False


def _process_each(records: list[Json], charge: Callable[[OrderId], None]) -> list[str]:
    """Return the ids of the messages that failed.

    A FIFO queue keeps the order within a message group: what follows a failure in its group fails, too.
    """
    failed: list[str] = []
    failed_groups: set[str] = set()
    for record in records:
        group = _group(record)
        if group in failed_groups or not _is_processed(record, charge):
            failed.append(record["messageId"])
            failed_groups |= {group} if group else set()
    return failed


def _group(record: Json) -> str | None:
    is_ordered = record["eventSourceARN"].endswith(".fifo")
    return record.get("attributes", {}).get("MessageGroupId") if is_ordered else None


def _is_processed(record: Json, charge: Callable[[OrderId], None]) -> bool:
    try:
        order_id = messages.read(record["body"])
    except ValueError:
        _LOG.warning("message %s names no order", record["messageId"])
        return False
    try:
        charge(order_id)
    except Exception as error:
        digest = ids.digest(order_id)
        known = isinstance(error, TicketcoreError)
        reason = str(error) if known else "a bug"
        _LOG.warning("order %s: %s", digest, reason, extra={"order": digest}, exc_info=None if known else error)
        return False
    return True


def _checkpoint(context: Context) -> Callable[[], None]:
    def checkpoint() -> None:
        if context.get_remaining_time_in_millis() < MARGIN_MILLISECONDS:
            raise Unavailable("time", f"less than {MARGIN_MILLISECONDS // 1000} seconds are left of this invocation")

    return checkpoint


@contextmanager
def _alarm(context: Context) -> Iterator[None]:
    """Raise ``Unavailable`` shortly before the time-out of the invocation, so that partial results are reported."""

    def ring(*_: object) -> None:
        raise Unavailable("time", "this invocation is about to end")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(
        signal.ITIMER_REAL, max(_FIRST_ALARM, context.get_remaining_time_in_millis() / 1000 - _ALARM_SECONDS)
    )
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _deliver(mailing: Callable[[], Assembly], context: Context) -> None:
    """Deliver what is due while enough time is left; the rest stays scheduled in the ledger."""

    def may_begin() -> bool:
        return context.get_remaining_time_in_millis() >= DELIVERY_MILLISECONDS

    if not may_begin():
        return
    try:
        box_office = mailing().box_office
        while may_begin() and ((report := deliver_batch(box_office, may_begin)).done or report.failures):
            pass
    except (SettingError, Unavailable) as failure:
        _LOG.warning("mails were left to the next invocation: %s", failure)
