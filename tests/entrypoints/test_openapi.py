"""The service's description of itself: valid, complete, and true of every answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from tests.entrypoints.http import Json, Service, json_of, serve
from tests.entrypoints.tour import Step, walk
from ticketcore_wire.problems import MEDIA_TYPE, STATUSES


@pytest.fixture(scope="module")
def service() -> Service:
    """Answer one service for all tests, which only read."""
    return serve()


@pytest.fixture(scope="module")
def api(service: Service) -> Json:
    """Answer the description."""
    return json_of(service.client.get("/openapi.json"))


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    """Answer the recorded tour."""
    return walk()


def path_of(route: str) -> str:
    return re.sub("<([a-z_]+)>", r"{\1}", route)


def operations(api: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in api["paths"].items():
        for method, told in methods.items():
            yield method.upper(), path, told


def documented_codes(content: Json) -> set[str]:
    """Answer the codes that a response's schema admits."""
    found: set[str] = set()
    for part in content[MEDIA_TYPE]["schema"].get("allOf", []):
        found |= set(part.get("properties", {}).get("code", {}).get("enum", []))
    return found


def errors_of(api: Json, schema: Json, value: Any) -> list[str]:
    """Answer how a value breaks a schema of the description."""
    whole = {**schema, "components": api["components"]}
    return [error.message for error in OAS31Validator(whole, format_checker=oas31_format_checker).iter_errors(value)]


def test_the_description_is_valid(api: Json) -> None:
    """It is OpenAPI 3.1 by its own schema."""
    assert api["openapi"].startswith("3.1")
    validate(api)


def test_every_route_is_described_and_nothing_else(service: Service, api: Json) -> None:
    """Method by method, the description and the routes agree."""
    routes = {
        (method, path_of(rule.rule))
        for rule in service.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in operations(api)} == routes


def test_operations_have_names_of_their_own(api: Json) -> None:
    """A generated client has one function for each operation."""
    names = [told["operationId"] for _, _, told in operations(api)]
    assert len(set(names)) == len(names)
    assert all(told["summary"] for _, _, told in operations(api))


def test_every_reference_leads_somewhere(api: Json) -> None:
    """No schema is missing, and none is left over."""
    named = set(re.findall(r'"#/components/schemas/([A-Za-z]+)"', json.dumps(api)))
    assert named == set(api["components"]["schemas"])


@pytest.mark.parametrize(("method", "path"), [("POST", "/events"), ("PATCH", "/events/{event_id}")])
def test_routes_for_keys_say_so(api: Json, method: str, path: str) -> None:
    """What needs a key names the security scheme."""
    found = {(named, address): told for named, address, told in operations(api)}
    assert found[method, path]["security"] == [{"key": []}]
    assert found["POST", "/orders"]["security"] == []


