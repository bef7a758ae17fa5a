"""The routes of events."""

from __future__ import annotations

import re
from functools import partial

from werkzeug.http import parse_etags
from werkzeug.wrappers import Request

from ticketcore import EventFilter, EventStatus, LiveEvent, LivePage
from ticketcore.application import early_faults
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, Refusal, StaleVersion
from ticketcore_flask.api import Api, read_body, read_body_and_headers, read_query
from ticketcore_flask.routes import Routes
from ticketcore_wire.event_schemas import (
    CHANGE_HEADERS,
    EVENT,
    EVENT_CHANGE,
    EVENT_PAGE,
    EVENT_QUERY,
    EVENT_REFUND,
    NEW_EVENT,
    ChangeHeaders,
)
from ticketcore_wire.order_schemas import NOTHING
from ticketcore_wire.problems import Forbidden, Unauthorized
from ticketcore_wire.responses import Response
from ticketcore_wire.summary_schemas import SUMMARY

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


def _shown(api: Api, request: Request, outcome: LiveEvent | Refusal, status: int = 200) -> Response:
    if isinstance(outcome, Refusal):
        return api.refuse(outcome, request)
    response = api.respond(EVENT, outcome, status, ETag=f'"{outcome.event.revision}"')
    if status == 201:
        response.headers["Location"] = api.location(request, f"/events/{outcome.event.id}")
    return response


def add_routes(routes: Routes, api: Api) -> None:
    """Add the routes under ``/events``."""
    box_office, organiser = api.box_office, api.organiser

    @routes.add(
        "GET",
        "/events",
        "List events, soonest first",
        {200: EVENT_PAGE},
        query=EVENT_QUERY,
        refuses=InvalidRequest | Unauthorized | Forbidden,
        is_for_buyers=True,
    )
    def list_events(request: Request) -> Response:
        query = read_query(EVENT_QUERY, request)
        if query.status not in {None, EventStatus.ON_SALE}:
            api.require(request, Role.ADMIN)
        if query.status is None:
            page = box_office.list_events(query.cursor, query.limit, query.starts_after)
        else:
            page = organiser.list_events(EventFilter(query.status, query.starts_after), query.cursor, query.limit)
        return api.respond(EVENT_PAGE, page) if isinstance(page, LivePage) else api.refuse(page, request)

    @routes.add(
        "GET",
        "/events/<event_id>",
        "Show an event",
        {200: EVENT},
        response_headers=("ETag",),
        refuses=EventNotFound,
        is_for_buyers=True,
    )
    def show_event(request: Request, event_id: EventId) -> Response:
        live = box_office.event(event_id)
        is_draft = isinstance(live, LiveEvent) and live.event.status is EventStatus.DRAFT
        return _shown(api, request, EventNotFound() if is_draft and not api.has_key(request, Role.ADMIN) else live)

    @routes.add(
        "GET", "/events/<event_id>/summary", "Sum up an event", {200: SUMMARY}, who="admin", refuses=EventNotFound
    )
    def summarise_event(request: Request, event_id: EventId) -> Response:
        api.require(request, Role.ADMIN)
        summary = organiser.summary(event_id)
        return api.refuse(summary, request) if isinstance(summary, Refusal) else api.respond(SUMMARY, summary)

    @routes.add(
        "POST",
        "/events/<event_id>/refund",
        "Refund every paid order of an event",
        {202: EVENT_REFUND},
        who="admin",
        body=NOTHING,
        refuses=EventNotFound,
    )
    def refund_event(request: Request, event_id: EventId) -> Response:
        holder = api.require(request, Role.ADMIN)
        read_body(NOTHING, request)
        count = organiser.refund_event(event_id, by=holder.name)
        return api.respond(EVENT_REFUND, count, 202) if isinstance(count, int) else api.refuse(count, request)

    @routes.add(
        "POST",
        "/events",
        "Create an event",
        {201: EVENT},
        who="admin",
        body=NEW_EVENT,
        response_headers=("ETag", "Location"),
        refuses=InvalidRequest,
    )
    def create_event(request: Request) -> Response:
        holder = api.require(request, Role.ADMIN)
        draft = read_body(NEW_EVENT, request, partial(early_faults.of_draft, organiser))
        return _shown(api, request, organiser.create_event(draft, by=holder.name), 201)

    @routes.add(
        "PATCH",
        "/events/<event_id>",
        "Change an event",
        {200: EVENT},
        who="admin",
        body=EVENT_CHANGE,
        headers=CHANGE_HEADERS,
        response_headers=("ETag",),
        refuses=EventNotFound | InvalidRequest | CapacityInUse | StaleVersion,
    )
    def change_event(request: Request, event_id: EventId) -> Response:
        holder = api.require(request, Role.ADMIN)
        change, headers = read_body_and_headers(
            EVENT_CHANGE, CHANGE_HEADERS, request, partial(early_faults.of_change, organiser, event_id)
        )
        seen = box_office.event(event_id)
        if not isinstance(seen, LiveEvent):
            return api.refuse(seen, request)
        revision = _expected(headers, seen.event.revision)
        return _shown(api, request, organiser.change_event(event_id, change, revision, by=holder.name))
