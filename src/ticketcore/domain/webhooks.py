"""Webhooks: what other programs are told of sales and events, how it is signed, and when it is tried again.

Messages are signed as Standard Webhooks wants it (https://www.standardwebhooks.com).
"""

from __future__ import annotations

import base64
import enum
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Self

import attrs

from ticketcore.domain import deliveries
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.ids import MessageId, WebhookId
from ticketcore.domain.webhook_urls import WebhookUrl

#: More would make every sale many messages.
MAX_WEBHOOKS = 20
ID_BYTES = 10
SECRET_BYTES = 24
#: A claimed message of which no outcome is recorded is due again after this time: more than one try takes.
LEASE = timedelta(minutes=1)
#: How long a receiver that failed is left alone, so that those that answer do not wait for it.
REST = timedelta(seconds=10)
#: How long what became of a message is kept.
KEPT = timedelta(days=30)

_PREFIX = "whsec_"
_GONE = 410


class Topic(enum.StrEnum):
    """What a message is about."""

    ORDER_PAID = "order.paid"
    ORDER_REFUNDED = "order.refunded"
    EVENT_CHANGED = "event.changed"
    EVENT_CANCELLED = "event.cancelled"
    EVENT_SOLD_OUT = "event.sold_out"


@attrs.frozen
class Webhook:
    """A URL that is told of some topics; ``secret`` signs the messages, and its receiver verifies them with it."""

    id: WebhookId
    url: str = attrs.field(repr=False)
    topics: tuple[Topic, ...]
    secret: bytes = attrs.field(repr=False)
    created_at: datetime

    @property
    def origin(self) -> str:
        """The URL without its path, which may hold a secret."""
        return WebhookUrl.parse(self.url).origin

    @property
    def secret_text(self) -> str:
        """The secret as its receiver needs it."""
        return _PREFIX + base64.b64encode(self.secret).decode()


def topics_of(wanted: Iterable[Topic]) -> tuple[Topic, ...]:
    """Return topics in their order, each once."""
    found = set(wanted)
    return tuple(topic for topic in Topic if topic in found)


@attrs.frozen
class WebhookAnswer:
    """What came of one try: the status of the response, or ``None`` with the reason why there was none."""

    status: int | None
    failure: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more messages."""
        return self.status == _GONE


@attrs.frozen
class WebhookDelivery:
    """One message to one webhook; ``payload`` is the JSON that is sent, ``number`` its place among those made together.

    ``asked_at`` is when its tries began, which a replay begins again.  ``tries`` counts the tries that began, ``due_at`` is
    when the next one begins, or ``None`` if there is none.  ``tried_at``, ``answer`` and ``failure`` are of the last one.
    """

    id: MessageId
    webhook_id: WebhookId
    topic: Topic
    payload: str = attrs.field(repr=False)
    created_at: datetime
    asked_at: datetime
    due_at: datetime | None
    tries: int = 0
    status: DeliveryStatus = DeliveryStatus.PENDING
    tried_at: datetime | None = None
    answer: int | None = None
    failure: str | None = None
    number: int = 0

    def is_due(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now

    def claimed(self, now: datetime) -> WebhookDelivery:
        """Return this message while it is being tried."""
        return attrs.evolve(self, tries=self.tries + 1, due_at=now + LEASE)

    def tried(self, answer: WebhookAnswer, now: datetime) -> WebhookDelivery:
        """Return this message after a try: delivered, due again later, or given up after ``deliveries.MAX_AGE``."""
        last = attrs.evolve(self, tried_at=now, answer=answer.status, failure=answer.failure)
        if answer.is_success:
            return attrs.evolve(last, status=DeliveryStatus.DELIVERED, due_at=None)
        due_at = deliveries.next_try(self.tries, self.asked_at, now)
        status = DeliveryStatus.UNDELIVERED if due_at is None else DeliveryStatus.PENDING
        return attrs.evolve(last, status=status, due_at=due_at)

    def replayed(self, now: datetime) -> WebhookDelivery:
        """Return this message to be sent again at once, with tries of its own; it keeps its id."""
        return attrs.evolve(self, status=DeliveryStatus.PENDING, asked_at=now, due_at=now, tries=0)


def rest_until(answer: WebhookAnswer, now: datetime) -> datetime:
    """Return from when on a webhook may be tried again after one of its messages was."""
    return now if answer.is_success else now + REST


#: Where a page of messages ended: when its last one was made, and its id.
Cursor = tuple[datetime, MessageId]


@attrs.frozen
class WebhookDeliveryPage:
    """One page of messages, newest first; ``after`` is the cursor of the next page, or ``None`` on the last one."""

    items: tuple[WebhookDelivery, ...]
    after: Cursor | None

    @classmethod
    def of(cls, found: Iterable[WebhookDelivery], limit: int) -> Self:
        """Return the page of the first ``limit`` of these messages, of which one more shows that there is another page."""
        rest = list(found)
        items = tuple(rest[:limit])
        return cls(items, place_of(items[-1]) if len(rest) > limit else None)


def place_of(delivery: WebhookDelivery) -> Cursor:
    """Return where a message stands in a listing; the latest place comes first."""
    return delivery.created_at, delivery.id


# Signatures


def signed_headers(webhook: Webhook, message: WebhookDelivery, now: datetime) -> Mapping[str, str]:
    """Return the headers by which a receiver knows a message again and verifies it."""
    timestamp = str(int(now.timestamp()))
    signed = f"{message.id}.{timestamp}.{message.payload}".encode()
    signature = base64.b64encode(hmac.digest(webhook.secret, signed, hashlib.sha256)).decode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "ticketcore",
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
