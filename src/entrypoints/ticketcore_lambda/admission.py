"""``validate_ticket``: the service's ``POST /tickets/validate`` as a function of its own, at whatever path it is routed to."""

from __future__ import annotations

import base64
from typing import Any

import attrs

from ticketcore import BoxOffice, Ticket
from ticketcore.domain.api_keys import Role
from ticketcore_bootstrap import Assembly
from ticketcore_lambda.http_events import http_event, stage_path
from ticketcore_lambda.invocation import Context, Handler, Json
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.gate import admit
from ticketcore_wire.problems import MethodNotAllowed
from ticketcore_wire.representations import admission_json
from ticketcore_wire.request_schemas import SCAN
from ticketcore_wire.requests import Content, read_body
from ticketcore_wire.responses import PROTECTION, Answer, answer, refusal_of, refuse

_METHOD = "POST"
_ROUTE = f"{_METHOD} /tickets/validate"


def handler(assembly: Assembly) -> Handler:
    """Answer the handler over a box office."""
    settings = assembly.settings
    keys = Credentials(assembly.organiser, settings.admin_key, settings.gate_key)

    def validate_ticket(event: Any, _context: Context) -> Json:
        """Answer the admission or the problem."""
        request = http_event(event)
        public_url = settings.public_url or _own_url(request)
        return _response(_validate(assembly.box_office, keys, request, public_url))

    return validate_ticket


def _validate(box_office: BoxOffice, keys: Credentials, request: Json, public_url: str) -> Answer:
    if request["requestContext"]["http"]["method"] != _METHOD:
        refused = refuse(MethodNotAllowed(), public_url)
        return attrs.evolve(refused, headers={**refused.headers, "Allow": _METHOD})
    try:
        holder = keys.require(request["headers"].get("authorization", ""), Role.GATE, Role.ADMIN)
        ticket = admit(box_office, read_body(SCAN, _content(request)), holder)
    except Exception as error:
        return refuse(refusal_of(error, _ROUTE), public_url)
    return answer(admission_json(ticket, public_url)) if isinstance(ticket, Ticket) else refuse(ticket, public_url)


def _own_url(request: Json) -> str:
    domain = request["requestContext"].get("domainName")
    return f"https://{domain}{stage_path(request)}" if domain else ""


def _content(request: Json) -> Content:
    body: str = request.get("body") or ""
    raw = base64.b64decode(body) if request.get("isBase64Encoded") else body.encode(errors="surrogatepass")
    headers = request["headers"]
    return Content(raw, headers.get("content-type", ""), headers.get("content-encoding", ""))


def _response(given: Answer) -> Json:
    headers = {name.lower(): value for name, value in {**given.headers, **PROTECTION}.items()}
    return {"statusCode": given.status, "headers": headers, "body": given.text, "isBase64Encoded": False}
