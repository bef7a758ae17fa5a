"""Pages about what was refused or failed: what it is, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ticketcore.domain.refusals import Fault, InvalidRequest, Refusal, SoldOut
from ticketcore.domain.texts import Text
from ticketcore_web.desk_phrases import DESK_LABELS
from ticketcore_web.forms import StaleForm
from ticketcore_web.gate_phrases import GATE_LABELS
from ticketcore_web.phrases import PHRASES
from ticketcore_web.site import Site
from ticketcore_wire import responses
from ticketcore_wire.problems import (
    InternalError,
    RateLimited,
    ServiceUnavailable,
)

#: What a reader of pages does next, by the refusal's code; a code's own remedy is for programs.
_NEXT = {
    "event_not_found": Text("Look for it among the events on sale."),
    "order_not_found": Text("Check the address, or ask the organiser for your tickets."),
    "ticket_not_found": Text("Check the address, or open the ticket from its order."),
    "ticket_void": Text("If it was paid for, its money goes back the way it came."),
    "not_found": Text("Check the address, or begin with the events on sale."),
    "method_not_allowed": Text("Open the page again."),
    "malformed_request": Text("Open the page again."),
    "payload_too_large": Text("Send less text."),
    "invalid_request": Text("Correct what is marked and send it again."),
    "idempotency_conflict": Text("Sending it again makes another order."),
    "sold_out": Text("Choose fewer tickets."),
    "sales_closed": Text("Look at the other events on sale."),
    "sales_not_open": Text("Come back when the sale starts."),
    "customer_limit": Text("Choose fewer tickets, or cancel a reservation that you do not need."),
    "payment_declined": Text("Reserve again and pay in another way."),
    "reservation_expired": Text("Reserve again, if there are still places."),
    "order_not_payable": Text("Reserve again, if there are still places."),
    "order_not_paid": Text("Pay the order, or wait until the payment is confirmed."),
    "order_not_cancellable": Text("This page shows where the order stands."),
    "rate_limited": Text("Wait a moment, then try again."),
    "unavailable": Text("Try again in a moment. Sending it twice is safe."),
    "internal_error": Text("Try again in a moment. Sending it twice is safe."),
    "stale_form": StaleForm.remedy,
}
_NONE_LEFT = Text("Look again in a few minutes, or look at the other events on sale.")
#: What a buyer reads in place of words for programs.
_SAID = {
    "idempotency_conflict": Text("You have sent this form before, with another choice. That order exists."),
    "unavailable": Text("A part of the box office cannot be reached. Nothing was changed, or repeating it is safe."),
    "rate_limited": Text("There were too many requests from your network."),
    "malformed_request": Text("The request could not be read."),
    "method_not_allowed": Text("This page cannot do that."),
}
#: Fields by the names that pages give them; what is none of them is in the address.
_LABELS = {
    "quantity": PHRASES["quantity"],
    "customer_email": PHRASES["email"],
    "payment_token": PHRASES["payment"],
    "search": PHRASES["search"],
    **DESK_LABELS,
    **GATE_LABELS,
}
_REQUEST = Text("the request")
#: What a form says in place of the names of members.
_IN_FORMS = {
    "is in the past; with allow_past it is accepted": Text("is in the past: tick the box below, if that is meant"),
}
#: More fields than a form of ours has are not kept.
_MAX_KEPT = 20


def next_step(refusal: Refusal) -> Text:
    """Return what a reader does next."""
    if isinstance(refusal, SoldOut) and refusal.available < 1:
        return _NONE_LEFT
    return _NEXT.get(refusal.code, refusal.remedy)


def said(refusal: Refusal) -> Text:
    """Return a refusal as a sentence for the reader of a page."""
    if isinstance(refusal, InvalidRequest):
        return _faults(refusal)
    return _SAID.get(refusal.code, refusal.detail)


def beyond_title(refusal: Refusal) -> Text | None:
    """Return what a refusal says, or ``None`` where its title says it all."""
    sentence = said(refusal)
    return None if sentence == Text("%(sentence)s.", sentence=refusal.title) else sentence


def _faults(refusal: InvalidRequest) -> Text:
    named = (
        Text("%(field)s %(fault)s", field=_LABELS.get(each.field, _REQUEST), fault=_message(each))
        for each in refusal.errors
    )
    return Text("%(faults)s", faults=tuple(named))


def faults_by_field(refusal: Refusal | None) -> Mapping[str, Text]:
    """Return the first fault of each field that a refusal names."""
    errors = refusal.errors if isinstance(refusal, InvalidRequest) else ()
    return {fault.field: _message(fault) for fault in reversed(errors)}


def _message(fault: Fault) -> Text:
    """Return a fault's message in which other fields have the names that pages give them."""
    message = _IN_FORMS.get(fault.message.message, fault.message)
    label = _LABELS.get(str(message.values.get("field")))
    return message.with_values(**{**message.values, "field": label}) if label else message


def refusal_page(site: Site, refusal: Refusal) -> Response:
    """Return a page about a refusal; what a form has sent can be sent again from it where that may help."""
    may_help = isinstance(refusal, RateLimited | ServiceUnavailable | InternalError)
    response = site.show(
        "refusal.html",
        refusal=refusal,
        detail=beyond_title(refusal),
        next_step=next_step(refusal),
        again=_sent() if may_help else None,
        sent_to=site.path(request.endpoint.rpartition(".")[2], **(request.view_args or {})) if request.endpoint else "",
        may_help=may_help,
    )
    if isinstance(refusal, RateLimited | ServiceUnavailable):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def error_page(site: Site, error: Exception) -> Response:
    """Return a page about an error, and log what its reader must not see."""
    response = refusal_page(site, refusal_of(error))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def refusal_of(error: Exception) -> Refusal:
    """Return the refusal to show for an error, and log what its reader must not see."""
    status = error.code if isinstance(error, HTTPException) else None
    # The route, not the address, which may hold an order's id.
    return responses.refusal_of(error, f"{request.method} {request.url_rule or 'a page'}", status)


def _sent() -> Sequence[tuple[str, str]] | None:
    """Return the fields that the request's form has sent, ``None`` if it is none."""
    if request.method != "POST":
        return None
    try:
        return [*request.form.items()][:_MAX_KEPT]
    except HTTPException:
        return []
