"""Acts of admins on events, API keys and webhooks; those on orders and tickets are entries of the order's journal."""

from __future__ import annotations

import enum
from datetime import datetime

import attrs

from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.texts import Text
from ticketcore.domain.webhooks import Webhook

#: The largest cursor of a page of acts: what a BIGINT holds.
MAX_ACT = 2**63 - 1
#: Fields of an event that its sales change.
_COUNTED = {"held", "sold", "version", "revision"}
_DESCRIBED = tuple(field.name for field in attrs.fields(Event) if field.name not in _COUNTED)


class AdminActKind(enum.StrEnum):
    """The kinds of acts."""

    EVENT_CREATED = "event_created"
    EVENT_CHANGED = "event_changed"
    EVENT_CANCELLED = "event_cancelled"
    EVENT_REFUNDED = "event_refunded"
    KEY_CREATED = "key_created"
    KEY_REVOKED = "key_revoked"
    WEBHOOK_CREATED = "webhook_created"
    WEBHOOK_DELETED = "webhook_deleted"
    WEBHOOK_ENDED = "webhook_ended"


_SENTENCES = {
    AdminActKind.EVENT_CREATED: Text("The event %(name)s was created (%(subject)s)."),
    AdminActKind.EVENT_CHANGED: Text("The event %(name)s was changed (%(subject)s): %(fields)s."),
    AdminActKind.EVENT_CANCELLED: Text("The event %(name)s was cancelled (%(subject)s)."),
    AdminActKind.EVENT_REFUNDED: Text(
        "The refund of all paid orders of the event %(name)s was requested (%(subject)s)."
    ),
    AdminActKind.KEY_CREATED: Text("The key %(name)s was created (%(subject)s)."),
    AdminActKind.KEY_REVOKED: Text("The key %(name)s was revoked (%(subject)s)."),
    AdminActKind.WEBHOOK_CREATED: Text("A webhook to %(name)s was created (%(subject)s)."),
    AdminActKind.WEBHOOK_DELETED: Text("The webhook to %(name)s was deleted (%(subject)s)."),
    AdminActKind.WEBHOOK_ENDED: Text("The webhook to %(name)s was ended by its receiver (%(subject)s)."),
}


@attrs.frozen
class AdminAct:
    """One act: when, by the key of which name, and on what.

    ``by`` is ``None`` for an act without a key: at the command line, or by a program that uses the library.  ``subject`` is
    the id of the event, key or webhook, ``name`` its name then, of a webhook the origin of its URL; ``fields`` are the fields
    of an event that changed.
    """

    at: datetime
    by: str | None
    kind: AdminActKind
    subject: str
    name: str
    fields: tuple[str, ...] = ()

    @property
    def sentence(self) -> Text:
        """The act as a sentence."""
        facts = {"name": self.name, "subject": self.subject, "fields": ", ".join(self.fields)}
        message = _SENTENCES[self.kind]
        return message.with_values(**{name: fact for name, fact in facts.items() if f"%({name})s" in message.message})


@attrs.frozen
class ActPage:
    """One page of acts; ``after`` is the cursor of the next page, or ``None`` on the last one."""

    items: tuple[AdminAct, ...]
    after: int | None


def event_created(event: Event, by: str | None) -> AdminAct:
    """Return the act of creating an event."""
    return AdminAct(event.created_at, by, AdminActKind.EVENT_CREATED, event.id, event.name)


def event_changed(before: Event, after: Event, by: str | None, at: datetime) -> AdminAct | None:
    """Return the act of changing or cancelling an event, or ``None`` if nothing changed."""
    fields = tuple(name for name in _DESCRIBED if getattr(before, name) != getattr(after, name))
    is_cancelled = "status" in fields and after.status is EventStatus.CANCELLED
    kind = AdminActKind.EVENT_CANCELLED if is_cancelled else AdminActKind.EVENT_CHANGED
    return AdminAct(at, by, kind, after.id, after.name, fields) if fields else None


def event_refunded(event: Event, by: str | None, at: datetime) -> AdminAct:
    """Return the act of having all paid orders of an event refunded."""
    return AdminAct(at, by, AdminActKind.EVENT_REFUNDED, event.id, event.name)


def key_created(key: ApiKey, by: str | None) -> AdminAct:
    """Return the act of creating an API key."""
    return AdminAct(key.created_at, by, AdminActKind.KEY_CREATED, key.id, key.name)


def key_revoked(key: ApiKey, by: str | None, at: datetime) -> AdminAct:
    """Return the act of revoking an API key."""
    return AdminAct(at, by, AdminActKind.KEY_REVOKED, key.id, key.name)


def webhook_created(webhook: Webhook, by: str | None) -> AdminAct:
    """Return the act of creating a webhook."""
    return _of_webhook(webhook, AdminActKind.WEBHOOK_CREATED, by, webhook.created_at)


def webhook_deleted(webhook: Webhook, by: str | None, at: datetime) -> AdminAct:
    """Return the act of deleting a webhook."""
    return _of_webhook(webhook, AdminActKind.WEBHOOK_DELETED, by, at)


def webhook_ended(webhook: Webhook, at: datetime) -> AdminAct:
    """Return the act of a receiver that wants no more messages."""
    return _of_webhook(webhook, AdminActKind.WEBHOOK_ENDED, None, at)


def _of_webhook(webhook: Webhook, kind: AdminActKind, by: str | None, at: datetime) -> AdminAct:
    return AdminAct(at, by, kind, webhook.id, webhook.origin)
