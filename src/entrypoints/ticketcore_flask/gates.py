"""The routes of gates without network."""

from __future__ import annotations

from werkzeug.wrappers import Request

from ticketcore.domain.api_keys import Role
from ticketcore.domain.refusals import EventNotFound, InvalidRequest, Refusal, WrongEvent
from ticketcore_flask.api import Api, read_body, read_query
from ticketcore_flask.routes import Routes
from ticketcore_wire.gate_schemas import BUNDLE, BUNDLE_QUERY, MERGED_SCANS, OFFLINE_SCANS
from ticketcore_wire.responses import Response


def add_routes(routes: Routes, api: Api) -> None:
    """Add the routes under ``/gate``."""
    box_office = api.box_office

    @routes.add(
        "GET",
        "/gate/bundle",
        "Get what a gate needs to judge tickets without network",
        {200: BUNDLE},
        who="gate or admin",
        query=BUNDLE_QUERY,
        refuses=EventNotFound | WrongEvent | InvalidRequest,
    )
    def get_bundle(request: Request) -> Response:
        holder = api.require(request, Role.GATE, Role.ADMIN)
        bundle = read_query(BUNDLE_QUERY, request).bundle(box_office, holder)
        return api.refuse(bundle, request) if isinstance(bundle, Refusal) else api.respond(BUNDLE, bundle)

    @routes.add(
        "POST",
        "/gate/scans",
        "Hand in scans that were made without network",
        {200: MERGED_SCANS},
        who="gate or admin",
        body=OFFLINE_SCANS,
        refuses=EventNotFound | WrongEvent | InvalidRequest,
    )
    def merge_scans(request: Request) -> Response:
        holder = api.require(request, Role.GATE, Role.ADMIN)
        asked = read_body(OFFLINE_SCANS, request)
        merged = box_office.merge_scans(asked.event_id, asked.gate or holder.name, asked.scans, holder)
        return api.refuse(merged, request) if isinstance(merged, Refusal) else api.respond(MERGED_SCANS, merged)
