"""The charge lane: charge orders that are processing, and return the money of refunds.

Every step is recorded before the next begins, so that a run after a crash resumes where the ledger says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

import attrs

from ticketcore.application.optimistic_locking import Rule, change_all, change_record
from ticketcore.application.reports import Failure, WorkReport
from ticketcore.domain import ids, journal, payments
from ticketcore.domain.attempts import Attempt, PaymentMethod, Refund
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import Act, Approved, Cancelled, Declined, Pending, Ports, ReceivedMessage
from ticketcore.ports.payment_queue import VISIBILITY

T = TypeVar("T")
R = TypeVar("R")

FIRST_RETRY = timedelta(seconds=0.5)
#: How long outcomes of charges may wait for those of the same batch, to be written together.
_WRITE_AFTER = timedelta(seconds=1)
#: Why a payment that waited for its buyer until its deadline is declined.
_TOO_LATE = "the buyer did not pay in time"


class Mapper(Protocol):
    """Calls a function with each item, perhaps several at a time, and returns the results in the order of the items."""

    def __call__(self, function: Callable[[T], R], items: Sequence[T], /) -> Iterable[R]: ...


def one_by_one(function: Callable[[T], R], items: Sequence[T]) -> Iterable[R]:
    """Call a function with each item when its result is wanted: the default ``Mapper``."""
    return map(function, items)


def process(ports: Ports, order_id: OrderId) -> None:
    """Charge the order and return its money, as far as it needs either; idempotent, also after a crash.

    Raises ``Unavailable`` if a component cannot be reached: the message must be delivered again.
    """
    record = ports.orders.load(order_id)
    if record is None:
        return
    try:
        if record.order.status is OrderStatus.PROCESSING:
            record = _charge(ports, record)
        settle(ports, record)
    except Unavailable as failure:
        ports.orders.note(journal.failed(record.order, ports.clock.now(), str(failure)))
        raise


def _charge(ports: Ports, record: OrderRecord) -> OrderRecord:
    """Charge the order and return its record."""
    record = change_record(ports, record, _rule_after_charge(ports, record))
    ports.observe(Act.CHARGE, _outcome_of(record), record.order.id)
    return record


def _outcome_of(record: OrderRecord) -> str:
    """Return what became of a charge, in a word."""
    waits = record.attempt is not None and record.attempt.is_waiting
    return "pending" if waits else record.order.status.value


def _rule_after_charge(ports: Ports, record: OrderRecord) -> Rule:
    """Charge the order, and return the rule that the gateway's answer calls for."""
    attempt = record.attempt
    assert attempt is not None, "an order comes into processing together with its attempt"
    if attempt.method is not PaymentMethod.GATEWAY:
        return _capture_rule(ports, record, None)
    if payments.is_overdue(record, ports.clock.now()):
        return _rule_after_deadline(ports, record, attempt)
    match ports.payment_gateway.charge(attempt):
        case Approved(reference):
            return _capture_rule(ports, record, reference)
        case Declined(reason):
            return lambda current: payments.decline(current, ports.clock.now(), reason)
        case Pending(reference, action, until):
            return lambda current: payments.wait(current, reference, action, until, ports.clock.now())


def _rule_after_deadline(ports: Ports, record: OrderRecord, attempt: Attempt) -> Rule:
    """Cancel a payment that its buyer has not made in time, unless it was made at the last moment."""
    match ports.payment_gateway.cancel(attempt):
        case Approved(reference):
            return _capture_rule(ports, record, reference)
        case Cancelled():
            return lambda current: payments.decline(current, ports.clock.now(), _TOO_LATE)


def _capture_rule(ports: Ports, record: OrderRecord, reference: str | None) -> Rule:
    tickets = [_new_ticket(ports, record.order, number) for number in range(1, record.order.quantity + 1)]

    def rule(current: OrderRecord) -> Decision:
        # A new code each time: the last one may be another order's.
        code = ids.ticket_code(ports.ids.new(ids.TICKET_CODE_BYTES))
        return payments.capture(current, tickets, code, ports.clock.now(), reference)

    return rule


