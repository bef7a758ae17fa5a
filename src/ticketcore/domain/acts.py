"""Acts of admins on events and API keys; those on orders and tickets are entries of the order's journal."""

from __future__ import annotations

import enum
from datetime import datetime

import attrs

from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.events import Event
from ticketcore.domain.texts import Text

#: The largest cursor of a page of acts: what a BIGINT holds.
MAX_ACT = 2**63 - 1
#: Fields of an event that its sales change.
_COUNTED = {"held", "sold", "version", "revision"}
_DESCRIBED = tuple(field.name for field in attrs.fields(Event) if field.name not in _COUNTED)


class AdminActKind(enum.StrEnum):
    """The kinds of acts."""

    EVENT_CREATED = "event_created"
    EVENT_CHANGED = "event_changed"
    KEY_CREATED = "key_created"
    KEY_REVOKED = "key_revoked"


_SENTENCES = {
    AdminActKind.EVENT_CREATED: Text("The event %(name)s was created (%(subject)s)."),
    AdminActKind.EVENT_CHANGED: Text("The event %(name)s was changed (%(subject)s): %(fields)s."),
    AdminActKind.KEY_CREATED: Text("The key %(name)s was created (%(subject)s)."),
    AdminActKind.KEY_REVOKED: Text("The key %(name)s was revoked (%(subject)s)."),
}


@attrs.frozen
class AdminAct:
    """One act: when, by the key of which name, and on what.

    ``by`` is ``None`` for an act without a key: at the command line, or by a program that uses the library.  ``subject`` is
    the id of the event or key, ``name`` its name then; ``fields`` are the fields of an event that changed.
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
    """Return the act of changing an event, or ``None`` if nothing changed."""
    fields = tuple(name for name in _DESCRIBED if getattr(before, name) != getattr(after, name))
    return AdminAct(at, by, AdminActKind.EVENT_CHANGED, after.id, after.name, fields) if fields else None


def key_created(key: ApiKey, by: str | None) -> AdminAct:
    """Return the act of creating an API key."""
    return AdminAct(key.created_at, by, AdminActKind.KEY_CREATED, key.id, key.name)


def key_revoked(key: ApiKey, by: str | None, at: datetime) -> AdminAct:
    """Return the act of revoking an API key."""
    return AdminAct(at, by, AdminActKind.KEY_REVOKED, key.id, key.name)
