"""The port of webhooks: which there are, what they are to be told, and the messages to them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ticketcore.domain.acts import AdminAct
from ticketcore.domain.deliveries import DeliveryBacklog
from ticketcore.domain.ids import MessageId, WebhookId
from ticketcore.domain.webhook_news import News
from ticketcore.domain.webhooks import Cursor, Webhook, WebhookDelivery, WebhookDeliveryPage


class Webhooks(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached; retrying is safe then."""

    __slots__ = ()

    @abstractmethod
    def add(self, webhook: Webhook, act: AdminAct) -> None:
        """Add a webhook with its act, positioned behind all that is recorded; one that is there is not changed.

        Whatever begins to be written after this call returned is news to it.
        """

    @abstractmethod
    def get(self, webhook_id: WebhookId) -> Webhook | None:
        """Return a webhook, or ``None`` if there is none."""

    @abstractmethod
    def list(self) -> Sequence[Webhook]:
        """Return all webhooks, oldest first."""

    @abstractmethod
    def remove(self, webhook_id: WebhookId, act: AdminAct) -> bool:
        """Remove a webhook with its messages, write the act, and return whether it was there; else write nothing."""

    @abstractmethod
    def news(self, webhook_id: WebhookId, limit: int) -> News | None:
        """Return what was recorded behind the position of a webhook, at most ``limit`` entries and as many acts.

        Entries whose step is in ``TOLD_STEPS`` are returned, and acts in ``TOLD_ACTS``; others are passed over.  What is
        recorded and not yet visible is never passed over: nothing behind it is returned before.  Return ``None`` if there is
        no such webhook, or if what is being written has to be waited for.
        """

    @abstractmethod
    def record(self, news: News, messages: Sequence[WebhookDelivery], webhook_id: WebhookId, before: datetime) -> bool:
        """Store the messages of news and move the webhook's position behind these, at once, and return whether that was done.

        Nothing is done if the position is no longer that before the news.  A message whose id is there is left out.
        Messages of the webhook made before ``before`` that are not pending are removed, perhaps some at the next call.
        """

    @abstractmethod
    def claim(self, now: datetime) -> WebhookDelivery | None:
        """Claim a message that is due, and return it as ``WebhookDelivery.claimed``, or ``None``.

        It is the soonest of the webhook that has waited longest for its turn; of those that were made and are due at the same
        time, the one of the lowest number.  That webhook has no turn, and no other caller
        gets the message, until it is settled or the lease has ended.  A webhook that is being claimed is skipped.
        """

    @abstractmethod
    def settle(self, claimed: WebhookDelivery, after: WebhookDelivery, turn_at: datetime) -> bool:
        """Write what became of a claimed message, and when its webhook has a turn; return whether it was written.

        Nothing is written if the message was replayed, claimed again or removed meanwhile, nor for a repetition.
        """

    @abstractmethod
    def deliveries(self, webhook_id: WebhookId, after: Cursor | None, limit: int) -> WebhookDeliveryPage:
        """Return one page of the messages to a webhook, newest first, behind ``after``."""

    @abstractmethod
    def replay(self, webhook_id: WebhookId, message_id: MessageId, now: datetime) -> WebhookDelivery | None:
        """Have a message sent again (``WebhookDelivery.replayed``) and return it, or ``None`` if the webhook has none such."""

    @abstractmethod
    def backlog(self) -> DeliveryBacklog:
        """Return how many messages are pending and undelivered, and since when the oldest pending one is asked for."""
