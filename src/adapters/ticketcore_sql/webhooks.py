"""Webhooks on SQL.

Ids of journal entries and acts are given out in order, but transactions commit in any.  A position must not pass an id that is
given out and not yet visible, so that on Postgres news are read up to an id of which all before are settled (``journal_end``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, case, delete, exists, func, select, tuple_, update

from ticketcore.domain.acts import AdminAct
from ticketcore.domain.deliveries import DeliveryBacklog, DeliveryStatus
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, MessageId, OrderId, WebhookId
from ticketcore.domain.orders import Order
from ticketcore.domain.webhook_news import TOLD_ACTS, EventNews, News, OrderNews, Position
from ticketcore.domain.webhooks import LEASE, Cursor, Webhook, WebhookDelivery, WebhookDeliveryPage
from ticketcore.ports import Webhooks
from ticketcore_sql import journal_end, rows
from ticketcore_sql.acts import write_act
from ticketcore_sql.database import Database, insert_into, insert_once
from ticketcore_sql.statements import Row
from ticketcore_sql.tables import (
    TOLD,
    UNDELIVERED,
    acts,
    events,
    journal,
    orders,
    storable,
    webhook_deliveries,
    webhooks,
)

#: Messages that ``record`` removes at once.  It stands in the statement, so that Postgres knows that they are few.
_REMOVED = 100

_PENDING = webhook_deliveries.c.status == DeliveryStatus.PENDING.value
_ONE = select(webhooks).where(webhooks.c.id == sa.bindparam("webhook_id"))
_ALL = select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)
_ENTRIES = (
    select(journal)
    .where(TOLD, journal.c.id > sa.bindparam("before"), journal.c.id <= sa.bindparam("settled"))
    .order_by(journal.c.id)
    .limit(sa.bindparam("most"))
)
_ACTS = (
    select(acts)
    .where(acts.c.id > sa.bindparam("before"), acts.c.id <= sa.bindparam("settled"))
    .order_by(acts.c.id)
    .limit(sa.bindparam("most"))
)
_ORDERS = select(orders, *rows.WITHOUT_MAIL_AND_PAYMENT).where(orders.c.id.in_(sa.bindparam("ids", expanding=True)))
_EVENTS = select(events).where(events.c.id.in_(sa.bindparam("ids", expanding=True)))

_TIME = webhook_deliveries.c.due_at.type
_IS_DUE = UNDELIVERED & (webhook_deliveries.c.due_at <= sa.bindparam("now", type_=_TIME))
_NEXT = (
    select(webhooks.c.id)
    .where(
        webhooks.c.turn_at <= sa.bindparam("now", type_=_TIME),
        exists().where(webhook_deliveries.c.webhook_id == webhooks.c.id, _IS_DUE),
    )
    .order_by(webhooks.c.turn_at, webhooks.c.id)
    .limit(1)
)
_NEXT_LOCKED = _NEXT.with_for_update(skip_locked=True)
_SOONEST = (
    select(webhook_deliveries)
    .where(webhook_deliveries.c.webhook_id == sa.bindparam("webhook_id"), _IS_DUE)
    .order_by(webhook_deliveries.c.due_at, webhook_deliveries.c.created_at, webhook_deliveries.c.number)
    .limit(1)
    .with_for_update()
)
_BACKLOG = select(
    func.count(case((_PENDING, 1))),
    func.count(case((~_PENDING, 1))),
    func.min(case((_PENDING, webhook_deliveries.c.asked_at)), type_=_TIME),
).where(UNDELIVERED)


@attrs.define(eq=False)
class SqlWebhooks(Webhooks):
    """Webhooks on Postgres or SQLite."""

    _database: Database

    def add(self, webhook: Webhook, act: AdminAct) -> None:
        def work(connection: Connection) -> None:
            end = connection.execute(journal_end.END).one()
            values = rows.webhook_values(webhook) | {"journal_position": end.journal, "acts_position": end.acts}
            if insert_once(connection, webhooks, **values, turn_at=webhook.created_at):
                write_act(connection, act)

        self._database.write(work)

    def get(self, webhook_id: WebhookId) -> Webhook | None:
        row = self._row(webhook_id)
        return rows.webhook_of(row) if row else None

    def _row(self, webhook_id: WebhookId) -> Row | None:
        return self._database.run(_ONE, {"webhook_id": storable(webhook_id)})

    def list(self) -> Sequence[Webhook]:
        found = self._database.read(lambda connection: connection.execute(_ALL).all())
        return tuple(rows.webhook_of(row) for row in found)

    def remove(self, webhook_id: WebhookId, act: AdminAct) -> bool:
        def work(connection: Connection) -> bool:
            # The webhook first, as everywhere: two that meet cannot wait for each other.
            if connection.execute(_ONE.with_for_update(), {"webhook_id": webhook_id}).one_or_none() is None:
                return False
            connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id))
            connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))
            write_act(connection, act)
            return True

        return self._database.write(work)

    def news(self, webhook_id: WebhookId, limit: int) -> News | None:
        row = self._row(webhook_id)
        settled = self._settled() if row else None
        if row is None or settled is None:
            return None
        before = Position(row.journal_position, row.acts_position)
        return self._database.read(lambda connection: _news(connection, before, settled, limit))

    def _settled(self) -> Position | None:
        return journal_end.settled(self._database)

    def record(self, news: News, messages: Sequence[WebhookDelivery], webhook_id: WebhookId, before: datetime) -> bool:
        moved = update(webhooks).where(
            webhooks.c.id == webhook_id,
            webhooks.c.journal_position == news.before.journal,
            webhooks.c.acts_position == news.before.acts,
        )
        after = {"journal_position": news.after.journal, "acts_position": news.after.acts}

        def work(connection: Connection) -> bool:
            if not connection.execute(moved.values(**after)).rowcount:
                return False
            if messages:
                values = [rows.webhook_delivery_values(message) for message in messages]
                connection.execute(insert_into(connection, webhook_deliveries).on_conflict_do_nothing(), values)
            connection.execute(_ended(webhook_id, before))
            return True

        return self._database.write(work)

    def claim(self, now: datetime) -> WebhookDelivery | None:
        # Most looks find nothing: those must not wait for the one writer that SQLite has.
        if self._database.run(_NEXT, {"now": now}) is None:
            return None
        return self._database.write(lambda connection: _claim(connection, now))

    def settle(self, claimed: WebhookDelivery, after: WebhookDelivery, turn_at: datetime) -> bool:
        def work(connection: Connection) -> bool:
            connection.execute(_ONE.with_for_update(), {"webhook_id": claimed.webhook_id})
            settled = update(webhook_deliveries).where(
                _PENDING,
                webhook_deliveries.c.id == claimed.id,
                webhook_deliveries.c.asked_at == claimed.asked_at,
                webhook_deliveries.c.tries == claimed.tries,
                webhook_deliveries.c.due_at == claimed.due_at,
            )
            if not connection.execute(settled.values(**rows.webhook_delivery_values(after))).rowcount:
                return False
            connection.execute(_turn(claimed.webhook_id, turn_at))
            return True

        return self._database.write(work)

    def deliveries(self, webhook_id: WebhookId, after: Cursor | None, limit: int) -> WebhookDeliveryPage:
        place = tuple_(webhook_deliveries.c.created_at, webhook_deliveries.c.id)
        statement = (
            select(webhook_deliveries)
            .where(webhook_deliveries.c.webhook_id == storable(webhook_id))
            .order_by(webhook_deliveries.c.created_at.desc(), webhook_deliveries.c.id.desc())
            .limit(limit + 1)
        )
        if after is not None:
            made_at, message_id = after
            statement = statement.where(place < tuple_(sa.literal(made_at, _TIME), sa.literal(message_id)))
        found = self._database.read(lambda connection: connection.execute(statement).all())
        return WebhookDeliveryPage.of([rows.webhook_delivery_of(row) for row in found], limit)

    def replay(self, webhook_id: WebhookId, message_id: MessageId, now: datetime) -> WebhookDelivery | None:
        one = select(webhook_deliveries).where(
            webhook_deliveries.c.id == storable(message_id), webhook_deliveries.c.webhook_id == storable(webhook_id)
        )

        def work(connection: Connection) -> WebhookDelivery | None:
            row = connection.execute(one.with_for_update()).one_or_none()
            if row is None:
                return None
            replayed = rows.webhook_delivery_of(row).replayed(now)
            _write(connection, replayed)
            return replayed

        return self._database.write(work)

    def backlog(self) -> DeliveryBacklog:
        return DeliveryBacklog(*self._database.read(lambda connection: connection.execute(_BACKLOG).one()))


def _news(connection: Connection, before: Position, settled: Position, limit: int) -> News:
    entries = connection.execute(_ENTRIES, {"before": before.journal, "settled": settled.journal, "most": limit}).all()
    of_admins = connection.execute(_ACTS, {"before": before.acts, "settled": settled.acts, "most": limit}).all()
    after = Position(
        entries[-1].id if entries else before.journal,
        of_admins[-1].id if of_admins else before.acts,
    )
    told = [act for act in map(rows.act_of, of_admins) if act.kind in TOLD_ACTS]
    found = _orders(connection, [row.order_id for row in entries])
    known = _events(connection, [*(order.event_id for order in found.values()), *(act.subject for act in told)])
    of_orders = [
        OrderNews(rows.entry_of(row), order := found[OrderId(row.order_id)], known[order.event_id]) for row in entries
    ]
    return News((*of_orders, *(EventNews(act, known[EventId(act.subject)]) for act in told)), before, after)


def _orders(connection: Connection, order_ids: Sequence[str]) -> dict[OrderId, Order]:
    if not order_ids:
        return {}
    found = connection.execute(_ORDERS, {"ids": [*{*order_ids}]}).all()
    return {OrderId(row.id): rows.order_of(row) for row in found}


def _events(connection: Connection, event_ids: Sequence[str]) -> dict[EventId, Event]:
    if not event_ids:
        return {}
    found = connection.execute(_EVENTS, {"ids": [*{*event_ids}]}).all()
    return {EventId(row.id): rows.event_of(row) for row in found}


def _claim(connection: Connection, now: datetime) -> WebhookDelivery | None:
    webhook_id = connection.execute(_NEXT_LOCKED, {"now": now}).scalar_one_or_none()
    row = webhook_id and connection.execute(_SOONEST, {"webhook_id": webhook_id, "now": now}).one_or_none()
    if not row:
        return None
    claimed = rows.webhook_delivery_of(row).claimed(now)
    _write(connection, claimed)
    connection.execute(_turn(claimed.webhook_id, now + LEASE))
    return claimed


def _write(connection: Connection, message: WebhookDelivery) -> None:
    written = update(webhook_deliveries).where(webhook_deliveries.c.id == message.id)
    connection.execute(written.values(**rows.webhook_delivery_values(message)))


def _turn(webhook_id: WebhookId, turn_at: datetime) -> sa.Update:
    return update(webhooks).where(webhooks.c.id == webhook_id).values(turn_at=turn_at)


def _ended(webhook_id: WebhookId, before: datetime) -> sa.Delete:
    """Return what removes some old messages that are not pending."""
    old = (
        select(webhook_deliveries.c.id)
        .where(webhook_deliveries.c.webhook_id == webhook_id, webhook_deliveries.c.created_at < before, ~_PENDING)
        .order_by(webhook_deliveries.c.created_at)
        .limit(sa.literal_column(str(_REMOVED)))
    )
    return delete(webhook_deliveries).where(webhook_deliveries.c.id.in_(old))
