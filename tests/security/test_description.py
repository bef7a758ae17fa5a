"""The service's description, run by schemathesis: responses to valid and invalid requests are as described."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from flask import Flask, Response

from tests.entrypoints.http import ADMIN, BUYER, CONCERT, GATE_KEY, Json, Service, json_of
from tests.security.described import busy_service, try_out

OPERATIONS = sorted(rule.endpoint.rpartition(".")[2] for rule in busy_service().app.url_map.iter_rules())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_as_described(operation: str) -> None:
    """Statuses, media types, headers and bodies, for right and wrong requests, with and without the key."""
    run = try_out(busy_service().app, operation)
    assert run.failures == []
    assert run.requests > 0


def test_responses_to_a_gate_are_as_described() -> None:
    """Validating tickets with a gate's key."""
    assert try_out(busy_service().app, "validate_ticket", key=GATE_KEY).failures == []


def test_responses_along_the_links_are_as_described() -> None:
    """From an event to an order, its payment, its tickets and the door, in any order and with other calls between."""
    run = try_out(busy_service().app, examples=25)
    assert run.failures == []
    assert "create_event" in run.succeeded


# Links


@attrs.frozen
class Client:
    """A client that knows the description and nothing else."""

    service: Service
    api: Json

    def call(self, name: str, parameters: dict[str, str], body: Json | None) -> tuple[Json, Json]:
        """Return the response of an operation, and its links by the names of their operations."""
        [(path, method, operation)] = [
            (path, method, operation)
            for path, methods in self.api["paths"].items()
            for method, operation in methods.items()
            if operation["operationId"] == name
        ]
        response = self.service.client.open(path.format(**parameters), method=method.upper(), json=body, headers=ADMIN)
        assert response.status_code < 300, response.text
        found: Json = operation["responses"][str(response.status_code)]
        return json_of(response, response.status_code), found.get("links", {})

    def follow(self, answer: Json, link: Json, more: Json | None = None) -> tuple[Json, Json]:
        """Return the response to a link; ``more`` is added to the body."""
        parameters = {name: taken(operation, answer) for name, operation in link.get("parameters", {}).items()}
        given = json.loads(link.get("requestBody", "{}"))
        body = {name: taken(expression.strip("{}"), answer) for name, expression in given.items()} | (more or {})
        return self.call(link["operationId"], parameters, body or None)


def taken(expression: str, answer: Json) -> str:
    """Return the value that a link's expression finds in a response."""
    value: Any = answer
    for part in expression.removeprefix("$response.body#/").split("/"):
        value = value[int(part)] if isinstance(value, list) else value[part]
    assert isinstance(value, str)
    return value


def test_links_lead_from_an_event_to_the_door() -> None:
    """A client that knows nothing but the links finds the parameters and bodies of the next calls."""
    service = busy_service()
    client = Client(service, json_of(service.client.get("/openapi.json")))
    event, after_event = client.call("create_event", {}, CONCERT)
    client.follow(event, after_event["show_event"])
    client.follow(event, after_event["change_event"], {"name": "Another"})
    order, after_order = client.follow(event, after_event["create_order"], {"quantity": 1, "customer_email": BUYER})
    client.follow(order, after_order["show_order"])
    other, after_other = client.follow(event, after_event["create_order"], {"quantity": 1, "customer_email": BUYER})
    client.follow(other, after_other["cancel_order"])
    unused, after_unused = client.follow(event, after_event["create_order"], {"quantity": 1, "customer_email": BUYER})
    unused, after_unused = client.follow(unused, after_unused["pay_order"], {"payment_token": "tok_approved"})
    refunded, _ = client.follow(unused, after_unused["refund_order"])
    assert refunded["status"] == "refunded"
    paid, after_payment = client.follow(order, after_order["pay_order"], {"payment_token": "tok_approved"})
    client.follow(paid, after_payment["show_order"])
    tickets, after_tickets = client.follow(paid, after_payment["show_tickets"])
    admission, _ = client.follow(tickets, after_tickets["validate_ticket"])
    assert admission["result"] == "admitted"
    image = service.client.get(f"/tickets/{taken('$response.body#/tickets/0/id', tickets)}/qr.png")
    assert image.status_code == 200
    assert after_tickets["show_qr_image"]["parameters"] == {"ticket_id": "$response.body#/tickets/0/id"}


# Responses that are not as described are found.


def strange_app(answer: Response) -> Flask:
    """Return an application whose response is not as it describes."""
    app = Flask("strange")
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    content = {"application/json": {"schema": thing}}
    operation = {"operationId": "show", "responses": {"200": {"description": "", "content": content}}}
    api = {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {"/thing": {"get": operation}}}
    app.add_url_rule("/openapi.json", view_func=lambda: api, endpoint="api")
    app.add_url_rule("/thing", view_func=lambda: answer, endpoint="thing")
    return app


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response("{}", 202, mimetype="application/json"), "Undocumented status code"),
        (Response('{"id": 7}', 200, mimetype="application/json"), "Response violates schema"),
        (Response("{}", 200, mimetype="application/json"), "Response violates schema"),
        (Response('{"id": "a"}', 200, mimetype="text/plain"), "Undocumented Content-Type"),
        (Response("{}", 500, mimetype="application/json"), "Server error"),
    ],
    ids=["status", "type of a member", "member missing", "media type", "failure"],
)
def test_a_response_that_is_not_described_is_found(answer: Response, said: str) -> None:
    """The checks find each kind of wrong response in an application made for that."""
    assert said in str(try_out(strange_app(answer), "show").failures)
