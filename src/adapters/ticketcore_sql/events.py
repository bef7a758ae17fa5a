"""Events on SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache, lru_cache

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, Select, exists, func, select, tuple_, update

from ticketcore.domain import acts, announcements
from ticketcore.domain import events as rules
from ticketcore.domain.availability import Audit
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.events import Event, EventChange, EventFilter
from ticketcore.domain.ids import EventId
from ticketcore.domain.order_listing import Cursor
from ticketcore.domain.orders import HOLDING, OCCUPYING
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, StaleVersion
from ticketcore.domain.summary import EventSummary
from ticketcore.domain.tickets import TicketStatus
from ticketcore.ports import EventPage, Events
from ticketcore_sql import event_refunds, rows
from ticketcore_sql.acts import write_act
from ticketcore_sql.announcements import put
from ticketcore_sql.database import Database, insert_once
from ticketcore_sql.event_summary import places_of, summary
from ticketcore_sql.tables import IS_RESERVED, customers, events, orders, storable, tickets

_ONE = select(events).where(events.c.id == sa.bindparam("event_id"))
_LOCKED = _ONE.with_for_update()
_HAS_ORDERS = select(exists().where(orders.c.event_id == sa.bindparam("event_id")))


#: Of rows of the table's columns.  Most rows of a page were read before, and an event is never changed.
_event_of = lru_cache(maxsize=1024)(rows.event_of)

_IS_HOLDING = orders.c.status.in_([status.value for status in HOLDING])
_IS_COUNTED = orders.c.status.in_([status.value for status in OCCUPYING]) & orders.c.customer.is_not(None)


_TICKETS = (
    select(func.count())
    .select_from(tickets.join(orders, orders.c.id == tickets.c.order_id))
    .where(orders.c.event_id == events.c.id, tickets.c.status != TicketStatus.VOID.value)
    .scalar_subquery()
)
_OF_CUSTOMERS = (
    select(func.coalesce(func.sum(customers.c.places), 0)).where(customers.c.event_id == events.c.id).scalar_subquery()
)
_AUDIT = select(
    events.c.id,
    events.c.version,
    events.c.capacity,
    events.c.available,
    events.c.held,
    events.c.sold,
    places_of(_IS_HOLDING).label("held_by_orders"),
    places_of(~_IS_HOLDING).label("sold_by_orders"),
    _TICKETS.label("tickets"),
    _OF_CUSTOMERS.label("of_customers"),
    places_of(_IS_COUNTED).label("of_customers_by_orders"),
).where(events.c.id == sa.bindparam("event_id"))


@attrs.define(eq=False)
class SqlEvents(Events):
    """Events on Postgres or SQLite."""

    _database: Database

    def add(self, event: Event, by: str | None = None) -> None:
        def work(connection: Connection) -> None:
            if insert_once(connection, events, **rows.event_values(event)):
                write_act(connection, acts.event_created(event, by))

        self._database.write(work)

    def get(self, event_id: EventId) -> Event | None:
        row = self._database.run(_ONE, {"event_id": storable(event_id)})
        return _event_of(row) if row else None

    def list(self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int) -> EventPage:
        statement = _listing(wanted.status is not None, wanted.starts_after is not None, after is not None)
        found = self._database.run_all(statement, _listed(wanted, after) | {"most": limit + 1})
        page = tuple(map(_event_of, found[:limit]))
        return EventPage(page, (page[-1].date, page[-1].id) if len(found) > limit else None)

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        def work(
            connection: Connection,
        ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
            row = connection.execute(_LOCKED, {"event_id": event_id}).one_or_none()
            if row is None:
                return EventNotFound()
            has_orders = bool(connection.scalar(_HAS_ORDERS, {"event_id": event_id}))
            event = rows.event_of(row)
            changed = rules.change(event, wanted, now, has_orders=has_orders, revision=revision)
            act = acts.event_changed(event, changed, by, now) if isinstance(changed, Event) else None
            if isinstance(changed, Event) and act:
                connection.execute(update(events).where(events.c.id == event_id).values(**rows.event_values(changed)))
                write_act(connection, act)
                announcement = announcements.of_change(event, changed, wanted)
                if announcement:
                    put(connection, announcement)
            return changed

        return self._database.write(work)

    def request_refund(self, request: EventRefund) -> int | None:
        return event_refunds.request_refund(self._database, request)

    def refund_request(self) -> EventRefund | None:
        return event_refunds.next_request(self._database)

    def advance_refund(self, request: EventRefund, after: Cursor | None) -> bool:
        return event_refunds.advance_refund(self._database, request, after)

    @contextmanager
    def locked(self, event_id: EventId) -> Iterator[Event | None]:
        with self._database.transaction() as connection:
            row = connection.execute(_LOCKED, {"event_id": event_id}).one_or_none()
            yield rows.event_of(row) if row else None

    def due(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        if not event_ids:
            return {}
        statement = (
            select(orders.c.event_id, func.sum(orders.c.places))
            .where(
                orders.c.event_id.in_(event_ids),
                IS_RESERVED,
                orders.c.expires_at <= now,
            )
            .group_by(orders.c.event_id)
        )
        found = self._database.read(lambda connection: connection.execute(statement).all())
        return {EventId(event_id): int(places) for event_id, places in found}

    def audit(self, event_id: EventId) -> Audit | None:
        row = self._database.read(lambda connection: connection.execute(_AUDIT, {"event_id": event_id}).one_or_none())
        return Audit(EventId(row[0]), *(int(figure) for figure in row[1:])) if row else None

    def summary(self, event_id: EventId, now: datetime) -> EventSummary | None:
        return summary(self._database, event_id, now)

    def check(self) -> None:
        self._database.check()


@cache
def _listing(is_of_status: bool, is_later: bool, goes_on: bool) -> Select[tuple[object, ...]]:
    """Return the statement of a page, by what its values limit."""
    date = events.c.date.type
    statement = select(events).order_by(events.c.date, events.c.id).limit(sa.bindparam("most", type_=sa.Integer))
    if is_of_status:
        statement = statement.where(events.c.status == sa.bindparam("status"))
    if is_later:
        statement = statement.where(events.c.date > sa.bindparam("starts_after", type_=date))
    if goes_on:
        here = tuple_(sa.bindparam("after_date", type_=date), sa.bindparam("after_id", type_=events.c.id.type))
        statement = statement.where(tuple_(events.c.date, events.c.id) > here)
    return statement


def _listed(wanted: EventFilter, after: tuple[datetime, EventId] | None) -> dict[str, object]:
    date, event_id = after or (None, None)
    values = {
        "status": wanted.status and wanted.status.value,
        "starts_after": wanted.starts_after,
        "after_date": date,
        "after_id": event_id,
    }
    return {name: value for name, value in values.items() if value is not None}