def test_every_code_has_a_name(api: Json) -> None:
    """The description of a problem lists all codes, that of a method which no operation has among them."""
    assert set(api["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == set(STATUSES)


@pytest.mark.parametrize("code", sorted(STATUSES.keys() - {"method_not_allowed"}))
def test_every_code_is_described(api: Json, code: str) -> None:
    """Each code of the contract stands with its status at a route at least."""
    found = {
        (int(status), named)
        for _, _, told in operations(api)
        for status, response in told["responses"].items()
        if MEDIA_TYPE in response.get("content", {})
        for named in documented_codes(response["content"])
    }
    assert (STATUSES[code], code) in found


def test_the_tour_sees_every_code_and_route(service: Service, steps: list[Step]) -> None:
    """The tour below leaves nothing out but what has no route."""
    codes = {json.loads(step.body)["code"] for step in steps if step.media_type == MEDIA_TYPE}
    assert codes >= set(STATUSES) - {"method_not_allowed"}
    routes = {rule.rule for rule in service.app.url_map.iter_rules()}
    assert {step.route for step in steps if step.status < 400} == routes


def undescribed(api: Json, step: Step) -> str | None:
    """Answer what an answer has that its route does not describe, or ``None``."""
    told = api["paths"][path_of(step.route)][step.method.lower()]
    response = told["responses"].get(str(step.status))
    if response is None:
        return f"status {step.status}"
    missing = [name for name in response.get("headers", {}) if name.lower() not in step.headers]
    if missing:
        return f"headers {missing} are missing"
    if step.status == 302:
        return None
    content = response.get("content", {}).get(step.media_type)
    if content is None:
        return f"status {step.status} as {step.media_type}"
    if not step.media_type.endswith("json"):
        return None
    value = json.loads(step.body)
    return "; ".join(errors_of(api, content["schema"], value)) or None


def test_every_answer_is_as_described(api: Json, steps: list[Step]) -> None:
    """Status, media type, headers, shape and code of each answer of the tour are in the description."""
    wrong = {
        f"{step.method} {step.route} {step.status}: {found}"
        for step in steps
        if step.route != "none" and (found := undescribed(api, step))
    }
    assert sorted(wrong) == []


def test_refusals_describe_their_members(api: Json, steps: list[Step]) -> None:
    """A generated client reaches whatever a problem brings beside its code."""
    common = api["components"]["schemas"]["Problem"]["properties"].keys()
    brought: set[str] = set()
    for step in steps:
        if step.media_type == MEDIA_TYPE and step.route != "none":
            told = api["paths"][path_of(step.route)][step.method.lower()]["responses"][str(step.status)]
            _, own = told["content"][MEDIA_TYPE]["schema"]["allOf"]
            members = json.loads(step.body).keys() - common
            assert members <= own["properties"].keys(), (step.route, step.status)
            brought |= members
    assert brought >= {"available", "order_status", "validation_date", "gate", "expired_at", "in_use", "because"}


def test_a_redirection_describes_where_it_leads(api: Json) -> None:
    """Only the redirection has an address."""
    told = api["paths"]["/tickets/{ticket_id}/qr.png"]["get"]["responses"]
    assert "Location" in told["302"]["headers"]
    assert "headers" not in told["200"]


def test_health_is_never_rate_limited(api: Json) -> None:
    """As the limit leaves it free."""
    assert "429" not in api["paths"]["/health/live"]["get"]["responses"]
    assert "429" in api["paths"]["/events"]["get"]["responses"]


def test_only_a_new_event_has_defaults(api: Json) -> None:
    """A client that fills them in changes nothing that it was not asked to change."""
    schemas = api["components"]["schemas"]

    def defaults(name: str) -> Json:
        return {field: told["default"] for field, told in schemas[name]["properties"].items() if "default" in told}

    assert defaults("NewEvent") == {"currency": "BRL", "status": "on_sale", "max_per_order": 10}
    assert defaults("EventChange") == {}


def test_refusals_describe_their_headers(api: Json) -> None:
    """A client finds ``WWW-Authenticate`` and ``Retry-After`` in the description of what carries them."""
    wanted = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}
    missing = {
        f"{method} {path} {status}"
        for method, path, told in operations(api)
        for status, response in told["responses"].items()
        if status in wanted
        and MEDIA_TYPE in response.get("content", {})
        and wanted[status] not in response.get("headers", {})
    }
    assert sorted(missing) == []


def test_if_match_is_described(api: Json) -> None:
    """A generated client can send the version that it has seen."""
    parameters = api["paths"]["/events/{event_id}"]["patch"]["parameters"]
    assert "If-Match" in {parameter["name"] for parameter in parameters if parameter["in"] == "header"}


def test_bodies_are_described_as_they_are_read(api: Json) -> None:
    """The schemas admit a right body and refuse one with an unknown field."""
    body: Json = {"event_id": "x", "quantity": 1, "customer_email": "ann@example.com"}
    reference = {"$ref": "#/components/schemas/NewOrder"}
    assert errors_of(api, reference, body) == []
    assert errors_of(api, reference, body | {"color": "red"})
    assert errors_of(api, reference, body | {"quantity": 0})
    assert errors_of(api, reference, body | {"customer_email": "ann"})
