"""Faults of fields that a use case would find, for a request that is refused before it has all that the use case takes.

The fields are right by themselves; their names are those of the draft, the change or the webhook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ticketcore.application.organiser import Organiser
from ticketcore.domain import event_times, events, ids
from ticketcore.domain.events import EventChange
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import Fault, InvalidRequest


def of_draft(organiser: Organiser, fields: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of a draft's fields that depend on time zones and the clock."""
    zone = events.timezone_fault(fields.get("timezone"), organiser.knows_timezone)
    if zone:
        yield Fault("timezone", zone)
    date = fields.get("date")
    past = None if date is None else event_times.past_fault(date, organiser.clock.now())
    if past and not fields.get("allow_past"):
        yield past


def of_change(organiser: Organiser, event_id: EventId, fields: Mapping[str, Any]) -> Sequence[Fault]:
    """Return the faults of a change's fields, as the event now is.

    Raises ``Unavailable`` if the ledger cannot be reached.
    """
    event = organiser.ports.events.get(ids.event_id(event_id))
    if event is None:
        return ()
    change = events.without_unknown_timezone(EventChange(**fields), organiser.knows_timezone)
    outcome = events.change(event, change, organiser.clock.now(), has_orders=event.available != event.capacity)
    return outcome.errors if isinstance(outcome, InvalidRequest) else ()


def of_webhook(organiser: Organiser, fields: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the fault of a new webhook's URL that depends on where it leads."""
    fault = organiser.ports.webhook_sender.fault(fields["url"]) if "url" in fields else None
    if fault:
        yield Fault("url", fault)
