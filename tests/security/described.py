"""A service whose description schemathesis runs, with the responses that are allowed beyond the description."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import schemathesis
from flask import Flask
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from schemathesis import BaseSchema, Case, CheckContext, GenerationMode, HookContext, Response, engine
from schemathesis.engine.events import EngineEvent, FatalError, NonFatalError, ScenarioFinished

from tests.entrypoints.http import ADMIN_KEY, CONCERT, Json, Service, observe, serve
from tests.factor import FACTOR
from ticketcore.domain import emails as mail_addresses
from ticketcore.domain import webhook_urls
from ticketcore_memory import SeededIds
from ticketcore_testing.strategies import emails

#: Examples of each operation.
EXAMPLES = 15 * FACTOR

#: Statuses of a valid request: a success, a missing key, thing or place, a decline, an
#: ended order, and what no schema can express, which ``refused_for_a_reason`` checks.
ADMITTED = ["2xx", "3xx", "401", "402", "403", "404", "409", "410", "412", "422"]

#: Statuses of a request that is not valid.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]

#: Beginnings of the faults that no schema can express.
BEYOND_SCHEMAS = (
    "must not hold control characters",
    "must be a text that is not blank",
    "must be a decimal string with",
    "must be an ISO 4217 currency code",
    "must be an RFC 3339 time",
    "must be a next_cursor of this service",
    "must be a time zone of the IANA database",
    "is too large",
    "must be before ",
    "must not be after date",
    "is in the past",
    # A key of one event needs to name none.
    "is required with a ticket code",
    # There are at most so many webhooks, and an address in a URL has to be one.
    "is one too many: ",
    "must be a URL of https",
)
#: Stands for the faults that a problem has no room for.
_MORE = re.compile("has [0-9]+ more faults?")
#: Refusals of a valid request whose values do not exist here.
NOT_OURS = {"ticket_not_authentic", "idempotency_conflict"}


AnyCase = Case[Any]


class RefusedWithoutReason(AssertionError):
    """A valid request was refused, and not for a rule that no schema can express."""


def is_admitted(case: AnyCase) -> bool:
    """Return whether a request is valid by the description."""
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


@schemathesis.check
def refused_for_a_reason(_context: CheckContext, response: Response, case: AnyCase) -> None:
    """Check that a valid request is refused only by a use case, or for a rule that no schema can express."""
    if response.status_code not in {400, 422} or not is_admitted(case):
        return
    problem = json.loads(response.content)
    messages = [fault["message"] for fault in problem.get("errors", ()) if not _MORE.fullmatch(fault["message"])]
    if problem["code"] in NOT_OURS or (messages and all(message.startswith(BEYOND_SCHEMAS) for message in messages)):
        return
    raise RefusedWithoutReason(f"{case.operation.label}: {problem}")


@schemathesis.hook("before_call")
def make_plausible(_context: HookContext, case: AnyCase, _more: Json) -> None:
    """Set plausible values in a valid request of the stateful phase, so that it succeeds and its links can be followed."""
    name = operation_of(case)
    if isinstance(case.body, dict) and is_admitted(case) and case.meta and case.meta.phase.name == "stateful":
        case.body.update(_PLAUSIBLE.get(name, {}))
        for field in _ELSEWHERE.get(name, ()):
            case.body.pop(field, None)


def operation_of(case: AnyCase) -> str:
    name: str = case.operation.definition.raw["operationId"]
    return name


_PLAUSIBLE: dict[str, Json] = {
    "create_event": CONCERT
    | {"capacity": 1000, "currency": "BRL", "status": "on_sale", "max_per_order": 10, "timezone": "UTC"}
    | {"sale_starts_at": None, "sale_ends_at": None, "doors_at": None},
    "create_order": {"quantity": 2},
    "pay_order": {"payment_token": "tok_approved"},
    "validate_ticket": {"gate": "North", "scan_id": "a-random-text-of-a-scan"},
}
_ELSEWHERE = {"validate_ticket": ("event_id",)}


def busy_service() -> Service:
    """Return a service that is the same in each run and charges each payment at once."""
    service = serve(ids=SeededIds(1))

    def work(_method: str, route: str, _response: object) -> None:
        if route == "/orders/<order_id>/payment":
            service.box_office.work()

    observe(service.app, work)
    return service


@attrs.define
class Run:
    """A run: the number of requests, the operations that succeeded, and each failure in words."""

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
    """Send valid and invalid requests of an operation; without one, follow the links between all of them."""
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
            # Searching the source for constants takes a minute and finds those of the frameworks.
            "analysis": {"constants": {"enabled": False}},
            "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ADMITTED},
                # A list with too many items may be too large before anyone counts them.
                "negative_data_rejection": {"expected-statuses": REFUSED},
                # DELETE cancels an order, which can still be read.
                "use_after_free": {"enabled": False},
                # ``test_authorization`` checks that; the library's check needs a server.
                "ignored_auth": {"enabled": False},
            },
        }
    )
    api = json.loads(app.test_client().get("/openapi.json").data)
    _generate_texts_quickly(api)
    _read_bodies_of_links(api)
    schema = schemathesis.openapi.from_dict(api, config=config)
    schema.app = app
    return schema


def _generate_texts_quickly(api: Json) -> None:
    for field in _fields(api, "customer_email"):
        # The pattern has lookaheads: nearly all texts that are generated from it would be discarded.
        if field.pop("pattern", None):
            field["format"] = _ADDRESS
    for field in _fields(api, "url"):
        # Few texts of its greatest length match the pattern: what does not begin like this does not match it either.
        if "pattern" in field:
            field["pattern"] = "^[Hh][Tt][Tt][Pp]"


def _fields(api: Json, name: str) -> list[Json]:
    """Return the schemas of all members and parameters of a name."""
    members = [
        schema.get("properties", {}).get(name, {}) for schema in api.get("components", {}).get("schemas", {}).values()
    ]
    parameters = [
        parameter["schema"]
        for path in api["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter.get("name") == name
    ]
    return members + parameters


def _read_bodies_of_links(api: Json) -> None:
    # The library follows expressions in an object, not in a string that holds one.
    for path in api["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                for link in response.get("links", {}).values():
                    if "requestBody" in link:
                        link["requestBody"] = json.loads(link["requestBody"])


def _web_addresses(length: int) -> str:
    return f"https://example.com/{'a' * (length - 20)}"


def _addresses(length: int) -> str:
    return f"{'a' * (length - 208)}@{('b' * 49 + '.') * 4}example"


def _around(longest: int, made: Callable[[int], str]) -> SearchStrategy[str]:
    """Return texts about as long as they may be, for which the library would search in vain."""
    return st.sampled_from([made(longest + more) for more in (-1, 0, 1)])


_ADDRESS = "address"
schemathesis.openapi.format(_ADDRESS, emails | _around(mail_addresses.MAX_LENGTH, _addresses))
schemathesis.openapi.format("uri", st.just("https://example.com/") | _around(webhook_urls.MAX_LENGTH, _web_addresses))
