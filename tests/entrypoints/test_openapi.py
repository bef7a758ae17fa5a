"""The service's description of itself: valid, complete, and true of every response."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NoReturn, get_args

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from tests.entrypoints.http import Json, Service, json_of, serve
from tests.entrypoints.tour import Step, walk
from ticketcore.domain.acceptance import AnyRefusal
from ticketcore_flask import description, pages
from ticketcore_simulated_payments import tokens
from ticketcore_wire.object_schemas import RequestSchema
from ticketcore_wire.problems import KINDS, MEDIA_TYPE, STATUSES, MethodNotAllowed
from ticketcore_wire.ticket_schemas import SCAN, UNDO

PRESENTED = {"qr_code": "text", "ticket_code": "7QXK2-M3PTV", "number": 1}


@pytest.fixture(scope="module")
def service() -> Service:
    """Return one service for all tests, which only read."""
    return serve()


@pytest.fixture(scope="module")
def api(service: Service) -> Json:
    """Return the description."""
    return json_of(service.client.get("/openapi.json"))


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    """Return the recorded tour."""
    return walk()


def path_of(route: str) -> str:
    return re.sub("<([a-z_]+)>", r"{\1}", route)


def operations(api: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def problems_in(api: Json, content: Json) -> list[Json]:
    """Return the schemas of the problems that a response may be, found by their names."""
    schema = content[MEDIA_TYPE]["schema"]
    names = [each["$ref"].rpartition("/")[2] for each in schema.get("oneOf", [schema])]
    return [api["components"]["schemas"][name] for name in names]


def documented_codes(api: Json, content: Json) -> set[str]:
    """Return the codes that a response's schema allows."""
    return {problem["properties"]["code"]["const"] for problem in problems_in(api, content)}


def errors_of(api: Json, schema: Json, value: Any) -> list[str]:
    """Return how a value violates a schema of the description."""
    whole = {**schema, "components": api["components"]}
    return [error.message for error in OAS31Validator(whole, format_checker=oas31_format_checker).iter_errors(value)]


def test_the_description_is_valid(api: Json) -> None:
    """It is OpenAPI 3.1 by its own schema."""
    assert api["openapi"].startswith("3.1")
    validate(api)


@pytest.mark.parametrize("schema", [SCAN, UNDO], ids=["scan", "undo"])
@pytest.mark.parametrize("names", [names for size in range(4) for names in combinations(PRESENTED, size)], ids=str)
def test_what_presents_a_ticket_is_described(api: Json, schema: RequestSchema[Any], names: tuple[str, ...]) -> None:
    """A QR code alone, or a ticket code with its number: the description and the service refuse anything else."""
    body = {name: PRESENTED[name] for name in names}
    faults = schema.parse(body)[1]
    assert bool(errors_of(api, schema.json_schema, body)) == bool(faults)
    assert bool(faults) == (names not in {("qr_code",), ("ticket_code", "number")})


def test_every_route_is_described_and_nothing_else(service: Service, api: Json) -> None:
    """The description and the routes have the same methods and paths."""
    routes = {
        (method, path_of(rule.rule))
        for rule in service.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in operations(api)} == routes


def test_operations_have_names_of_their_own(api: Json) -> None:
    """A generated client has one function for each operation."""
    names = [operation["operationId"] for _, _, operation in operations(api)]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] for _, _, operation in operations(api))


def test_every_reference_leads_somewhere(api: Json) -> None:
    """No schema is missing, and none is unused."""
    named = set(re.findall(r'"#/components/schemas/([A-Za-z]+)"', json.dumps(api)))
    assert named == set(api["components"]["schemas"])


@pytest.mark.parametrize(("method", "path"), [("POST", "/events"), ("PATCH", "/events/{event_id}")])
def test_routes_for_keys_say_so(api: Json, method: str, path: str) -> None:
    """Operations that need a key name the security scheme."""
    found = {(named, address): operation for named, address, operation in operations(api)}
    assert found[method, path]["security"] == [{"key": []}]
    assert found["POST", "/orders"]["security"] == []