def _new_ticket(ports: Ports, order: Order, number: int) -> Ticket:
    ticket_id = TicketId(ids.text_of(ports.ids.new(ids.SECRET_BYTES)))
    return Ticket(ticket_id, order.id, order.event_id, number, ports.seal.seal(Claim(order.event_id, ticket_id)))


def settle(ports: Ports, record: OrderRecord) -> OrderRecord:
    """Finish a cancellation of the charge or a refund that has begun, if one has, and return the record as it then is.

    Raises ``Unavailable`` if the gateway does not respond.
    """
    return _return_money(ports, _cancel(ports, record))


def _cancel(ports: Ports, record: OrderRecord) -> OrderRecord:
    if record.attempt is None or not payments.is_cancelling(record):
        return record
    match _cancelled(ports, record.attempt):
        case Cancelled():
            return change_record(
                ports, record, lambda current: payments.finish_cancellation(current, ports.clock.now())
            )
        case Approved(reference):
            return change_record(ports, record, _capture_rule(ports, record, reference))


def _cancelled(ports: Ports, attempt: Attempt) -> Cancelled | Approved:
    return ports.payment_gateway.cancel(attempt) if attempt.method is PaymentMethod.GATEWAY else Cancelled()


def _return_money(ports: Ports, record: OrderRecord) -> OrderRecord:
    while record.attempt is not None and (refund := record.attempt.refund):
        ports.payment_gateway.refund(record.attempt, refund.amount, refund.id)
        record = change_record(ports, record, partial(_after_refund, ports, refund))
        ports.observe(Act.REFUND, "refunded", record.order.id)
    return record


def _after_refund(ports: Ports, refund: Refund, current: OrderRecord) -> Decision:
    return payments.finish_refund(current, refund, ports.clock.now())


def work(ports: Ports, limit: int, mapper: Mapper = one_by_one) -> WorkReport:
    """Receive at most ``limit`` messages and process them, with charges by ``mapper``; one that fails affects no other.

    Raises ``Unavailable`` if the ledger or the queue cannot be reached.  The ledger is checked first, because a message
    that is received too often becomes a dead letter.
    """
    ports.events.check()
    batch = _Batch.received(ports, limit)
    try:
        records = ports.orders.load_all(batch.order_ids)
    except Exception as error:
        for order_id in batch.order_ids:
            batch.give_back(order_id, error)
        return batch.report
    _charge_all(batch, [each for each in records.values() if each.order.status is OrderStatus.PROCESSING], mapper)
    settling = [records[order_id] for order_id in batch.order_ids if order_id in records]
    _settle_all(batch, [record for record in settling if payments.is_settling(record)], mapper)
    batch.done(batch.order_ids)
    return batch.report


@attrs.define(eq=False)
class _Batch:
    """The messages in hand by their orders, when their visibility was last extended, and what became of the others."""

    ports: Ports
    messages: dict[OrderId, list[ReceivedMessage]]
    hidden_at: datetime
    report: WorkReport = attrs.field(factory=lambda: WorkReport(0, ()))

    @classmethod
    def received(cls, ports: Ports, limit: int) -> _Batch:
        """Receive at most so many messages."""
        now = ports.clock.now()
        batch = cls(ports, {}, now)
        for message in ports.payment_queue.receive(limit, now):
            batch.messages.setdefault(message.order_id, []).append(message)
        return batch

    @property
    def order_ids(self) -> Sequence[OrderId]:
        return list(self.messages)

    def keep(self) -> None:
        """Extend the visibility of all messages before it ends, however long the work takes."""
        now = self.ports.clock.now()
        if now - self.hidden_at < VISIBILITY / 3:
            return
        self.hidden_at = now
        try:
            self.ports.payment_queue.extend([each for messages in self.messages.values() for each in messages], now)
        except Unavailable:
            return  # Another worker may process them too, which is harmless.

    def done(self, order_ids: Collection[OrderId]) -> None:
        """End the messages of orders."""
        if not order_ids:
            return
        ended = [message for order_id in order_ids for message in self.messages.pop(order_id)]
        self.report = attrs.evolve(self.report, done=self.report.done + len(ended))
        self.ports.payment_queue.done(ended)
        for message in ended:
            self.ports.observe(Act.WORK, "done", message.order_id)

    def fail(self, record: OrderRecord, error: Exception) -> None:
        """Give back the messages of an order that could not be processed, with a journal entry."""
        try:
            _note(self.ports, record, error)
        except Unavailable as failure:
            error = failure
        self.give_back(record.order.id, error)

    def give_back(self, order_id: OrderId, error: Exception) -> None:
        """Return an order's messages to the queue."""
        for message in self.messages.pop(order_id):
            _give_back(self.ports, message)
            self.ports.observe(Act.WORK, "given_back", order_id)
            self.report = attrs.evolve(self.report, failures=(*self.report.failures, Failure(order_id, error)))


