"""The routes of events."""

from __future__ import annotations

import re

from flask import Blueprint, Response
from werkzeug.http import parse_etags

from ticketcore import EventFilter, EventStatus, LiveEvent, LivePage
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, Refusal, StaleVersion
from ticketcore_flask.api import Api, read_body, read_body_and_headers, read_query
from ticketcore_flask.operations import operation
from ticketcore_wire.event_schemas import (
    CHANGE_HEADERS,
    EVENT,
    EVENT_CHANGE,
    EVENT_PAGE,
    EVENT_QUERY,
    NEW_EVENT,
    ChangeHeaders,
)
from ticketcore_wire.problems import Forbidden, Unauthorized

# No event has this revision: a change that expects it is refused as stale.
_NEVER = 0

# What proxies that compress append to a tag; others make it weak.  Either way it is the tag of the same revision.
_MARK = re.compile(r"[-;:][\w.-]+$")


def _expected(headers: ChangeHeaders, revision: int) -> int | None:
    """Return the revision that a change is meant for (If-Match, RFC 9110, 13.1.1), ``None`` for any."""
    if headers.if_match is None:
        return None
    tags = parse_etags(headers.if_match)
    if tags.star_tag:
        return None
    found = {_MARK.sub("", tag) for tag in tags.as_set(include_weak=True) if tag}
    return revision if str(revision) in found else _NEVER


def _shown(api: Api, outcome: LiveEvent | Refusal, status: int = 200) -> Response:
    if isinstance(outcome, Refusal):
        return api.refuse(outcome)
    response = api.respond(EVENT, outcome, status, ETag=f'"{outcome.event.revision}"')
    if status == 201:
        response.headers["Location"] = api.location(f"/events/{outcome.event.id}")
    return response


def add_routes(blueprint: Blueprint, api: Api) -> None:
    """Add the routes under ``/events``."""
    box_office, organiser = api.box_office, api.organiser

    @blueprint.get("/events")
    @operation(
        "List events, soonest first",
        {200: EVENT_PAGE},
        query=EVENT_QUERY,
        refuses=InvalidRequest | Unauthorized | Forbidden,
    )
    def list_events() -> Response:
        query = read_query(EVENT_QUERY)
        if query.status not in {None, EventStatus.ON_SALE}:
            api.require(Role.ADMIN)
        if query.status is None:
            page = box_office.list_events(query.cursor, query.limit, query.starts_after)
        else:
            page = organiser.list_events(EventFilter(query.status, query.starts_after), query.cursor, query.limit)
        return api.respond(EVENT_PAGE, page) if isinstance(page, LivePage) else api.refuse(page)

    @blueprint.get("/events/<event_id>")
    @operation("Show an event", {200: EVENT}, response_headers=("ETag",), refuses=EventNotFound)
    def show_event(event_id: EventId) -> Response:
        live = box_office.event(event_id)
        is_draft = isinstance(live, LiveEvent) and live.event.status is EventStatus.DRAFT
        return _shown(api, EventNotFound() if is_draft and not api.has_key(Role.ADMIN) else live)

    @blueprint.post("/events")
    @operation(
        "Create an event",
        {201: EVENT},
        who="admin",
        body=NEW_EVENT,
        response_headers=("ETag", "Location"),
        refuses=InvalidRequest,
    )
    def create_event() -> Response:
        holder = api.require(Role.ADMIN)
        return _shown(api, organiser.create_event(read_body(NEW_EVENT), by=holder.name), 201)

    @blueprint.patch("/events/<event_id>")
    @operation(
        "Change an event",
        {200: EVENT},
        who="admin",
        body=EVENT_CHANGE,
        headers=CHANGE_HEADERS,
        response_headers=("ETag",),
        refuses=EventNotFound | InvalidRequest | CapacityInUse | StaleVersion,
    )
    def change_event(event_id: EventId) -> Response:
        holder = api.require(Role.ADMIN)
        change, headers = read_body_and_headers(EVENT_CHANGE, CHANGE_HEADERS)
        seen = box_office.event(event_id)
        if not isinstance(seen, LiveEvent):
            return api.refuse(seen)
        revision = _expected(headers, seen.event.revision)
        return _shown(api, organiser.change_event(event_id, change, revision, by=holder.name))
