"""Payments on the wire: how one is confirmed, refunded and shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from ticketcore.domain import checks, payment_tokens
from ticketcore.domain.attempts import ActionType, Payment, PaymentAction, PaymentMethod, PaymentStatus
from ticketcore.domain.events import MAX_PER_ORDER
from ticketcore.domain.refusals import Fault
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_wire.object_schemas import RequestSchema, Rule, field, member, object_schema
from ticketcore_wire.schemas import (
    InputSchema,
    Json,
    Schema,
    annotated,
    checked,
    choice,
    constant,
    flag,
    list_of,
    nullable,
    text,
    whole_number,
)
from ticketcore_wire.values import AMOUNT, TEXT, TIME, URL

_ACTIONS: dict[ActionType, Schema[PaymentAction]] = {
    ActionType.REDIRECT: object_schema(
        "RedirectAction",
        member("type", constant(ActionType.REDIRECT.value), lambda action: action.type),
        member("url", annotated(URL, description="Open this page; there the buyer pays."), lambda action: action.value),
    ),
    ActionType.QR_CODE: object_schema(
        "QrCodeAction",
        member("type", constant(ActionType.QR_CODE.value), lambda action: action.type),
        member(
            "text",
            annotated(TEXT, description="Show this as a QR code; the buyer pays with it, as with Pix."),
            lambda action: action.value,
        ),
    ),
}
_ACTION: Schema[PaymentAction] = Schema(
    {"oneOf": [schema.json_schema for schema in _ACTIONS.values()]},
    lambda action: _ACTIONS[action.type].encode(action),
    components={name: whole for schema in _ACTIONS.values() for name, whole in schema.components.items()},
)

PAYMENT: Schema[Payment] = object_schema(
    "Payment",
    member("status", choice(PaymentStatus), lambda payment: payment.status),
    member(
        "action",
        annotated(nullable(_ACTION), description="What the buyer has to do while the gateway waits; otherwise null."),
        lambda payment: payment.action,
    ),
    member(
        "expires_at",
        annotated(nullable(TIME), description="The deadline of the action."),
        lambda payment: payment.expires_at,
    ),
    member(
        "method",
        annotated(
            choice(PaymentMethod),
            description="Through the gateway, free because the total is 0, or by an admin in cash or complimentary.",
        ),
        lambda payment: payment.method,
    ),
    member(
        "refunded_amount",
        annotated(AMOUNT, description="What of the order's money went back, or is on its way."),
        lambda payment: payment.refunded.amount,
    ),
)


@attrs.frozen
class PaymentRequest:
    """A buyer's confirmation of a payment, or an admin's that there is none through the gateway."""

    payment_token: str | None = None
    method: PaymentMethod | None = None


_TOKEN = checked(
    payment_tokens.check,
    {
        "type": "string",
        "minLength": 1,
        "maxLength": payment_tokens.MAX_LENGTH,
        "examples": ["tok_approved"],
        "description": (
            "The token that the payment gateway gave the buyer's page for a means of payment; an order of 0.00 needs "
            "none, and the number of a card is refused. Where payments are simulated, as /health/ready says: "
            "tok_approved, tok_declined, tok_flaky (approved at the third try), tok_down (never an answer) and "
            "tok_pending (waits for the buyer); any other token is declined."
        ),
    },
)
_METHODS = (PaymentMethod.CASH, PaymentMethod.COMPLIMENTARY)


def _method(value: str) -> PaymentMethod:
    if value not in _METHODS:
        raise InvalidValue(Text("must be one of %(choices)s", choices=", ".join(_METHODS)))
    return PaymentMethod(value)


METHOD: InputSchema[PaymentMethod] = attrs.evolve(
    text(_method), json_schema={"enum": [method.value for method in _METHODS]}
)
_ONE_WAY: Json = {"not": {"required": ["payment_token", "method"]}}


def _one_way(payment_token: str | None, method: PaymentMethod | None) -> Iterable[Fault]:
    if payment_token is not None and method is not None:
        yield Fault("payment_token", Text("must not stand beside method"))


PAYMENT_REQUEST: RequestSchema[PaymentRequest] = RequestSchema(
    "PaymentRequest",
    PaymentRequest,
    (
        field("payment_token", _TOKEN, lambda payment: payment.payment_token),
        field(
            "method",
            annotated(
                METHOD,
                description="For admins: paid in cash outside this service, or complimentary, which makes the total 0.",
            ),
            lambda payment: payment.method,
        ),
    ),
    (Rule(("payment_token", "method"), _one_way, _ONE_WAY),),
    {"payment_token": "tok_approved"},
)


@attrs.frozen
class RefundRequest:
    """An admin's refund of an order, or of some of its tickets."""

    tickets: Sequence[int] | None = None
    include_used: bool = False


REFUND_REQUEST: RequestSchema[RefundRequest] = RequestSchema(
    "RefundRequest",
    RefundRequest,
    (
        field(
            "tickets",
            annotated(
                list_of(whole_number(MAX_PER_ORDER, checks.whole(MAX_PER_ORDER)), MAX_PER_ORDER),
                description="The numbers of the tickets to refund; all of them by default.",
            ),
            lambda refund: refund.tickets,
        ),
        field(
            "include_used",
            annotated(flag(), description="Return the money of used tickets too; their places stay sold."),
            lambda refund: refund.include_used,
        ),
    ),
    example={"tickets": [1]},
)