def test_every_problem_has_a_name(api: Json) -> None:
    """Each refusal but that of an unknown method, which no route has, is one schema, named after it."""
    named = {
        name.removesuffix("Problem"): schema["properties"]["code"]["const"]
        for name, schema in api["components"]["schemas"].items()
        if name.endswith("Problem") and name != "OrderProblem"
    }
    kinds = {*KINDS.values(), *get_args(AnyRefusal)} - {MethodNotAllowed}
    assert named == {kind.__name__: kind.code for kind in kinds}


@pytest.mark.parametrize("code", sorted(STATUSES.keys() - {"method_not_allowed"}))
def test_every_code_is_described(api: Json, code: str) -> None:
    """Each code of the contract is described with its status at one route at least."""
    found = {
        (int(status), named)
        for _, _, operation in operations(api)
        for status, response in operation["responses"].items()
        if MEDIA_TYPE in response.get("content", {})
        for named in documented_codes(api, response["content"])
    }
    assert (STATUSES[code], code) in found


def test_the_tour_sees_every_code_and_route(service: Service, steps: list[Step]) -> None:
    """The tour has every code and route, except for unknown methods."""
    codes = {json.loads(step.body)["code"] for step in steps if step.media_type == MEDIA_TYPE}
    assert codes >= set(STATUSES) - {"method_not_allowed"}
    routes = {rule.rule for rule in service.app.url_map.iter_rules()}
    assert {step.route for step in steps if step.status < 400} == routes


def undescribed(api: Json, step: Step) -> str | None:
    """Return how a response differs from its description, ``None`` if it does not."""
    operation = api["paths"][path_of(step.route)][step.method.lower()]
    response = operation["responses"].get(str(step.status))
    if response is None:
        return f"status {step.status}"
    described = response.get("headers", {}).items()
    missing = [name for name, each in described if each.get("required", True) and name.lower() not in step.headers]
    if missing:
        return f"headers {missing} are missing"
    if step.status in {204, 302}:
        return None
    content = response.get("content", {}).get(step.media_type)
    if content is None:
        return f"status {step.status} as {step.media_type}"
    if not step.media_type.endswith("json"):
        return None
    value = json.loads(step.body)
    return "; ".join(errors_of(api, content["schema"], value)) or None


def test_every_response_is_as_described(api: Json, steps: list[Step]) -> None:
    """Status, media type, headers, body and code of each response of the tour are described."""
    wrong = {
        f"{step.method} {step.route} {step.status}: {found}"
        for step in steps
        if step.route != "none" and (found := undescribed(api, step))
    }
    assert sorted(wrong) == []


def test_refusals_describe_their_members(api: Json, steps: list[Step]) -> None:
    """The problem of a code has the members that its schema names, no more and no fewer."""
    brought: set[str] = set()
    for step in steps:
        if step.media_type == MEDIA_TYPE and step.route != "none":
            response = api["paths"][path_of(step.route)][step.method.lower()]["responses"][str(step.status)]
            problem = json.loads(step.body)
            described = {each["properties"]["code"]["const"]: each for each in problems_in(api, response["content"])}
            assert problem.keys() == described[problem["code"]]["properties"].keys(), (step.route, step.status)
            brought |= problem.keys()
    assert brought >= {"available", "order_status", "validation_date", "gate", "expired_at", "in_use", "because"}


def test_a_request_without_fields_has_no_body(api: Json) -> None:
    """Mailing tickets again reads an empty object, which clients can leave out; a payment has a body."""
    assert "requestBody" not in api["paths"]["/orders/{order_id}/mail"]["post"]
    assert "requestBody" in api["paths"]["/orders/{order_id}/payment"]["post"]


