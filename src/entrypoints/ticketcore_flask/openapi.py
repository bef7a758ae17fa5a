"""``/openapi.json`` (OpenAPI 3.1), made from the routes themselves so that it cannot drift."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ticketcore.domain.refusals import InvalidRequest, Refusal
from ticketcore_flask.routes import GATEWAY, PNG, Operation, Route, Routes
from ticketcore_wire import problems
from ticketcore_wire.object_schemas import RequestSchema
from ticketcore_wire.problem_schemas import problem_components, problem_of
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

_REFUSAL_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
#: Headers of responses whose operation names none.
_RESPONSE_HEADERS = {302: ("Location",)}
#: Who needs no key.
_KEYLESS = ("anyone", GATEWAY)
_TEXT: Json = {"type": "string"}
#: What is not described in full: an image, and this description itself.
_CONTENTS: Mapping[str, Json] = {
    PNG: {"type": "string", "format": "binary"},
    "application/json": {"type": "object", "additionalProperties": True},
}
_ALWAYS: tuple[type[Refusal], ...] = (InternalError, ServiceUnavailable)
_WITH_BODY: tuple[type[Refusal], ...] = (MalformedRequest, PayloadTooLarge, InvalidRequest)
_WITH_KEY: tuple[type[Refusal], ...] = (Unauthorized, Forbidden)


@attrs.frozen
class _Link:
    """An operation that follows a success, with members of its response, named by their JSON pointers (RFC 6901).

    Generators of clients take no body but a string: it is JSON with expressions in braces in it.
    """

    operation: str
    parameters: Mapping[str, str] = attrs.field(factory=dict)
    body: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def schema(self) -> Json:
        described: Json = {"operationId": self.operation, "description": self._description}
        if self.parameters:
            described["parameters"] = {name: _expression(pointer) for name, pointer in self.parameters.items()}
        if self.body:
            expressions = {name: f"{{{_expression(pointer)}}}" for name, pointer in self.body.items()}
            described["requestBody"] = json.dumps(expressions)
        return described

    @property
    def _description(self) -> str:
        taken = [f"{pointer[1:]} of the response is its parameter {name}" for name, pointer in self.parameters.items()]
        taken += [f"{pointer[1:]} of the response is {name} of its body" for name, pointer in self.body.items()]
        return f"{', '.join(taken)}."


def _expression(pointer: str) -> str:
    return f"$response.body#{pointer}"


_EVENT = {"event_id": "/id"}
_ORDER = {"order_id": "/id"}

#: The operations that follow each operation, from an event to the door.
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


def openapi(routes: Routes, location: str) -> Json:
    """Return the description of every route of an API that is mounted at the path ``location``."""
    paths: Json = {}
    components: Json = {}
    for route in sorted(routes, key=lambda route: (route.path, route.method)):
        path = paths.setdefault(route.template, {})
        path[route.method.lower()] = _operation(route)
        components |= _components(route.operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ticketcore",
            "version": importlib.metadata.version("ticketcore"),
            "description": "Sell event tickets without overselling, and admit each ticket once.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": location}],
        "tags": [{"name": name} for name in dict.fromkeys(map(_tag, routes))],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key with a role."}},
        },
    }


def _components(operation: Operation) -> Json:
    schemas = [schema for schema in (*operation.responses.values(), _described_body(operation)) if schema]
    found = [schema.components for schema in schemas] + [problem_components(kind) for kind in _refusals_of(operation)]
    return {name: described for components in found for name, described in components.items()}


def _described_body(operation: Operation) -> RequestSchema[Any] | None:
    """Return the schema of the body; one without fields may be left out, and generators of clients cannot express it."""
    return operation.body if operation.body and operation.body.fields else None


def _operation(route: Route) -> Json:
    operation = route.operation
    described: Json = {
        "operationId": route.name,
        "summary": operation.summary,
        "tags": [_tag(route)],
        "parameters": [*_parameters(route)],
        "responses": dict(sorted((_refusals(operation) | _successes(route)).items())),
        "security": _security(operation),
    }
    if operation.who not in _KEYLESS:
        described["description"] = f"For keys with the role {operation.who}."
    if body := _described_body(operation):
        described["requestBody"] = {
            # A change may change nothing, but has to say so.
            "required": not body.may_be_empty,
            "content": {"application/json": {"schema": body.json_schema}},
        }
    return described


def _tag(route: Route) -> str:
    return route.view.__module__.rpartition(".")[2]


def _security(operation: Operation) -> list[Json]:
    if operation.who not in _KEYLESS:
        return [{"key": []}]
    return [{}, {"key": []}] if operation.who != GATEWAY and Unauthorized in operation.refusals else []


def _parameters(route: Route) -> Iterable[Json]:
    operation = route.operation
    for name in route.variables:
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    for place, schema in (("query", operation.query), ("header", operation.headers)):
        yield from _fields(place, schema) if schema else ()


def _fields(place: str, schema: RequestSchema[Any]) -> Iterable[Json]:
    for field in schema.fields:
        required = schema.is_required(field)
        yield {"name": field.name, "in": place, "required": required, "schema": schema.describe(field)}


def _successes(route: Route) -> Json:
    operation = route.operation
    links = {link.operation: link.schema for link in _LINKS.get(route.name, ())}
    responses: Json = {}
    for status, schema in operation.responses.items():
        responses[str(status)] = {"description": operation.summary}
        always = operation.response_headers or _RESPONSE_HEADERS.get(status, ())
        if headers := {name: name in always for name in (*always, *operation.optional_headers)}:
            responses[str(status)]["headers"] = {
                name: {"required": required, "schema": {"type": "string"}} for name, required in headers.items()
            }
        if links:
            responses[str(status)]["links"] = links
        if schema:
            responses[str(status)]["content"] = {"application/json": {"schema": schema.json_schema}}
        elif status == 200:
            responses[str(status)]["content"] = {
                operation.media_type: {"schema": _CONTENTS.get(operation.media_type, _TEXT)}
            }
        if operation.other_media_type:
            responses[str(status)]["content"][operation.other_media_type] = {"schema": _TEXT}
    return responses


def _refusals(operation: Operation) -> Json:
    """Return a response for each status that refusals of this route have, with their problems."""
    kinds: dict[int, dict[str, type[Refusal]]] = {}
    for kind in _refusals_of(operation):
        kinds.setdefault(problems.STATUSES[kind.code], {})[kind.code] = kind
    return {str(status): _refusal(status, dict(sorted(named.items()))) for status, named in sorted(kinds.items())}


def _refusals_of(operation: Operation) -> list[type[Refusal]]:
    refusals = [*operation.refusals, *_ALWAYS]
    refusals += (RateLimited,) if operation.limited_as else ()
    refusals += _WITH_BODY if operation.body else ()
    refusals += () if operation.who == GATEWAY else (InvalidRequest,)
    refusals += _WITH_KEY if operation.who not in _KEYLESS else ()
    return refusals


def _refusal(status: int, kinds: Mapping[str, type[Refusal]]) -> Json:
    return {
        "description": ", ".join(kinds),
        "headers": {name: {"schema": {"type": "string"}} for name in _REFUSAL_HEADERS.get(status, ())},
        "content": {problems.MEDIA_TYPE: {"schema": problem_of(kinds.values())}},
    }
