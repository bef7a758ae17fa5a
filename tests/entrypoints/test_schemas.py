"""Schemas: what one definition describes, encodes and decodes is the same."""

from __future__ import annotations

import inspect
import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator

from ticketcore import Admitted, EventChange, EventDraft, Fault, LiveEvent, LivePage, Order, OrderPage, TicketRecord
from ticketcore.domain import emails
from ticketcore.domain.attempts import PaymentMethod
from ticketcore.domain.refusals import InvalidRequest
from ticketcore.domain.texts import Text
from ticketcore_testing.strategies import VALUES, event_ids, idempotency_keys, names, scan_ids, ticket_codes, tickets
from ticketcore_testing.strategies import emails as addresses
from ticketcore_texts import rendered
from ticketcore_wire import event_schemas, order_schemas, payment_schemas, ticket_schemas
from ticketcore_wire.event_schemas import EVENT, EVENT_CHANGE, EVENT_PAGE, NEW_EVENT
from ticketcore_wire.health import ALIVE, HEALTH, Health
from ticketcore_wire.object_schemas import RequestSchema, Rule, field
from ticketcore_wire.order_schemas import (
    NEW_ORDER,
    NEW_ORDER_HEADERS,
    NOTHING,
    ORDER,
    ORDER_PAGE,
    NewOrder,
    NewOrderHeaders,
    Nothing,
)
from ticketcore_wire.payment_schemas import PAYMENT_REQUEST, REFUND_REQUEST, PaymentRequest, RefundRequest
from ticketcore_wire.problems import RefusedRequest
from ticketcore_wire.schemas import Schema, json_text, line
from ticketcore_wire.ticket_schemas import (
    ADMISSION,
    ADMITTED,
    SCAN,
    TICKET,
    UNDO,
    UNDONE,
    LinkedTicket,
    ScanRequest,
    UndoRequest,
)

REQUESTS: dict[str, RequestSchema[Any]] = {
    found.name: found
    for module in (event_schemas, order_schemas, payment_schemas, ticket_schemas)
    for found in vars(module).values()
    if isinstance(found, RequestSchema)
}
gates = st.none() | scan_ids
BODIES: dict[str, tuple[RequestSchema[Any], st.SearchStrategy[Any]]] = {
    "NewEvent": (NEW_EVENT, VALUES[EventDraft]),
    "EventChange": (EVENT_CHANGE, VALUES[EventChange]),
    "NewOrder": (NEW_ORDER, st.builds(NewOrder, event_ids, st.integers(1, 1000), addresses.map(emails.parse))),
    "NewOrderHeaders": (NEW_ORDER_HEADERS, st.builds(NewOrderHeaders, st.none() | idempotency_keys)),
    "PaymentRequest": (
        PAYMENT_REQUEST,
        st.builds(PaymentRequest, st.none() | names)
        | st.builds(PaymentRequest, method=st.sampled_from([PaymentMethod.CASH, PaymentMethod.COMPLIMENTARY])),
    ),
    "Nothing": (NOTHING, st.just(Nothing())),
    "RefundRequest": (
        REFUND_REQUEST,
        st.builds(RefundRequest, st.none() | st.lists(st.integers(1, 1000), min_size=1, unique=True), st.booleans()),
    ),
    "Scan": (
        SCAN,
        st.builds(ScanRequest, st.text(), gate=gates, event_id=st.none() | event_ids, scan_id=st.none() | scan_ids)
        | st.builds(
            ScanRequest,
            ticket_code=ticket_codes,
            number=st.integers(1, 1000),
            gate=gates,
            event_id=st.none() | event_ids,
            scan_id=st.none() | scan_ids,
        ),
    ),
    "Undo": (UNDO, st.builds(UndoRequest, st.text(), gate=gates, event_id=st.none() | event_ids)),
}
_linked = st.builds(LinkedTicket, tickets, st.just("https://tickets.example"))
RESPONSES: dict[str, tuple[Schema[Any], st.SearchStrategy[Any]]] = {
    "Event": (EVENT, VALUES[LiveEvent]),
    "EventPage": (EVENT_PAGE, VALUES[LivePage]),
    "OrderPage": (ORDER_PAGE, VALUES[OrderPage]),
    "Order": (ORDER, VALUES[Order]),
    "Ticket": (TICKET, _linked),
    "Admission": (ADMISSION, VALUES[TicketRecord]),
    "Admitted": (ADMITTED, VALUES[Admitted]),
    "Undone": (UNDONE, VALUES[TicketRecord]),
    "Health": (
        HEALTH,
        st.sampled_from([ALIVE, Health.of({"ledger": None, "mail": "no answer"}, simulated_payments=True)]),
    ),
}


