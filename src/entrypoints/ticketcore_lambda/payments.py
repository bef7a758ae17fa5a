"""``process_payments``: works off the orders whose messages SQS delivers."""

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
from ticketcore_bootstrap import Assembly
from ticketcore_lambda.invocation import Context, Handler, Json

_LOG = logging.getLogger("ticketcore")

#: Longer than any one step of the work: with less time left no step is begun, so that none is cut off in its middle.
MARGIN_MILLISECONDS = 10_000
#: How long before the end of an invocation a step is interrupted, to answer what was done.
_ALARM_SECONDS = 1.0
_FIRST_ALARM = 0.1


def handler(assembly: Assembly) -> Handler:
    """Answer the handler over a box office."""

    def process_payments(event: Any, context: Context) -> Json:
        """Answer the messages that SQS is to deliver again, or to lay aside after too many deliveries."""
        records = _records(event)
        checkpoint = _checkpoint(context)

        def work_off(record: SQSRecord) -> None:  # The library hands it over by this name.
            _work_off(assembly.box_office, record, checkpoint)

        processor = _processor(records)
        with _alarm(context), processor(records, work_off):
            processor.process()
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
    # A FIFO queue keeps the order within each message group: what follows a failure there has to come again after it.
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
    """Interrupt a step that takes longer than anybody thought, just before Lambda would end the whole batch."""

    def ring(*_: object) -> None:
        raise Unavailable("time", "none is left of this invocation")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(
        signal.ITIMER_REAL, max(_FIRST_ALARM, context.get_remaining_time_in_millis() / 1000 - _ALARM_SECONDS)
    )
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _work_off(box_office: BoxOffice, record: SQSRecord, checkpoint: Callable[[], None]) -> None:
    order_id = _order_id(record)
    try:
        checkpoint()
        box_office.process(order_id, checkpoint)
    except Exception as error:
        digest = ids.digest(order_id)
        known = isinstance(error, TicketcoreError)
        reason = str(error) if known else "a bug"
        _LOG.warning("order %s: %s", digest, reason, extra={"order": digest}, exc_info=None if known else error)
        raise


def _order_id(record: SQSRecord) -> OrderId:
    try:
        return messages.read(record.body)
    except ValueError:
        _LOG.warning("message %s names no order", record.message_id)
        raise
