"""The routes of events."""

from __future__ import annotations

from flask import Blueprint, Response, request

from ticketcore import BoxOffice, EventChange, EventDraft, EventFilter, EventStatus, LiveEvent, Organiser
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, StaleVersion
from ticketcore_flask.credentials import Credentials
from ticketcore_flask.operations import operation
from ticketcore_flask.requests import read_body, read_query
from ticketcore_flask.responses import answer, location, refuse
from ticketcore_wire.problems import Forbidden, Unauthorized
from ticketcore_wire.representations import event_json
from ticketcore_wire.request_schemas import DEFAULT_PAGE, EVENT_CHANGE, EVENT_QUERY, IF_MATCH, NEW_EVENT, write_cursor

# No event has this revision: a change that expects it is refused as stale.
_NEVER = 0


def _etag(live: LiveEvent) -> str:
    return f'"{live.event.revision}"'


def _expected(revision: int) -> int | None:
    """Answer the revision that the change is meant for (If-Match, RFC 9110, 13.1.1), ``None`` for any."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return revision if request.if_match.contains(str(revision)) else _NEVER


def events_blueprint(box_office: BoxOffice, organiser: Organiser, credentials: Credentials) -> Blueprint:
    """Answer the routes under ``/events``."""
    blueprint = Blueprint("events", __name__)

    @blueprint.get("/events")
    @operation(
        "List events, soonest first",
        {200: "EventPage"},
        query=EVENT_QUERY,
        refuses=InvalidRequest | Unauthorized | Forbidden,
    )
    def list_events() -> Response:
        query = read_query(EVENT_QUERY)
        status, starts_after = query.get("status"), query.get("starts_after")
        after, limit = query.get("cursor"), query.get("limit", DEFAULT_PAGE)
        if status not in (None, EventStatus.ON_SALE):
            credentials.require(Role.ADMIN)
        if status is None:
            page = box_office.list_events(after, limit, starts_after)
        else:
            page = organiser.list_events(EventFilter(status, starts_after), after, limit)
        return answer({"items": [event_json(live) for live in page.items], "next_cursor": write_cursor(page.after)})

    @blueprint.get("/events/<event_id>")
    @operation("Show an event", {200: "Event"}, answer_headers=("ETag",), refuses=EventNotFound)
    def show_event(event_id: str) -> Response:
        live = box_office.event(EventId(ids.opaque(event_id)))
        return answer(event_json(live), ETag=_etag(live)) if isinstance(live, LiveEvent) else refuse(live)

    @blueprint.post("/events")
    @operation(
        "Create an event",
        {201: "Event"},
        who="admin",
        body=NEW_EVENT,
        answer_headers=("ETag", "Location"),
        refuses=InvalidRequest,
    )
    def create_event() -> Response:
        credentials.require(Role.ADMIN)
        live = organiser.create_event(EventDraft(**read_body(NEW_EVENT)))
        if not isinstance(live, LiveEvent):
            return refuse(live)
        return answer(event_json(live), 201, ETag=_etag(live), Location=location(f"/events/{live.event.id}"))

    @blueprint.patch("/events/<event_id>")
    @operation(
        "Change an event",
        {200: "Event"},
        who="admin",
        body=EVENT_CHANGE,
        headers=(IF_MATCH,),
        answer_headers=("ETag",),
        refuses=EventNotFound | InvalidRequest | CapacityInUse | StaleVersion,
    )
    def change_event(event_id: str) -> Response:
        credentials.require(Role.ADMIN)
        change = EventChange(**read_body(EVENT_CHANGE))
        seen = box_office.event(EventId(ids.opaque(event_id)))
        if not isinstance(seen, LiveEvent):
            return refuse(seen)
        live = organiser.change_event(seen.event.id, change, _expected(seen.event.revision))
        return answer(event_json(live), ETag=_etag(live)) if isinstance(live, LiveEvent) else refuse(live)

    return blueprint
