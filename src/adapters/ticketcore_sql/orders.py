"""Orders on SQL.

A sale is one conditional statement (``reserve``).  Every other decision locks the order's row, asks the core's rule, and
writes what the rule answered, in one short transaction.  Locks are always taken order first, then event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from ticketcore.domain import journal as story
from ticketcore.domain import payments, reservations
from ticketcore.domain.events import MAX_PER_ORDER, EventStatus
from ticketcore.domain.ids import AttemptId, EventId, OrderId, TicketCode
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import NEXT_STEP, Change, Delivery, Order, OrderStatus
from ticketcore.domain.payments import Attempt, AttemptStatus, PayRefusal, RefundRefusal, Settlement
from ticketcore.domain.refusals import EventNotFound, OrderNotFound, SoldOut
from ticketcore.domain.reservations import CancelRefusal, Reservation, ReserveRefusal
from ticketcore.domain.tickets import Ticket, TicketStatus
from ticketcore.ports import Orders, TicketCodeTaken
from ticketcore_sql import reserve_statement, rows
from ticketcore_sql.database import Database
from ticketcore_sql.expiry import expire_due
from ticketcore_sql.stalled_orders import remind
from ticketcore_sql.tables import events, journal, orders, outbox, payment_attempts
from ticketcore_sql.tables import tickets as ticket_table
from ticketcore_sql.transitions import move

_ONE = select(orders).where(orders.c.id == sa.bindparam("order_id"))
_BY_DIGEST = select(orders).where(orders.c.digest == sa.bindparam("digest"))
_EVENT = select(events).where(events.c.id == sa.bindparam("event_id"))
_LOCKED = (
    select(orders, events.c.status.label("event_status"))
    .join(events)
    .where(orders.c.id == sa.bindparam("order_id"))
    # Not the key: whoever writes a row that belongs to the order need not wait, nor deadlock with us.
    .with_for_update(of=orders, key_share=True)
)
_ATTEMPT = select(payment_attempts).where(payment_attempts.c.id == sa.bindparam("attempt_id"))
_ATTEMPT_OF_ORDER = select(payment_attempts).where(payment_attempts.c.order_id == sa.bindparam("order_id"))
_JOURNAL = select(journal).where(journal.c.order_id == sa.bindparam("order_id")).order_by(journal.c.id)

_RESERVE_TRIES = 3


@attrs.define(eq=False)
class SqlOrders(Orders):
    _database: Database

    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        for _ in range(_RESERVE_TRIES):
            outcome = self._hold(wanted, now) or self._why_not(wanted, now)
            if outcome is not None:
                return outcome
        # Others have won the places that came back each time we looked.
        return SoldOut(0)

    def _hold(self, wanted: Reservation, now: datetime) -> Change | None:
        if not 1 <= wanted.quantity <= MAX_PER_ORDER:
            return None
        if not self._database.is_postgres:
            return self._database.write(lambda connection: _hold_on_sqlite(connection, wanted, now))
        try:
            return self._database.write_one(lambda connection: reserve_statement.on_postgres(connection, wanted, now))
        except IntegrityError:
            before = self.get(wanted.order_id)
            if before is None:
                raise
            return Change(before)

    def _why_not(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal | None:
        """Answer why the statement held nothing, or ``None`` if by now it might."""
        before = self.get(wanted.order_id)
        if before is not None:
            return Change(before)
        row = self._one(_EVENT, event_id=wanted.event_id)
        if row is None:
            return EventNotFound()
        outcome = reservations.reserve(rows.event_of(row), wanted, now)
        return None if isinstance(outcome, Order) else outcome

    def _one(self, statement: Select[Any], **values: str) -> Row[Any] | None:
        return self._database.read(lambda connection: connection.execute(statement, values).one_or_none())

    def get(self, order_id: OrderId) -> Order | None:
        row = self._one(_ONE, order_id=order_id)
        return rows.order_of(row) if row else None

    def find(self, digest: str) -> Order | None:
        row = self._one(_BY_DIGEST, digest=digest)
        return rows.order_of(row) if row else None

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        def work(connection: Connection) -> Order | PayRefusal:
            row = connection.execute(_LOCKED, {"order_id": attempt.order_id}).one_or_none()
            if row is None:
                return OrderNotFound()
            order = rows.order_of(row)
            outcome = payments.start(order, EventStatus(row.event_status), now)
            if not isinstance(outcome, Order) or outcome == order:
                return outcome
            connection.execute(insert(payment_attempts), _attempt_values(attempt, now))
            connection.execute(insert(outbox), {"order_id": order.id})
            return move(connection, order, outcome, now).order

        return self._database.write(work)

    def attempt(self, order_id: OrderId) -> Attempt | None:
        row = self._one(_ATTEMPT_OF_ORDER, order_id=order_id)
        return rows.attempt_of(row) if row else None

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        def work(connection: Connection) -> Change:
            attempt, order, event_status = _lock_attempt(connection, attempt_id)
            settled = payments.capture(order, attempt, event_status, code)
            change = _sync(connection, attempt, order, settled, now)
            if settled.attempt != attempt and settled.attempt.status is AttemptStatus.CAPTURED:
                connection.execute(insert(ticket_table), [rows.ticket_values(ticket) for ticket in tickets])
            return change

        try:
            return self._database.write(work)
        except IntegrityError:
            if self._one(select(orders.c.id).where(orders.c.ticket_code == code)) is None:
                raise
            return TicketCodeTaken(code)

    def decline(self, attempt_id: AttemptId, now: datetime) -> Change:
        def work(connection: Connection) -> Change:
            attempt, order, _ = _lock_attempt(connection, attempt_id)
            return _sync(connection, attempt, order, payments.decline(order, attempt), now)

        return self._database.write(work)

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        def work(connection: Connection) -> Change | RefundRefusal:
            row = connection.execute(_LOCKED, {"order_id": order_id}).one_or_none()
            if row is None:
                return OrderNotFound()
            order = rows.order_of(row)
            attempt_row = connection.execute(_ATTEMPT_OF_ORDER, {"order_id": order_id}).one_or_none()
            attempt = rows.attempt_of(attempt_row) if attempt_row else None
            settled = payments.refund(order, attempt, now)
            if not isinstance(settled, Settlement):
                return settled
            if settled.order != order:
                _void_tickets(connection, order_id)
                connection.execute(insert(outbox), {"order_id": order_id})
            return _sync(connection, attempt, order, settled, now)

        return self._database.write(work)

    def finish_refund(self, attempt_id: AttemptId, now: datetime) -> None:
        def work(connection: Connection) -> None:
            attempt, order, _ = _lock_attempt(connection, attempt_id)
            if attempt.status is AttemptStatus.REFUNDING:
                _write_attempt(connection, attempt.to(AttemptStatus.REFUNDED))
                connection.execute(insert(journal), rows.entry_values(story.money_returned(order.id, now)))

        self._database.write(work)

    def cancel(self, order_id: OrderId, now: datetime) -> Change | CancelRefusal:
        def work(connection: Connection) -> Change | CancelRefusal:
            row = connection.execute(_LOCKED, {"order_id": order_id}).one_or_none()
            if row is None:
                return OrderNotFound()
            order = rows.order_of(row)
            outcome = reservations.cancel(order, now)
            return move(connection, order, outcome, now) if isinstance(outcome, Order) else outcome

        return self._database.write(work)

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return expire_due(self._database, event_id, now, limit)

    def advance(self, order_id: OrderId, done: Delivery, now: datetime) -> Order | None:
        def work(connection: Connection) -> Order | None:
            order = rows.order_of(connection.execute(_LOCKED, {"order_id": order_id}).one())
            if order.status is not OrderStatus.PAID:
                return None
            if NEXT_STEP.get(order.delivery) is not done:
                return order
            after = attrs.evolve(order, delivery=done)
            connection.execute(update(orders).where(orders.c.id == order_id).values(delivery=done.value))
            connection.execute(insert(journal), rows.entry_values(story.advanced(after, now)))
            return after

        return self._database.write(work)

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        return remind(self._database, before, now, limit)

    def note(self, entry: Entry) -> None:
        self._database.write_one(lambda connection: connection.execute(insert(journal), rows.entry_values(entry)))

    def journal(self, order_id: OrderId) -> Sequence[Entry]:
        found = self._database.read(lambda connection: connection.execute(_JOURNAL, {"order_id": order_id}).all())
        return tuple(rows.entry_of(row) for row in found)


def _hold_on_sqlite(connection: Connection, wanted: Reservation, now: datetime) -> Change | None:
    before = connection.execute(_ONE, {"order_id": wanted.order_id}).one_or_none()
    return Change(rows.order_of(before)) if before else reserve_statement.on_sqlite(connection, wanted, now)


def _attempt_values(attempt: Attempt, now: datetime) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "order_id": attempt.order_id,
        "token": attempt.token,
        "amount": attempt.amount.minor,
        "currency": attempt.amount.currency,
        "status": attempt.status.value,
        "created_at": now,
    }


def _lock_attempt(connection: Connection, attempt_id: AttemptId) -> tuple[Attempt, Order, EventStatus]:
    """Lock the attempt's order, then read both: whoever held the lock before may have changed either."""
    order_id = connection.execute(_ATTEMPT, {"attempt_id": attempt_id}).one().order_id
    row = connection.execute(_LOCKED, {"order_id": order_id}).one()
    attempt = rows.attempt_of(connection.execute(_ATTEMPT, {"attempt_id": attempt_id}).one())
    return attempt, rows.order_of(row), EventStatus(row.event_status)


def _sync(connection: Connection, attempt: Attempt | None, order: Order, settled: Settlement, now: datetime) -> Change:
    if settled.attempt != attempt:
        _write_attempt(connection, settled.attempt)
        if settled.order == order:
            connection.execute(insert(journal), rows.entry_values(story.late_charge(order, now)))
    return move(connection, order, settled.order, now)


def _write_attempt(connection: Connection, attempt: Attempt) -> None:
    row = payment_attempts.c.id == attempt.id
    connection.execute(update(payment_attempts).where(row).values(status=attempt.status.value))


def _void_tickets(connection: Connection, order_id: OrderId) -> None:
    unused = (ticket_table.c.order_id == order_id) & (ticket_table.c.status == TicketStatus.VALID.value)
    connection.execute(update(ticket_table).where(unused).values(status=TicketStatus.VOID.value))
