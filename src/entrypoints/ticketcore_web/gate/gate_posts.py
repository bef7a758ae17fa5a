"""The post of a gate: the event that it admits to and its name, kept in a cookie for as long as a session lasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote, unquote

import attrs
from flask import Response, request

from ticketcore import EventFilter, EventStatus, Holder, LiveEvent
from ticketcore.domain.events import Event
from ticketcore.domain.ids import event_id as read_event_id
from ticketcore.domain.refusals import EventNotFound, Fault, InvalidRequest, Refusal, WrongEvent
from ticketcore.domain.texts import InvalidValue
from ticketcore_web.gate.guard import GateGuard
from ticketcore_web.sessions import LASTS
from ticketcore_wire.ticket_schemas import GATE

_COOKIE = "ticketcore-gate-post"
#: An event is offered until a day after it has begun.
_STILL = timedelta(days=1)
_MOST_OFFERED = 100
#: Sales may be over while the doors are open.
_OFFERED = {EventStatus.ON_SALE, EventStatus.CLOSED}


@attrs.frozen
class GatePost:
    """The event that a gate admits to, and the gate's name."""

    event: Event
    gate: str


def chosen(guard: GateGuard, event_id: str, gate: str) -> GatePost | EventNotFound | WrongEvent | InvalidRequest:
    """Return the post of an event and a gate's name, or why the key of the one who has signed in has none there."""
    live = guard.site.box_office.event(read_event_id(event_id))
    if not isinstance(live, LiveEvent):
        return live
    bound = guard.holder.event_ids
    if bound is not None and live.event.id not in bound:
        return WrongEvent()
    try:
        return GatePost(live.event, GATE.decode(gate))
    except InvalidValue as wrong:
        return InvalidRequest((Fault("gate", wrong.text),))


def current(guard: GateGuard) -> GatePost | None:
    """Return the post that was chosen, or the only one of a key that is bound to one event; ``None`` if one is to be chosen."""
    kept = guard.site.cookies.get(_COOKIE, request)
    event_id, _, gate = (kept or _only(guard.holder)).partition(".")
    post = chosen(guard, event_id, unquote(gate)) if event_id else None
    return post if isinstance(post, GatePost) else None


def offered(guard: GateGuard) -> Sequence[Event]:
    """Return the events of which one may be chosen, soonest first."""
    site, bound = guard.site, guard.holder.event_ids
    if bound is not None:
        found = [site.box_office.event(event_id) for event_id in bound]
        events = [live.event for live in found if isinstance(live, LiveEvent)]
        return sorted(events, key=lambda event: event.date)
    page = site.organiser.list_events(EventFilter(starts_after=site.now - _STILL), None, _MOST_OFFERED)
    items = () if isinstance(page, Refusal) else page.items
    return [live.event for live in items if live.event.status in _OFFERED]


def keep(guard: GateGuard, post: GatePost, response: Response) -> None:
    """Have the browser keep a post."""
    value = f"{post.event.id}.{quote(post.gate, safe='')}"
    seconds = int(LASTS.total_seconds())
    guard.site.cookies.keep(_COOKIE, value, seconds, request, response, is_strict=True)


def forget(guard: GateGuard, response: Response) -> None:
    """Have the browser forget the post."""
    guard.site.cookies.keep(_COOKIE, "", 0, request, response, is_strict=True)


def _only(holder: Holder) -> str:
    bound = [*(holder.event_ids or ())]
    return f"{bound[0]}.{quote(holder.name, safe='')}" if len(bound) == 1 else ""
