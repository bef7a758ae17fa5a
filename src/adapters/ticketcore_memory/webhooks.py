"""Webhooks in process."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from ticketcore.domain.acts import AdminAct
from ticketcore.domain.deliveries import DeliveryBacklog, DeliveryStatus
from ticketcore.domain.ids import EventId, MessageId, WebhookId
from ticketcore.domain.texts import Text
from ticketcore.domain.webhook_news import TOLD_ACTS, TOLD_STEPS, EventNews, News, OrderNews, Position
from ticketcore.domain.webhooks import (
    LEASE,
    Cursor,
    Webhook,
    WebhookAnswer,
    WebhookDelivery,
    WebhookDeliveryPage,
    place_of,
)
from ticketcore.ports import Webhooks, WebhookSender
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryWebhooks(Webhooks):
    """The webhooks of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def add(self, webhook: Webhook, act: AdminAct) -> None:
        with self._ledger.lock:
            if webhook.id not in self._ledger.webhooks:
                self._ledger.webhooks[webhook.id] = webhook
                self._ledger.webhook_turns[webhook.id] = webhook.created_at
                self._ledger.webhook_positions[webhook.id] = self._end()
                self._ledger.acts.append(act)

    def _end(self) -> Position:
        return Position(len(self._ledger.entries), len(self._ledger.acts))

    def get(self, webhook_id: WebhookId) -> Webhook | None:
        with self._ledger.lock:
            return self._ledger.webhooks.get(webhook_id)

    def list(self) -> Sequence[Webhook]:
        with self._ledger.lock:
            return sorted(self._ledger.webhooks.values(), key=lambda webhook: (webhook.created_at, webhook.id))

    def remove(self, webhook_id: WebhookId, act: AdminAct) -> bool:
        with self._ledger.lock:
            if webhook_id not in self._ledger.webhooks:
                return False
            for rows in (self._ledger.webhooks, self._ledger.webhook_turns, self._ledger.webhook_positions):
                del rows[webhook_id]
            for message in self._of(webhook_id):
                del self._ledger.webhook_deliveries[message.id]
            self._ledger.acts.append(act)
            return True

    def _of(self, webhook_id: WebhookId) -> builtins.list[WebhookDelivery]:
        return [each for each in self._ledger.webhook_deliveries.values() if each.webhook_id == webhook_id]

    def news(self, webhook_id: WebhookId, limit: int) -> News | None:
        with self._ledger.lock:
            before = self._ledger.webhook_positions.get(webhook_id)
            if before is None:
                return None
            told = [
                number
                for number, entry in enumerate(self._ledger.entries[before.journal :], before.journal + 1)
                if entry.step in TOLD_STEPS
            ][:limit]
            acts = self._ledger.acts[before.acts : before.acts + limit]
            after = Position(told[-1] if told else before.journal, before.acts + len(acts))
            of_orders = [self._order_news(number) for number in told]
            of_events = [
                EventNews(act, self._ledger.events[EventId(act.subject)]) for act in acts if act.kind in TOLD_ACTS
            ]
            return News((*of_orders, *of_events), before, after)

    def _order_news(self, number: int) -> OrderNews:
        entry = self._ledger.entries[number - 1]
        order = attrs.evolve(self._ledger.orders[entry.order_id], delivery=None, payment=None)
        return OrderNews(entry, order, self._ledger.events[order.event_id])

    def record(self, news: News, messages: Sequence[WebhookDelivery], webhook_id: WebhookId, before: datetime) -> bool:
        with self._ledger.lock:
            if self._ledger.webhook_positions.get(webhook_id) != news.before:
                return False
            self._ledger.webhook_positions[webhook_id] = news.after
            for message in messages:
                self._ledger.webhook_deliveries.setdefault(message.id, message)
            for message in self._of(webhook_id):
                if message.created_at < before and message.status is not DeliveryStatus.PENDING:
                    del self._ledger.webhook_deliveries[message.id]
            return True

    def claim(self, now: datetime) -> WebhookDelivery | None:
        with self._ledger.lock:
            turns = sorted((turn, webhook_id) for webhook_id, turn in self._ledger.webhook_turns.items() if turn <= now)
            for _, webhook_id in turns:
                due = [each for each in self._of(webhook_id) if each.is_due(now)]
                if due:
                    return self._claimed(min(due, key=_schedule), now)
            return None

    def _claimed(self, message: WebhookDelivery, now: datetime) -> WebhookDelivery:
        claimed = message.claimed(now)
        self._ledger.webhook_deliveries[message.id] = claimed
        self._ledger.webhook_turns[message.webhook_id] = now + LEASE
        return claimed

    def settle(self, claimed: WebhookDelivery, after: WebhookDelivery, turn_at: datetime) -> bool:
        with self._ledger.lock:
            if self._ledger.webhook_deliveries.get(claimed.id) != claimed:
                return False
            self._ledger.webhook_deliveries[claimed.id] = after
            self._ledger.webhook_turns[claimed.webhook_id] = turn_at
            return True

    def deliveries(self, webhook_id: WebhookId, after: Cursor | None, limit: int) -> WebhookDeliveryPage:
        with self._ledger.lock:
            found = sorted(self._of(webhook_id), key=place_of, reverse=True)
        return WebhookDeliveryPage.of([each for each in found if after is None or place_of(each) < after], limit)

    def replay(self, webhook_id: WebhookId, message_id: MessageId, now: datetime) -> WebhookDelivery | None:
        with self._ledger.lock:
            message = self._ledger.webhook_deliveries.get(message_id)
            if message is None or message.webhook_id != webhook_id:
                return None
            replayed = self._ledger.webhook_deliveries[message_id] = message.replayed(now)
            return replayed

    def backlog(self) -> DeliveryBacklog:
        with self._ledger.lock:
            found = [*self._ledger.webhook_deliveries.values()]
        pending = [each.asked_at for each in found if each.status is DeliveryStatus.PENDING]
        undelivered = sum(each.status is DeliveryStatus.UNDELIVERED for each in found)
        return DeliveryBacklog(len(pending), undelivered, min(pending, default=None))


def _schedule(message: WebhookDelivery) -> tuple[datetime, datetime, int]:
    assert message.due_at is not None
    return message.due_at, message.created_at, message.number


@attrs.define(eq=False)
class MemoryWebhookSender(WebhookSender):
    """``sent`` is every request, oldest first; ``answers`` are those that it is to have by URL, else it is accepted."""

    sent: builtins.list[tuple[str, Mapping[str, str], bytes]] = attrs.field(factory=builtins.list)
    answers: dict[str, WebhookAnswer] = attrs.field(factory=dict)

    def fault(self, url: str) -> Text | None:
        return None

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        self.sent.append((url, headers, body))
        return self.answers.get(url, WebhookAnswer(204))
