"""``/openapi.json`` (OpenAPI 3.1), made from the routes themselves so that it cannot drift."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from flask import Flask
from werkzeug.routing import Rule

from ticketcore.domain.refusals import InvalidRequest, Refusal
from ticketcore_flask.operations import Operation, operation_of
from ticketcore_flask.rate_limit import FREE
from ticketcore_flask.responses import location
from ticketcore_wire import problems, representations
from ticketcore_wire.fields import Field
from ticketcore_wire.problems import (
    Forbidden,
    InternalError,
    MalformedRequest,
    PayloadTooLarge,
    RateLimited,
    ServiceUnavailable,
    Unauthorized,
)

Json = dict[str, Any]

_SCHEMAS: Json = {
    "Event": representations.EVENT,
    "EventPage": representations.EVENT_PAGE,
    "Order": representations.ORDER,
    "OrderTickets": representations.ORDER_TICKETS,
    "Ticket": representations.TICKET,
    "Admission": representations.ADMISSION,
    "Problem": problems.SCHEMA,
    "Health": {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"type": "string"},
            "parts": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
}
_REFUSAL_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
#: Of answers that bring no others.
_ANSWER_HEADERS = {302: ("Location",)}
_ALWAYS: tuple[type[Refusal], ...] = (InternalError, ServiceUnavailable)
_WITH_BODY: tuple[type[Refusal], ...] = (MalformedRequest, PayloadTooLarge, InvalidRequest)
_WITH_KEY: tuple[type[Refusal], ...] = (Unauthorized, Forbidden)


@attrs.frozen
class _Link:
    """What a client calls after a success, with members of the answer, named by their JSON pointers (RFC 6901)."""

    operation: str
    parameters: Mapping[str, str] = attrs.field(factory=dict)
    body: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def schema(self) -> Json:
        described: Json = {"operationId": self.operation}
        if self.parameters:
            described["parameters"] = _expressions(self.parameters)
        if self.body:
            described["requestBody"] = _expressions(self.body)
        return described


def _expressions(pointers: Mapping[str, str]) -> Json:
    return {name: f"$response.body#{pointer}" for name, pointer in pointers.items()}


_EVENT = {"event_id": "/id"}
_ORDER = {"order_id": "/id"}

#: Where each operation leads, from an event to the door.
_LINKS: Mapping[str, tuple[_Link, ...]] = {
    "create_event": (
        _Link("show_event", _EVENT),
        _Link("change_event", _EVENT),
        _Link("create_order", body=_EVENT),
    ),
    "create_order": (
        _Link("show_order", _ORDER),
        _Link("pay_order", _ORDER),
        _Link("cancel_order", _ORDER),
    ),
    "pay_order": (
        _Link("show_order", _ORDER),
        _Link("show_tickets", _ORDER),
        _Link("refund_order", _ORDER),
    ),
    "show_tickets": (
        _Link("show_qr_image", {"ticket_id": "/tickets/0/id"}),
        _Link("validate_ticket", body={"qr_code": "/tickets/0/qr_code"}),
    ),
}


def openapi(app: Flask) -> Json:
    """Answer the description of every route of an application."""
    paths: Json = {}
    schemas = dict(_SCHEMAS)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        found = operation_of(app.view_functions[rule.endpoint])
        if found is None:
            continue
        path = paths.setdefault(re.sub("<([a-z_]+)>", r"{\1}", rule.rule), {})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path[method.lower()] = _operation(rule, found)
        if found.body:
            schemas[found.body.name] = found.body.schema
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ticketcore",
            "version": importlib.metadata.version("ticketcore"),
            "description": "Sell tickets to an event without ever selling one twice; let each through the door once.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": location("/")}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key with a role."}},
        },
    }


def _operation(rule: Rule, told: Operation) -> Json:
    described: Json = {
        "operationId": _name(rule),
        "summary": told.summary,
        "tags": [rule.endpoint.partition(".")[0]],
        "parameters": [*_parameters(rule, told)],
        "responses": dict(sorted((_refusals(rule, told) | _successes(rule, told)).items())),
        "security": _security(told),
    }
    if told.who != "anyone":
        described["description"] = f"For keys with the role {told.who}."
    if told.body:
        reference = {"$ref": f"#/components/schemas/{told.body.name}"}
        described["requestBody"] = {
            # A change may change nothing, but has to say so.
            "required": bool(told.body.fields),
            "content": {"application/json": {"schema": reference}},
        }
    return described


def _name(rule: Rule) -> str:
    return str(rule.endpoint).rpartition(".")[2]


def _security(told: Operation) -> list[Json]:
    if told.who != "anyone":
        return [{"key": []}]
    return [{}, {"key": []}] if Unauthorized in told.refusals else []


def _parameters(rule: Rule, told: Operation) -> Iterable[Json]:
    for name in sorted(rule.arguments):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    for place, fields in (("query", told.query), ("header", told.headers)):
        yield from (_parameter(place, field) for field in fields)


def _parameter(place: str, field: Field) -> Json:
    return {"name": field.name, "in": place, "required": field.required, "schema": dict(field.schema)}


def _successes(rule: Rule, told: Operation) -> Json:
    links = {link.operation: link.schema for link in _LINKS.get(_name(rule), ())}
    responses: Json = {}
    for status, schema in told.answers.items():
        responses[str(status)] = {"description": told.summary}
        if headers := told.answer_headers or _ANSWER_HEADERS.get(status, ()):
            responses[str(status)]["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
        if links:
            responses[str(status)]["links"] = links
        if schema:
            reference = {"$ref": f"#/components/schemas/{schema}"}
            responses[str(status)]["content"] = {"application/json": {"schema": reference}}
        elif status == 200:
            responses[str(status)]["content"] = {told.media_type: {"schema": {}}}
    return responses


def _refusals(rule: Rule, told: Operation) -> Json:
    """Answer a response for each status that a refusal of this route has, with all its codes and their members."""
    refusals = [*told.refusals, *_ALWAYS]
    refusals += () if rule.rule.startswith(FREE) else (RateLimited,)
    refusals += _WITH_BODY if told.body else ()
    refusals += _WITH_KEY if told.who != "anyone" else ()
    kinds: dict[int, dict[str, type[Refusal]]] = {}
    for refusal in refusals:
        kinds.setdefault(problems.STATUSES[refusal.code], {})[refusal.code] = refusal
    return {str(status): _refusal(status, named) for status, named in sorted(kinds.items())}


def _refusal(status: int, kinds: Mapping[str, type[Refusal]]) -> Json:
    codes = sorted(kinds)
    members = {name: schema for code in codes for name, schema in problems.member_schemas(kinds[code]).items()}
    told = {"code": {"enum": codes}, **members}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": told}]}
    headers = {name: {"schema": {"type": "string"}} for name in _REFUSAL_HEADERS.get(status, ())}
    return {
        "description": ", ".join(codes),
        "headers": headers,
        "content": {problems.MEDIA_TYPE: {"schema": schema}},
    }