def _charge_all(batch: _Batch, records: Sequence[OrderRecord], mapper: Mapper) -> None:
    """Charge orders, and write the outcomes of those that were charged within a second together."""
    charged: list[tuple[OrderRecord, Rule]] = []
    written_at = batch.ports.clock.now()
    for record, outcome in zip(records, mapper(partial(_try_to_charge, batch.ports), records), strict=True):
        if isinstance(outcome, Exception):
            batch.fail(record, outcome)
        else:
            charged.append((record, outcome))
        batch.keep()
        if batch.ports.clock.now() - written_at >= _WRITE_AFTER:
            _record_all(batch, charged, mapper)
            charged, written_at = [], batch.ports.clock.now()
    _record_all(batch, charged, mapper)


def _try_to_charge(ports: Ports, record: OrderRecord) -> Rule | Exception:
    try:
        return _rule_after_charge(ports, record)
    except Exception as error:
        return error


def _record_all(batch: _Batch, charged: Sequence[tuple[OrderRecord, Rule]], mapper: Mapper) -> None:
    """Record the outcomes of charges, those of one event together."""
    by_event: dict[EventId, list[tuple[OrderRecord, Rule]]] = {}
    for record, rule in charged:
        by_event.setdefault(record.order.event_id, []).append((record, rule))
    recorded = [after for of_event in by_event.values() for after in _record_of_event(batch, of_event)]
    batch.done([record.order.id for record in recorded if not payments.is_settling(record)])
    _settle_all(batch, [record for record in recorded if payments.is_settling(record)], mapper)


def _record_of_event(batch: _Batch, charged: Sequence[tuple[OrderRecord, Rule]]) -> Iterable[OrderRecord]:
    """Record outcomes, and yield the records of the orders of which it succeeded."""
    batch.keep()
    for (before, _), after in zip(charged, change_all(batch.ports, charged), strict=True):
        if isinstance(after, Exception):
            batch.fail(before, after)
        else:
            batch.ports.observe(Act.CHARGE, _outcome_of(after), after.order.id)
            yield after


def _settle_all(batch: _Batch, records: Sequence[OrderRecord], mapper: Mapper) -> None:
    """Finish cancellations and refunds; those of a whole event come together."""
    batch.keep()
    for record, outcome in zip(records, mapper(partial(_try_to_settle, batch.ports), records), strict=True):
        if isinstance(outcome, Exception):
            batch.fail(record, outcome)
        else:
            batch.done([record.order.id])
        batch.keep()


def _try_to_settle(ports: Ports, record: OrderRecord) -> OrderRecord | Exception:
    try:
        return settle(ports, record)
    except Exception as error:
        return error


def _note(ports: Ports, record: OrderRecord, error: Exception) -> None:
    """Write into an order's journal what could not be reached; a bug is for the log alone."""
    if isinstance(error, Unavailable):
        ports.orders.note(journal.failed(record.order, ports.clock.now(), str(error)))


def _give_back(ports: Ports, message: ReceivedMessage) -> None:
    try:
        ports.payment_queue.retry(message, FIRST_RETRY * 2 ** (message.receives - 1), ports.clock.now())
    except Unavailable:
        return  # The message is delivered again when its visibility ends.
