"""A service whose description is tried out by schemathesis: what it may answer beyond the description, and who asks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import attrs
import schemathesis
from flask import Flask, request
from flask import Response as FlaskResponse
from schemathesis import BaseSchema, Case, CheckContext, GenerationMode, HookContext, Response, engine
from schemathesis.engine.events import EngineEvent, FatalError, NonFatalError, ScenarioFinished

from tests.entrypoints.http import ADMIN_KEY, CONCERT, Json, Service, serve
from ticketcore_memory import SeededIds
from ticketcore_testing.strategies import emails

#: How many examples of each operation; more are asked for by hand.
EXAMPLES = int(os.environ.get("TICKETCORE_TEST_EXAMPLES", "15"))

#: What may become of a request that is right: beside a success, a want of a key, of a thing or of places, a decline, an
#: end, and what no schema can say, which ``refused_for_a_reason`` looks at.
ADMITTED = ["2xx", "3xx", "401", "402", "403", "404", "409", "410", "412", "422"]

#: Faults that a schema cannot say: what they begin with.
BEYOND_SCHEMAS = (
    "must not hold control characters",
    "must be a text that is not blank",
    "must be a decimal string with",
    "must be an ISO 4217 currency code",
    "must be an RFC 3339 time",
    "must be a next_cursor of this service",
    "is too large",
)
#: Refusals of what has the right shape but names nothing of ours.
NOT_OURS = {"ticket_not_authentic", "idempotency_conflict"}


AnyCase = Case[Any]


class RefusedWithoutReason(AssertionError):
    """What the description admits was refused, and not for a rule that a schema cannot say."""


def is_admitted(case: AnyCase) -> bool:
    """Whether a request is one that the description admits."""
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


@schemathesis.check
def refused_for_a_reason(_context: CheckContext, response: Response, case: AnyCase) -> None:
    """Check that what the description admits is refused by the box office only, or for a rule beyond schemas."""
    if response.status_code not in {400, 422} or not is_admitted(case):
        return
    problem = json.loads(response.content)
    messages = [fault["message"] for fault in problem.get("errors", ())]
    if problem["code"] in NOT_OURS or (messages and all(message.startswith(BEYOND_SCHEMAS) for message in messages)):
        return
    raise RefusedWithoutReason(f"{case.operation.label}: {problem}")


@schemathesis.hook("before_call")
def make_plausible(_context: HookContext, case: AnyCase, _more: Json) -> None:
    """Give a right request that may be followed what random texts seldom are, so that it succeeds and something follows."""
    name = operation_of(case)
    if isinstance(case.body, dict) and is_admitted(case) and case.meta and case.meta.phase.name == "stateful":
        case.body.update(_PLAUSIBLE.get(name, {}))
        for field in _ELSEWHERE.get(name, ()):
            case.body.pop(field, None)


def operation_of(case: AnyCase) -> str:
    name: str = case.operation.definition.raw["operationId"]
    return name


_PLAUSIBLE: dict[str, Json] = {
    "create_event": CONCERT | {"capacity": 1000, "currency": "BRL", "status": "on_sale", "max_per_order": 10},
    "create_order": {"quantity": 2},
    "pay_order": {"payment_token": "tok_approved"},
    "validate_ticket": {"gate": "North", "scan_id": "1"},
}
_ELSEWHERE = {"validate_ticket": ("event_id",)}


def busy_service() -> Service:
    """Answer a service that is the same in each run, and works off each payment before it answers the next request."""
    service = serve(ids=SeededIds(1))

    def work(response: FlaskResponse) -> FlaskResponse:
        if request.endpoint == "ticketcore.pay_order":
            service.box_office.work()
        return response

    service.app.after_request(work)
    return service


@attrs.define
class Run:
    """What was asked and found wrong: how many requests, which operations succeeded, and each failure in words."""

    requests: int = 0
    succeeded: set[str] = attrs.field(factory=set)
    failures: list[str] = attrs.field(factory=list)

    def add(self, event: EngineEvent) -> None:
        match event:
            case ScenarioFinished():
                recorder = event.recorder
                self.requests += len(recorder.interactions)
                for checks in recorder.checks.values():
                    self.failures += [str(check.failure_info.failure) for check in checks if check.failure_info]
                for name, node in recorder.cases.items():
                    found = recorder.interactions.get(name)
                    if found and found.response and found.response.status_code < 300:
                        self.succeeded.add(operation_of(node.value))
            case NonFatalError() | FatalError():
                self.failures.append(str(event.exception if isinstance(event, FatalError) else event.value))
            case _:
                pass


def try_out(app: Flask, operation: str | None = None, *, key: str = ADMIN_KEY, examples: int = EXAMPLES) -> Run:
    """Send what the description of an operation admits and excludes, or follow the links from any to any without one."""
    schema = _schema(app, key, examples, ["stateful"] if operation is None else ["examples", "coverage", "fuzzing"])
    if operation is not None:
        schema = schema.include(operation_id=operation)
    run = Run()
    for event in engine.from_schema(schema).execute():
        run.add(event)
    return run


def _schema(app: Flask, key: str, examples: int, phases: Iterable[str]) -> BaseSchema:
    config = schemathesis.Config.from_dict(
        {
            "seed": 1,
            "auth": {"openapi": {"key": {"bearer": key}}},
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            # Looking through the source for constants to send takes a minute, and finds those of the frameworks.
            "analysis": {"constants": {"enabled": False}},
            "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ADMITTED},
                # DELETE cancels an order, which its buyer may still look at.
                "use_after_free": {"enabled": False},
                # ``test_authorization`` looks at that; the library's own way to cannot be used without a server.
                "ignored_auth": {"enabled": False},
            },
        }
    )
    api = json.loads(app.test_client().get("/openapi.json").data)
    _generate_addresses_quickly(api)
    schema = schemathesis.openapi.from_dict(api, config=config)
    schema.app = app
    return schema


def _generate_addresses_quickly(api: Json) -> None:
    # The pattern looks ahead, and whoever draws texts from it throws nearly all of them away.
    for schema in api.get("components", {}).get("schemas", {}).values():
        field = schema.get("properties", {}).get("customer_email", {})
        if field.pop("pattern", None):
            field["format"] = _ADDRESS


_ADDRESS = "address"
schemathesis.openapi.format(_ADDRESS, emails)
