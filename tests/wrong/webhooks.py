"""Webhooks with one rule broken each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from ticketcore.domain.acts import AdminAct
from ticketcore.domain.deliveries import DeliveryBacklog, DeliveryStatus
from ticketcore.domain.ids import MessageId, WebhookId
from ticketcore.domain.webhook_news import EventNews, News, Position
from ticketcore.domain.webhooks import Cursor, Webhook, WebhookAnswer, WebhookDelivery, WebhookDeliveryPage, place_of
from ticketcore_memory import MemoryWebhooks, MemoryWebhookSender
from ticketcore_testing.samples import MILLISECOND


class AddsAWebhookOver(MemoryWebhooks):
    """Replaces a webhook that is there."""

    def add(self, webhook: Webhook, act: AdminAct) -> None:
        super().add(webhook, act)
        self._ledger.webhooks[webhook.id] = webhook


class TellsWhatWasBefore(MemoryWebhooks):
    """Begins with the first sale that there ever was."""

    def add(self, webhook: Webhook, act: AdminAct) -> None:
        super().add(webhook, act)
        self._ledger.webhook_positions[webhook.id] = Position(0, 0)


class RemovesSilently(MemoryWebhooks):
    """Removes a webhook without the act."""

    def remove(self, webhook_id: WebhookId, act: AdminAct) -> bool:
        removed = super().remove(webhook_id, act)
        if removed:
            self._ledger.acts.remove(act)
        return removed


class TellsNoChanges(MemoryWebhooks):
    """Leaves the acts out."""

    def news(self, webhook_id: WebhookId, limit: int) -> News | None:
        news = super().news(webhook_id, limit)
        if news is None:
            return None
        return attrs.evolve(news, items=tuple(item for item in news.items if not isinstance(item, EventNews)))


class ForgetsTheLimitOfNews(MemoryWebhooks):
    """Returns all news at once."""

    def news(self, webhook_id: WebhookId, limit: int) -> News | None:
        return super().news(webhook_id, 1000)


class SkipsNews(MemoryWebhooks):
    """Moves behind an entry that it has not returned."""

    def news(self, webhook_id: WebhookId, limit: int) -> News | None:
        news = super().news(webhook_id, limit)
        return attrs.evolve(news, items=news.items[:-1]) if news and len(news.items) > 1 else news


class RecordsTwice(MemoryWebhooks):
    """Records news that another process has recorded."""

    def record(self, news: News, messages: Sequence[WebhookDelivery], webhook_id: WebhookId, before: datetime) -> bool:
        current = self._ledger.webhook_positions.get(webhook_id)
        return current is not None and super().record(attrs.evolve(news, before=current), messages, webhook_id, before)


class RecordsOver(MemoryWebhooks):
    """Replaces a message that is there."""

    def record(self, news: News, messages: Sequence[WebhookDelivery], webhook_id: WebhookId, before: datetime) -> bool:
        recorded = super().record(news, messages, webhook_id, before)
        self._ledger.webhook_deliveries |= {each.id: each for each in messages if recorded}
        return recorded


class KeepsItsPosition(MemoryWebhooks):
    """Records messages and stays where it was."""

    def record(self, news: News, messages: Sequence[WebhookDelivery], webhook_id: WebhookId, before: datetime) -> bool:
        return super().record(attrs.evolve(news, after=news.before), messages, webhook_id, before)


class KeepsEverything(MemoryWebhooks):
    """Removes no old message."""

    def record(self, news: News, messages: Sequence[WebhookDelivery], webhook_id: WebhookId, before: datetime) -> bool:
        return super().record(news, messages, webhook_id, before.replace(year=1))


class RemovesWhatIsPending(MemoryWebhooks):
    """Removes every old message."""

    def record(self, news: News, messages: Sequence[WebhookDelivery], webhook_id: WebhookId, before: datetime) -> bool:
        recorded = super().record(news, messages, webhook_id, before)
        for message in self._of(webhook_id):
            if message.created_at < before:
                del self._ledger.webhook_deliveries[message.id]
        return recorded


class ClaimsEarly(MemoryWebhooks):
    """Takes a message a millisecond before it is due."""

    def claim(self, now: datetime) -> WebhookDelivery | None:
        return super().claim(now + MILLISECOND)


class ClaimsWithoutALease(MemoryWebhooks):
    """Takes a message that another process has in hand."""

    def _claimed(self, message: WebhookDelivery, now: datetime) -> WebhookDelivery:
        claimed = super()._claimed(message, now)
        self._ledger.webhook_deliveries[message.id] = attrs.evolve(claimed, due_at=now)
        self._ledger.webhook_turns[message.webhook_id] = now
        return claimed


class ClaimsSeveral(MemoryWebhooks):
    """Takes a webhook's next message while another is in hand."""

    def _claimed(self, message: WebhookDelivery, now: datetime) -> WebhookDelivery:
        claimed = super()._claimed(message, now)
        self._ledger.webhook_turns[message.webhook_id] = now
        return claimed