def is_described(schema: Schema[Any] | RequestSchema[Any], value: Any) -> bool:
    """Return whether JSON is as a schema describes it."""
    whole = {**schema.json_schema, "components": {"schemas": schema.components}}
    return bool(OAS31Validator(whole).is_valid(json.loads(json.dumps(rendered(value)))))


@pytest.mark.parametrize("name", BODIES)
@given(data=st.data())
def test_a_request_is_decoded_as_it_was_encoded(name: str, data: st.DataObject) -> None:
    """The JSON is as the schema describes it, and the value that is read of it is written the same way."""
    schema, values = BODIES[name]
    sent = schema.encode(data.draw(values))

    assert is_described(schema, sent)
    assert schema.encode(schema.decode(sent)) == sent


@pytest.mark.parametrize("name", RESPONSES)
@given(data=st.data())
def test_a_response_is_encoded_as_it_is_described(name: str, data: st.DataObject) -> None:
    """Every value of a type has the members of its JSON schema and no others."""
    schema, values = RESPONSES[name]

    assert is_described(schema, schema.encode(data.draw(values)))


@pytest.mark.parametrize("name", [name for name, (schema, _) in RESPONSES.items() if schema.write])
@given(data=st.data())
def test_what_is_written_at_once_is_what_is_encoded(name: str, data: st.DataObject) -> None:
    """To the octet, so that no client sees which way a response was made."""
    schema, values = RESPONSES[name]
    value = data.draw(values)

    assert schema.write is not None
    assert schema.write(value) == json_text(schema.encode(value))


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_has_a_field_for_each_argument(name: str) -> None:
    """Whatever can be made of a request can be sent, and nothing is sent that cannot be used."""
    schema = REQUESTS[name]

    assert [each.attribute for each in schema.fields] == list(inspect.signature(schema.make).parameters)


@attrs.frozen
class Pair:
    """Two texts, the second with a default."""

    first: str
    second: str = "b"


def _unequal(first: str, second: str) -> list[Fault]:
    return [Fault("second", Text("must be another"))] if first == second else []


PAIR: RequestSchema[Pair] = RequestSchema(
    "Pair",
    Pair,
    (field("first", line(3), lambda pair: pair.first), field("second", line(3), lambda pair: pair.second)),
    (Rule(("first", "second"), _unequal),),
)


@pytest.mark.parametrize(
    ("given_values", "faulty"),
    [
        ({}, ["first"]),
        ({"first": "", "second": 7, "third": 1}, ["first", "second", "third"]),
        ({"first": "b"}, ["second"]),
        ({"first": "a", "second": "a"}, ["second"]),
        ({"first": "", "second": "a"}, ["first"]),
        ({"second": "a", "third": 1}, ["first", "third"]),
        ([], [""]),
    ],
)
def test_every_fault_is_found_at_once(given_values: object, faulty: list[str]) -> None:
    """Missing and wrong fields, rules between fields that are right by themselves, defaults included, and unknown fields last."""
    with pytest.raises(RefusedRequest) as raised:
        PAIR.decode(given_values)

    assert isinstance(raised.value.refusal, InvalidRequest)
    assert [fault.field for fault in raised.value.refusal.errors] == faulty


def test_a_default_is_described_and_makes_a_field_optional() -> None:
    """It is the one of the type that the request is read as."""
    assert PAIR.decode({"first": "a"}) == Pair("a", "b")
    described = PAIR.components["Pair"]
    assert described["required"] == ["first"]
    assert described["properties"]["second"]["default"] == "b"
    assert described["additionalProperties"] is False
