"""Refusals and failures as RFC 9457 problems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args, get_type_hints

import attrs

from ticketcore.domain import timestamps
from ticketcore.domain.acceptance import AnyRefusal
from ticketcore.domain.orders import Problem
from ticketcore.domain.refusals import ONLY_IN_DETAIL, Fault, InvalidRequest, Refusal
from ticketcore.domain.texts import Text, plural_text

MEDIA_TYPE = "application/problem+json"
#: A response is not much larger than its request, whatever is wrong with it.
MAX_FAULTS = 20


@attrs.frozen
class MalformedRequest(Refusal):
    code = "malformed_request"
    title = Text("The request cannot be read")
    meaning = Text(
        "The body is not JSON in UTF-8, its media type is not application/json, or the request is not HTTP as this service "
        "understands it."
    )
    remedy = Text("See the detail; send a JSON object as application/json.")
    reason: Text = attrs.field(metadata=ONLY_IN_DETAIL)

    @property
    def detail(self) -> Text:
        return self.reason


@attrs.frozen
class Unauthorized(Refusal):
    code = "unauthorized"
    title = Text("A valid API key is needed")
    meaning = Text("The request has no valid API key: it is missing, unknown or revoked.")
    remedy = Text("Send Authorization: Bearer KEY.")


@attrs.frozen
class Forbidden(Refusal):
    code = "forbidden"
    title = Text("This API key may not do that")
    meaning = Text("The API key is valid, but its role may not do this.")
    remedy = Text("Use a key with the role that the route names.")


@attrs.frozen
class NotFound(Refusal):
    code = "not_found"
    title = Text("There is nothing at this address")
    meaning = Text("There is nothing at this address.")
    remedy = Text("See /docs for all addresses.")


@attrs.frozen
class KeyNotFound(NotFound):
    title = Text("There is no such API key")
    meaning = Text("There is no API key with this id.")
    remedy = Text("Take ids from ticketcore keys list.")


@attrs.frozen
class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    title = Text("This address does not know that method")
    meaning = Text("The address does not know this method.")
    remedy = Text("The Allow header lists the methods that it knows.")


@attrs.frozen
class PayloadTooLarge(Refusal):
    code = "payload_too_large"
    title = Text("The request is larger than 64 KiB")
    meaning = Text("The request is larger than 64 KiB.")
    remedy = Text("Send less.")


@attrs.frozen
class RateLimited(Refusal):
    code = "rate_limited"
    title = Text("Too many requests; try again later")
    meaning = Text("This client sends too many requests.")
    remedy = Text("Wait as long as Retry-After says.")
    retry_after: int


@attrs.frozen
class ServiceUnavailable(Refusal):
    code = "unavailable"
    title = Text("A part of the service cannot be reached; trying again is safe")
    meaning = Text("A store or queue cannot be reached; nothing was changed, or doing the same again is safe.")
    remedy = Text("Try again after as long as Retry-After says.")
    retry_after: int = 1


@attrs.frozen
class InternalError(Refusal):
    code = "internal_error"
    title = Text("Something went wrong on our side")
    meaning = Text("A fault of the service, which was logged.")
    remedy = Text("Trying again is safe.")


#: Every kind of refusal by its code, those of the edge included.
KINDS: dict[str, type[Refusal]] = {
    kind.code: kind
    for kind in (
        *get_args(AnyRefusal),
        MalformedRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        PayloadTooLarge,
        RateLimited,
        ServiceUnavailable,
        InternalError,
    )
}

#: The status of every code of the contract.
STATUSES = {
    "malformed_request": 400,
    "unauthorized": 401,
    "payment_declined": 402,
    "forbidden": 403,
    "event_not_found": 404,
    "order_not_found": 404,
    "ticket_not_found": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "sold_out": 409,
    "sales_closed": 409,
    "sales_not_open": 409,
    "customer_limit": 409,
    "order_not_payable": 409,
    "order_not_paid": 409,
    "order_not_cancellable": 409,
    "address_forgotten": 409,
    "capacity_in_use": 409,
    "ticket_already_used": 409,
    "wrong_event": 409,
    "too_early": 409,
    "nothing_to_undo": 409,
    "event_cancelled": 410,
    "reservation_expired": 410,
    "ticket_void": 410,
    "stale_version": 412,
    "payload_too_large": 413,
    "invalid_request": 422,
    "ticket_not_authentic": 422,
    "idempotency_conflict": 422,
    "rate_limited": 429,
    "internal_error": 500,
    "unavailable": 503,
}


@attrs.frozen
class Explanation:
    """What a code means and what to do about it; ``status`` is ``None`` for a code that only orders have as their problem."""

    meaning: Text
    remedy: Text
    status: int | None


_OF_ORDERS = {
    Problem.PAYMENT_GIVEN_UP.value: Explanation(
        Text("An admin gave up the payment of the order; no money is kept, and its places were given back."),
        Text("Make a new order."),
        None,
    )
}
#: The explanation of every code that a response may have, of problems and of orders.
EXPLANATIONS = {
    code: Explanation(kind.meaning, kind.remedy, STATUSES[code]) for code, kind in KINDS.items()
} | _OF_ORDERS


class RefusedRequest(Exception):
    """A request that the edge refuses before any use case is asked."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Raise ``RefusedRequest`` if there are faults; of more than ``MAX_FAULTS`` the last entry says how many follow."""
    if not faults:
        return
    left_out = len(faults) - MAX_FAULTS
    more = [Fault("", plural_text("has %(count)s more fault", "has %(count)s more faults", "count", count=left_out))]
    raise RefusedRequest(InvalidRequest((*faults[:MAX_FAULTS], *(more if left_out > 0 else ()))))


def problem_json(refusal: Refusal, public_url: str) -> dict[str, Any]:
    """Return the problem's members, those of its code included; its texts are yet to be rendered."""
    return {
        "type": f"{public_url}/problems/{refusal.code}",
        "title": refusal.title,
        "status": STATUSES[refusal.code],
        "detail": refusal.detail,
        "code": refusal.code,
        **members(refusal),
    }


def members(refusal: Refusal) -> dict[str, Any]:
    """Return the further members of a refusal's problem."""
    return attrs.asdict(refusal, filter=_is_member, value_serializer=_plain)


def member_types(kind: type[Refusal]) -> dict[str, Any]:
    """Return the types of the further members of a refusal's problem."""
    types = get_type_hints(kind)
    return {field.name: types[field.name] for field in attrs.fields(kind) if _is_member(field, None)}


def _is_member(attribute: attrs.Attribute[Any], _value: object) -> bool:
    return bool(attribute.metadata.get("member", True))


def _plain(_instance: type, _attribute: Any, value: Any) -> Any:
    return timestamps.text_of(value) if isinstance(value, datetime) else value
