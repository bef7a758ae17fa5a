"""The routes of an event's attendees, in pages of JSON or as one CSV, which is sent while it is read."""

from __future__ import annotations

from werkzeug.wrappers import Request

from ticketcore import AttendeePage, LiveEvent
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import EventNotFound, InvalidRequest, Refusal
from ticketcore_flask.api import Api, read_query
from ticketcore_flask.routes import Routes
from ticketcore_wire import attendee_csv
from ticketcore_wire.attendee_schemas import ATTENDEE_PAGE, ATTENDEE_QUERY
from ticketcore_wire.order_schemas import NOTHING
from ticketcore_wire.responses import Response

_JSON = "application/json"


def add_routes(routes: Routes, api: Api) -> None:
    """Add the routes of an event's attendees."""
    organiser = api.organiser

    @routes.add(
        "GET",
        "/events/<event_id>/attendees",
        "List an event's attendees, by order and number",
        {200: ATTENDEE_PAGE},
        who="admin",
        query=ATTENDEE_QUERY,
        response_headers=("Vary",),
        optional_headers=("Content-Disposition",),
        other_media_type=attendee_csv.MEDIA_TYPE,
        refuses=EventNotFound | InvalidRequest,
    )
    def list_attendees(request: Request, event_id: EventId) -> Response:
        api.require(request, Role.ADMIN)
        if request.accept_mimetypes.best_match([_JSON, attendee_csv.MEDIA_TYPE]) == attendee_csv.MEDIA_TYPE:
            response = _csv(api, request, event_id)
            response.headers["Vary"] = "Accept"
            return response
        query = read_query(ATTENDEE_QUERY, request)
        page = organiser.attendees(event_id, query.cursor, query.limit)
        if not isinstance(page, AttendeePage):
            return api.refuse(page, request)
        return api.respond(ATTENDEE_PAGE, page, Vary="Accept")

    @routes.add(
        "GET",
        "/events/<event_id>/attendees.csv",
        "Download all attendees of an event",
        {200: None},
        who="admin",
        media_type=attendee_csv.MEDIA_TYPE,
        response_headers=("Content-Disposition",),
        refuses=EventNotFound | InvalidRequest,
    )
    def download_attendees(request: Request, event_id: EventId) -> Response:
        api.require(request, Role.ADMIN)
        return _csv(api, request, event_id)


def _csv(api: Api, request: Request, event_id: EventId) -> Response:
    # It is never a page.
    read_query(NOTHING, request)
    live = api.box_office.event(event_id)
    if not isinstance(live, LiveEvent):
        return api.refuse(live, request)
    found = api.organiser.all_attendees(event_id)
    if isinstance(found, Refusal):
        return api.refuse(found, request)
    headers = {
        "Content-Type": attendee_csv.CONTENT_TYPE,
        "Content-Disposition": f'attachment; filename="attendees-{event_id}.csv"',
    }
    return Response(200, headers, chunks=attendee_csv.chunks(found, live.event.timezone))