class IgnoresTheNumber(MemoryWebhooks):
    """Sends messages that were made together as they come."""

    def claim(self, now: datetime) -> WebhookDelivery | None:
        messages = self._ledger.webhook_deliveries
        for message in [*messages.values()]:
            messages[message.id] = attrs.evolve(message, number=-message.number)
        claimed = super().claim(now)
        for message in [*messages.values()]:
            messages[message.id] = attrs.evolve(message, number=-message.number)
        return claimed and messages[claimed.id]


class ServesTheFirst(MemoryWebhooks):
    """Gives the turn to the webhook that had it."""

    def settle(self, claimed: WebhookDelivery, after: WebhookDelivery, turn_at: datetime) -> bool:
        return super().settle(claimed, after, turn_at.replace(year=turn_at.year - 1))


class SettlesAnything(MemoryWebhooks):
    """Writes an outcome whatever happened since the claim."""

    def settle(self, claimed: WebhookDelivery, after: WebhookDelivery, turn_at: datetime) -> bool:
        self._ledger.webhook_deliveries[claimed.id] = after
        self._ledger.webhook_turns[claimed.webhook_id] = turn_at
        return True


class SettlesByTheTry(MemoryWebhooks):
    """Takes a message that was replayed for the one in hand."""

    def settle(self, claimed: WebhookDelivery, after: WebhookDelivery, turn_at: datetime) -> bool:
        now = self._ledger.webhook_deliveries.get(claimed.id)
        is_current = now is not None and now.status is DeliveryStatus.PENDING and now.tries <= claimed.tries
        if is_current:
            self._ledger.webhook_deliveries[claimed.id] = claimed
        return is_current and super().settle(claimed, after, turn_at)


class ListsTheOldestMessages(MemoryWebhooks):
    """Lists messages as they came."""

    def deliveries(self, webhook_id: WebhookId, after: Cursor | None, limit: int) -> WebhookDeliveryPage:
        found = sorted(self._of(webhook_id), key=place_of)
        return WebhookDeliveryPage.of([each for each in found if after is None or place_of(each) > after], limit)


class ReplaysForAnyWebhook(MemoryWebhooks):
    """Sends another webhook's message again."""

    def replay(self, webhook_id: WebhookId, message_id: MessageId, now: datetime) -> WebhookDelivery | None:
        message = self._ledger.webhook_deliveries.get(message_id)
        return message and super().replay(message.webhook_id, message_id, now)


class ReplaysLater(MemoryWebhooks):
    """Keeps the tries of a message that is replayed."""

    def replay(self, webhook_id: WebhookId, message_id: MessageId, now: datetime) -> WebhookDelivery | None:
        before = self._ledger.webhook_deliveries.get(message_id)
        replayed = super().replay(webhook_id, message_id, now)
        if before and replayed:
            replayed = self._ledger.webhook_deliveries[message_id] = attrs.evolve(replayed, tries=before.tries)
        return replayed


class CountsTheDelivered(MemoryWebhooks):
    """Takes every message that is not pending for one that was given up."""

    def backlog(self) -> DeliveryBacklog:
        done = sum(each.status is not DeliveryStatus.PENDING for each in self._ledger.webhook_deliveries.values())
        return attrs.evolve(super().backlog(), undelivered=done)


# Senders


class LeavesHeadersOut(MemoryWebhookSender):
    """Sends a message that cannot be verified."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        return super().send(url, {}, body)


class SaysThatItSent(MemoryWebhookSender):
    """Sends nothing."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        return WebhookAnswer(204)


class AcceptsEverything(MemoryWebhookSender):
    """Takes every answer for an acceptance."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        super().send(url, headers, body)
        return WebhookAnswer(204)


class CopiesItsRequests(MemoryWebhookSender):
    """Stores a longer copy of the list of requests."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        before: Sequence[tuple[str, Mapping[str, str], bytes]] = self.sent
        self.sent = [*before, (url, headers, body)]
        return self.answers.get(url, WebhookAnswer(204))
