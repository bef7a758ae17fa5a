"""``validate_ticket``: ``POST /tickets/validate`` as a function of its own, at any path."""

from __future__ import annotations

import base64
from typing import Any

import attrs

from ticketcore import Admitted, BoxOffice, Refusal
from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain.api_keys import Role
from ticketcore.domain.limits import LimitedAct
from ticketcore_bootstrap import Assembly
from ticketcore_lambda.http_events import base_path, http_event
from ticketcore_lambda.invocation import Context, Handler, Json
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.forwarding import client_address
from ticketcore_wire.limiting import check_limit, require_key
from ticketcore_wire.problems import MethodNotAllowed
from ticketcore_wire.requests import Content, read_body
from ticketcore_wire.responses import Response, language_for, problem_response, protection, refusal_of, response_of
from ticketcore_wire.ticket_schemas import ADMITTED, SCAN

_METHOD = "POST"
_ROUTE = f"{_METHOD} /tickets/validate"


def handler(assembly: Assembly) -> Handler:
    """Return the handler over an assembly."""
    settings = assembly.settings
    keys = Credentials(assembly.organiser, settings.admin_key, settings.gate_key)

    def validate_ticket(event: Any, _context: Context) -> Json:
        """Return the admission or the problem."""
        request = http_event(event)
        public_url = settings.public_url or _own_url(request)
        try:
            outcome = _validate(assembly.box_office, keys, assembly.limits, request, settings.trusted_proxies)
        except Exception as error:
            outcome = refusal_of(error, _ROUTE)
        accepted = request["headers"].get("accept-language")
        response = _response(outcome, public_url, language_for(accepted, settings.language))
        return _result(response, settings.public_url)

    return validate_ticket


def _validate(
    box_office: BoxOffice, keys: Credentials, limits: ClientLimits, request: Json, proxies: int
) -> Admitted | Refusal:
    if request["requestContext"]["http"]["method"] != _METHOD:
        return MethodNotAllowed()
    peer = request["requestContext"]["http"]["sourceIp"]
    client = client_address(peer, request["headers"].get("x-forwarded-for", ""), proxies)
    check_limit(limits, LimitedAct.REQUEST, client)
    authorization = request["headers"].get("authorization", "")
    holder = require_key(keys, limits, client, authorization, Role.GATE, Role.ADMIN)
    return read_body(SCAN, _content(request)).admit(box_office, holder)


def _response(outcome: Admitted | Refusal, public_url: str, language: str) -> Response:
    if isinstance(outcome, Admitted):
        return response_of(ADMITTED, outcome)
    refused = problem_response(outcome, public_url, language)
    allowed = {"Allow": _METHOD} if isinstance(outcome, MethodNotAllowed) else {}
    return attrs.evolve(refused, headers={**refused.headers, **allowed})


def _own_url(request: Json) -> str:
    domain = request["requestContext"].get("domainName")
    return f"https://{domain}{base_path(request, None)}" if domain else ""


def _content(request: Json) -> Content:
    body: str = request.get("body") or ""
    raw = base64.b64decode(body) if request.get("isBase64Encoded") else body.encode(errors="surrogatepass")
    headers = request["headers"]
    return Content(raw, headers.get("content-type", ""), headers.get("content-encoding", ""))


def _result(response: Response, public_url: str | None) -> Json:
    headers = {name.lower(): value for name, value in {**protection(public_url), **response.headers}.items()}
    return {"statusCode": response.status, "headers": headers, "body": response.body.decode(), "isBase64Encoded": False}
