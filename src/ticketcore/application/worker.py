"""The charge lane: charge orders that are processing, and return the money of refunds.

Every step is recorded before the next begins, so that a run after a crash resumes where the ledger says.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from ticketcore.application.optimistic_locking import change_record
from ticketcore.application.reports import Failure, WorkReport
from ticketcore.domain import ids, journal, payments
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId, TicketId
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import Act, Approved, Cancelled, Declined, Ports, ReceivedMessage
from ticketcore.ports.payment_queue import VISIBILITY

FIRST_RETRY = timedelta(seconds=0.5)


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
    assert record.attempt is not None, "an order comes into processing together with its attempt"
    match ports.payment_gateway.charge(record.attempt):
        case Approved():
            record = _capture(ports, record)
        case Declined():
            record = change_record(ports, record, lambda current: payments.decline(current, ports.clock.now()))
    ports.observe(Act.CHARGE, record.order.status.value, record.order.id)
    return record


def _capture(ports: Ports, record: OrderRecord) -> OrderRecord:
    tickets = [_new_ticket(ports, record.order, number) for number in range(1, record.order.quantity + 1)]

    def rule(current: OrderRecord) -> Decision:
        # A new code each time: the last one may be another order's.
        code = ids.ticket_code(ports.ids.new(ids.TICKET_CODE_BYTES))
        return payments.capture(current, tickets, code, ports.clock.now())

    return change_record(ports, record, rule)


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
    match ports.payment_gateway.cancel(record.attempt):
        case Cancelled():
            record = change_record(
                ports, record, lambda current: payments.finish_cancellation(current, ports.clock.now())
            )
        case Approved():
            record = _capture(ports, record)
    return record


def _return_money(ports: Ports, record: OrderRecord) -> OrderRecord:
    if record.attempt is None or not payments.is_refunding(record):
        return record
    ports.payment_gateway.refund(record.attempt)
    record = change_record(ports, record, lambda current: payments.finish_refund(current, ports.clock.now()))
    ports.observe(Act.REFUND, "refunded", record.order.id)
    return record


def work(ports: Ports, limit: int) -> WorkReport:
    """Receive at most ``limit`` messages and process them; one that fails does not affect the others.

    Raises ``Unavailable`` if the ledger or the queue cannot be reached.  The ledger is checked first, because a message
    that is received too often becomes a dead letter.
    """
    ports.events.check()
    batch = _Batch(ports, list(ports.payment_queue.receive(limit, ports.clock.now())), ports.clock.now())
    failures: list[Failure] = []
    done = 0
    while batch.messages:
        failure = _process_next(batch)
        failures += [failure] if failure else []
        done += failure is None
    return WorkReport(done, tuple(failures))


@attrs.define(eq=False)
class _Batch:
    """The messages that a worker still has to process, and when it last extended their visibility."""

    ports: Ports
    messages: list[ReceivedMessage]
    hidden_at: datetime

    def keep(self) -> None:
        """Extend the visibility of all messages before it ends, however long the work takes."""
        now = self.ports.clock.now()
        if now - self.hidden_at < VISIBILITY / 3:
            return
        self.hidden_at = now
        try:
            self.ports.payment_queue.extend(self.messages, now)
        except Unavailable:
            return  # Another worker may process them too, which is harmless.


def _process_next(batch: _Batch) -> Failure | None:
    """Process the first message and remove it from the batch."""
    message = batch.messages[0]
    try:
        batch.keep()
        process(batch.ports, message.order_id)
    except Exception as error:
        _give_back(batch.ports, message)
        batch.ports.observe(Act.WORK, "given_back", message.order_id)
        return Failure(message.order_id, error)
    else:
        batch.ports.payment_queue.done([message])
        batch.ports.observe(Act.WORK, "done", message.order_id)
        return None
    finally:
        del batch.messages[0]


def _give_back(ports: Ports, message: ReceivedMessage) -> None:
    try:
        ports.payment_queue.retry(message, FIRST_RETRY * 2 ** (message.receives - 1), ports.clock.now())
    except Unavailable:
        return  # The message is delivered again when its visibility ends.
