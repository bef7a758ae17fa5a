"""``process_payments``: charges the orders whose messages SQS delivers, then delivers mail in the time that is left."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, SqsFifoPartialProcessor
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ticketcore import BoxOffice, TicketcoreError, Unavailable
from ticketcore.domain import ids, messages
from ticketcore.domain.ids import OrderId
from ticketcore_bootstrap import Assembly, deliver_batch
from ticketcore_lambda.invocation import Context, Handler, Json

_LOG = logging.getLogger("ticketcore")

#: More than any step of the work takes: with less time left no step begins, so that none is interrupted.
MARGIN_MILLISECONDS = 10_000
#: Likewise for a mail: one that an invocation's end interrupts is tried again when its lease has ended.
DELIVERY_MILLISECONDS = 15_000
#: How long before the end of an invocation a step is interrupted, so that partial results are reported.
_ALARM_SECONDS = 1.0
_FIRST_ALARM = 0.1


def handler(assembly: Assembly) -> Handler:
    """Return the handler over an assembly."""

    def process_payments(event: Any, context: Context) -> Json:
        """Return the messages that failed: SQS delivers them again, or moves them to the dead letters after too many tries."""
        records = _records(event)
        checkpoint = _checkpoint(context)

        def process(record: SQSRecord) -> None:  # The library passes it by this name.
            _process(assembly.box_office, record, checkpoint)

        processor = _processor(records)
        with _alarm(context):
            with processor(records, process):
                processor.process()
            _deliver(assembly.box_office, context)
        return dict(processor.response())

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


def _processor(records: list[Json]) -> BatchProcessor:
    if not records[0]["eventSourceARN"].endswith(".fifo"):
        return BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    # A FIFO queue keeps the order within a message group: what follows a failure in its group must be retried after it.
    processor = SqsFifoPartialProcessor(skip_group_on_error=True)
    processor.raise_on_entire_batch_failure = False
    return processor


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


def _process(box_office: BoxOffice, record: SQSRecord, checkpoint: Callable[[], None]) -> None:
    order_id = _order_id(record)
    try:
        checkpoint()
        box_office.process(order_id)
    except Exception as error:
        digest = ids.digest(order_id)
        known = isinstance(error, TicketcoreError)
        reason = str(error) if known else "a bug"
        _LOG.warning("order %s: %s", digest, reason, extra={"order": digest}, exc_info=None if known else error)
        raise


def _deliver(box_office: BoxOffice, context: Context) -> None:
    """Deliver what is due while enough time is left; the rest stays scheduled in the ledger."""

    def may_begin() -> bool:
        return context.get_remaining_time_in_millis() >= DELIVERY_MILLISECONDS

    try:
        while may_begin() and ((report := deliver_batch(box_office, may_begin)).done or report.failures):
            pass
    except Unavailable as failure:
        _LOG.warning("mails were left to the next invocation: %s", failure)


def _order_id(record: SQSRecord) -> OrderId:
    try:
        return messages.read(record.body)
    except ValueError:
        _LOG.warning("message %s names no order", record.message_id)
        raise