def test_the_payment_token_is_explained(api: Json) -> None:
    """A reader learns where a token comes from, and each of the simulated ones."""
    described = api["components"]["schemas"]["PaymentRequest"]["properties"]["payment_token"]["description"]
    assert "payment gateway" in described
    assert set(re.findall("tok_[a-z]+", described)) == {
        tokens.APPROVED,
        tokens.DECLINED,
        tokens.FLAKY,
        tokens.DOWN,
        tokens.PENDING,
    }


def test_links_say_what_they_carry(api: Json) -> None:
    """Each has a sentence, and its body, if it has one, is a string: generators of clients refuse any other."""
    links = [
        link
        for _, _, operation in operations(api)
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert all(link["description"] for link in links)
    bodies = [link["requestBody"] for link in links if "requestBody" in link]
    assert [json.loads(body) for body in bodies] == [
        {"event_id": "{$response.body#/id}"},
        {"qr_code": "{$response.body#/tickets/0/qr_code}"},
    ]


def test_every_body_has_a_right_example(api: Json) -> None:
    """It is what its schema describes."""
    bodies = [operation["requestBody"] for _, _, operation in operations(api) if "requestBody" in operation]
    for body in bodies:
        schema = body["content"]["application/json"]["schema"]
        described = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        [example] = described["examples"]
        assert example
        OAS31Validator({"components": api["components"], **schema}).validate(example)
    assert bodies


def test_the_description_is_made_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither it nor its page costs anything when it is asked for again."""
    first = [service.client.get(path).data for path in ("/openapi.json", "/docs")]

    def make_again(*_: object) -> NoReturn:
        raise AssertionError("made again")

    monkeypatch.setattr(description, "openapi", make_again)
    monkeypatch.setattr(pages, "api_page", make_again)
    assert [service.client.get(path).data for path in ("/openapi.json", "/docs")] == first


def test_a_redirection_describes_where_it_leads(api: Json) -> None:
    """Only the redirection has an address."""
    responses = api["paths"]["/tickets/{ticket_id}/qr.png"]["get"]["responses"]
    assert "Location" in responses["302"]["headers"]
    assert "headers" not in responses["200"]


def test_a_sign_of_life_is_never_rate_limited(api: Json) -> None:
    """It has no rate limit, so no such refusal is described; the readiness of the parts has one."""
    assert "429" in api["paths"]["/health/ready"]["get"]["responses"]
    assert "429" not in api["paths"]["/health/live"]["get"]["responses"]
    assert "429" in api["paths"]["/events"]["get"]["responses"]


def test_only_a_new_event_has_defaults(api: Json) -> None:
    """A client that fills in defaults changes no field that was not given; what stands beside the fields of an event may have one."""
    schemas = api["components"]["schemas"]

    def defaults(schema: str) -> Json:
        return {name: field["default"] for name, field in schemas[schema]["properties"].items() if "default" in field}

    assert defaults("NewEvent") == {"currency": "BRL", "status": "on_sale", "max_per_order": 10, "description": ""} | {
        "allow_past": False
    }
    assert defaults("EventChange") == {"notify_buyers": True, "allow_past": False}


def test_refusals_describe_their_headers(api: Json) -> None:
    """``WWW-Authenticate`` and ``Retry-After`` are described where they are sent."""
    wanted = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}
    missing = {
        f"{method} {path} {status}"
        for method, path, operation in operations(api)
        for status, response in operation["responses"].items()
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
    """The schemas accept a valid body and refuse one with an unknown field."""
    body: Json = {"event_id": "x", "quantity": 1, "customer_email": "ann@example.com"}
    reference = {"$ref": "#/components/schemas/NewOrder"}
    assert errors_of(api, reference, body) == []
    assert errors_of(api, reference, body | {"color": "red"})
    assert errors_of(api, reference, body | {"quantity": 0})
    assert errors_of(api, reference, body | {"customer_email": "ann"})
