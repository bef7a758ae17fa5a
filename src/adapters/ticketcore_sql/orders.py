"""Orders on SQL.

A reservation is one conditional statement (``reserve_statement``), a decision about an order another
(``decision_statement``).  Locks are always taken order first, then event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, Select, insert, select
from sqlalchemy.exc import IntegrityError

from ticketcore.domain.correcting import CustomerPlaces
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import MAX_PER_ORDER, EventStatus
from ticketcore.domain.ids import AttemptId, CustomerDigest, EventId, OrderId
from ticketcore.domain.journal import Entry
from ticketcore.domain.ledger_faults import StoredOrder
from ticketcore.domain.order_listing import Cursor, OrderFilter, OrderPage
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.refusals import SoldOut
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.domain.retention import AddressedOrder
from ticketcore.ports import Conflict, Orders
from ticketcore_sql import decision_batch, decision_statement, reserve_statement, rows
from ticketcore_sql.database import Database
from ticketcore_sql.expiry import expire_due
from ticketcore_sql.order_listing import listing
from ticketcore_sql.stalled_orders import poll, remind
from ticketcore_sql.statements import Row
from ticketcore_sql.stored_orders import read_page
from ticketcore_sql.tables import (
    ADDRESSED,
    IS_PROCESSING,
    customers,
    deliveries,
    events,
    journal,
    orders,
    payment_attempts,
    storable,
)

_WITH_ALL = orders.outerjoin(
    deliveries, (deliveries.c.order_id == orders.c.id) & (deliveries.c.kind == DeliveryKind.TICKETS.value)
).outerjoin(payment_attempts, payment_attempts.c.order_id == orders.c.id)
_SEEN = (
    deliveries.c.status.label("delivery"),
    payment_attempts.c.status.label("attempt_status"),
    payment_attempts.c.action_type,
    payment_attempts.c.action,
    payment_attempts.c.expires_at.label("attempt_expires_at"),
    payment_attempts.c.method,
    payment_attempts.c.owed,
)
_ORDERS = select(orders, *_SEEN).select_from(_WITH_ALL)
_ONE = _ORDERS.where(orders.c.id == sa.bindparam("order_id"))
_BY_DIGEST = _ORDERS.where(orders.c.digest == sa.bindparam("digest"))
_BY_TICKET_CODE = select(orders.c.id).where(orders.c.ticket_code == sa.bindparam("ticket_code"))
_RECORDS = select(
    orders,
    *_SEEN,
    events.c.status.label("event_status"),
    events.c.timezone,
    payment_attempts.c.id.label("attempt_id"),
    payment_attempts.c.currency.label("attempt_currency"),
    *(payment_attempts.c[name] for name in ("token", "amount", "reference", "poll_at", "polls")),
    *(payment_attempts.c[name] for name in ("requested", "returned")),
).select_from(_WITH_ALL.join(events, events.c.id == orders.c.event_id))
_RECORD = _RECORDS.where(orders.c.id == sa.bindparam("order_id"))
_RECORDS_OF = _RECORDS.where(orders.c.id.in_(sa.bindparam("order_ids", expanding=True)))
_OF_CUSTOMER = (customers.c.event_id == events.c.id) & (customers.c.customer == sa.bindparam("customer"))
_CUSTOMER_PLACES = (
    select(sa.func.coalesce(customers.c.places, 0).label("held"), events.c.max_per_customer.label("most"))
    .select_from(events.outerjoin(customers, _OF_CUSTOMER))
    .where(events.c.id == sa.bindparam("event_id"))
)
_OF_ATTEMPT = select(payment_attempts.c.order_id).where(payment_attempts.c.id == sa.bindparam("attempt_id"))
_JOURNAL = select(journal).where(journal.c.order_id == sa.bindparam("order_id")).order_by(journal.c.id)

_STRANDED = select(orders.c.id).join(events).where(IS_PROCESSING, events.c.status == EventStatus.CANCELLED.value)

_ADDRESSED = select(orders.c.id, events.c.date).join(events).where(ADDRESSED).order_by(orders.c.id)

_RESERVE_TRIES = 3


@attrs.define(eq=False)
class SqlOrders(Orders):
    """Orders on Postgres or SQLite."""

    _database: Database

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        for _ in range(_RESERVE_TRIES):
            outcome = self._hold(wanted, now) or self._why_not(wanted, now)
            if outcome is not None:
                return outcome
        # Other buyers won the places that came back, each time.
        return SoldOut(0)

    def _hold(self, wanted: ReservationRequest, now: datetime) -> Change | None:
        if not 1 <= wanted.quantity <= MAX_PER_ORDER:
            return None
        if not self._database.is_postgres:
            return self._database.write(lambda connection: _hold_on_sqlite(connection, wanted, now))
        try:
            return reserve_statement.on_postgres(self._database, wanted, now)
        except IntegrityError as error:
            before = self.get(wanted.order_id)
            if before is not None:
                return Change(before)
            if reserve_statement.is_overtaken(error):
                return None
            raise

    def _why_not(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal | None:
        """Return why the statement held nothing, or ``None`` if by now it might."""
        before = self.get(wanted.order_id)
        if before is not None:
            return Change(before)
        return self.would_refuse(wanted, now)

    def would_refuse(self, wanted: ReservationRequest, now: datetime) -> ReserveRefusal | None:
        return self._database.read(lambda connection: reserve_statement.refusal(connection, wanted, now))

    def customer_places(self, event_id: EventId, customer: CustomerDigest) -> CustomerPlaces:
        row = self._one(_CUSTOMER_PLACES, event_id=event_id, customer=customer)
        return CustomerPlaces(row.held, row.most) if row else CustomerPlaces(0, None)

    def _one(self, statement: Select[*tuple[Any, ...]], **values: str) -> Row | None:
        return self._database.run(statement, {name: storable(value) for name, value in values.items()})

    def get(self, order_id: OrderId) -> Order | None:
        row = self._one(_ONE, order_id=order_id)
        return rows.order_of(row) if row else None

    def find(self, digest: str) -> Order | None:
        row = self._one(_BY_DIGEST, digest=digest)
        return rows.order_of(row) if row else None

    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        statement = listing(_ORDERS, wanted, now, after, limit + 1)
        found = self._database.read(lambda connection: connection.execute(statement).all())
        return OrderPage.of([rows.order_of(row) for row in found], limit)

    def load(self, order_id: OrderId) -> OrderRecord | None:
        row = self._one(_RECORD, order_id=order_id)
        return rows.record_of(row) if row else None

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        try:
            if self._database.is_postgres:
                return decision_statement.on_postgres(self._database, record, decision)
            return self._database.write(lambda connection: decision_statement.on_sqlite(connection, record, decision))
        except IntegrityError as error:
            if decision_statement.has_too_many(error) or self._is_overtaken(record, decision):
                return Conflict()
            raise

    def load_all(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, OrderRecord]:
        values = {"order_ids": [each for order_id in order_ids if (each := storable(order_id)) is not None]}
        found = self._database.read(lambda connection: connection.execute(_RECORDS_OF, values).all())
        return {OrderId(row.id): rows.record_of(row) for row in found}

    def write_all(self, decided: Sequence[tuple[OrderRecord, Decision]]) -> Sequence[Change | Conflict]:
        if len(decided) < 2 or not all(decision_batch.fits(*each) for each in decided):
            return self._write_one_by_one(decided)
        try:
            if self._database.is_postgres:
                return decision_batch.on_postgres(self._database, decided)
            return self._database.write(
                lambda connection: [decision_statement.on_sqlite(connection, *each) for each in decided]
            )
        except IntegrityError:
            # One of them is a conflict that undoes the statement; the others are none for that.
            return self._write_one_by_one(decided)

    def _write_one_by_one(self, decided: Sequence[tuple[OrderRecord, Decision]]) -> Sequence[Change | Conflict]:
        return [self.write(record, decision) for record, decision in decided]

    def _is_overtaken(self, record: OrderRecord, decision: Decision) -> bool:
        valid = self._database.read(lambda connection: decision_statement.count_valid(connection, decision))
        is_used = valid != len(decision.voids)
        return is_used or self._is_code_taken(decision.order) or self.load(record.order.id) != record

    def _is_code_taken(self, order: Order) -> bool:
        return order.ticket_code is not None and self._one(_BY_TICKET_CODE, ticket_code=order.ticket_code) is not None

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return expire_due(self._database, event_id, now, limit)

    def stranded(self, limit: int) -> Sequence[OrderId]:
        found = self._database.read(lambda connection: connection.execute(_STRANDED.limit(limit)).scalars().all())
        return tuple(OrderId(order_id) for order_id in found)

    def page(self, after: OrderId | None, limit: int) -> Sequence[StoredOrder]:
        return read_page(self._database, _RECORDS, after, limit)

    def addressed(
        self, customer_email: str | None, before: datetime | None, after: OrderId | None, limit: int
    ) -> Sequence[AddressedOrder]:
        wanted = _ADDRESSED
        if customer_email is not None:
            wanted = wanted.where(sa.func.lower(orders.c.customer_email) == customer_email.lower())
        if before is not None:
            wanted = wanted.where(events.c.date < before)
        if after is not None:
            wanted = wanted.where(orders.c.id > after)
        found = self._database.read(lambda connection: connection.execute(wanted.limit(limit)).all())
        return tuple(AddressedOrder(OrderId(row.id), row.date) for row in found)

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        return remind(self._database, before, now, limit)

    def poll(self, now: datetime, again_at: datetime, limit: int) -> int:
        return poll(self._database, now, again_at, limit)

    def of_attempt(self, attempt_id: AttemptId) -> OrderId | None:
        row = self._one(_OF_ATTEMPT, attempt_id=attempt_id)
        return OrderId(row.order_id) if row else None

    def note(self, entry: Entry) -> None:
        self._database.write_one(lambda connection: connection.execute(insert(journal), rows.entry_values(entry)))

    def journal(self, order_id: OrderId) -> Sequence[Entry]:
        found = self._database.read(lambda connection: connection.execute(_JOURNAL, {"order_id": order_id}).all())
        return tuple(rows.entry_of(row) for row in found)


def _hold_on_sqlite(connection: Connection, wanted: ReservationRequest, now: datetime) -> Change | None:
    before = connection.execute(_ONE, {"order_id": wanted.order_id}).one_or_none()
    return Change(rows.order_of(before)) if before else reserve_statement.on_sqlite(connection, wanted, now)
