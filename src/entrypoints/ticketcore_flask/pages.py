"""Pages for people: the API's description and the problems, without outside assets."""

from __future__ import annotations

from typing import Any

from flask import render_template

from ticketcore_wire.problems import STATUSES


def api_page(description: dict[str, Any]) -> str:
    """Answer the API's description as a page."""
    return render_template("api.html", api=description)


def problem_page(code: str) -> str:
    """Answer a page that tells what a problem's code means and what to do."""
    return render_template("problem.html", code=code, status=STATUSES[code], **EXPLANATIONS[code])


def _explain(meaning: str, remedy: str) -> dict[str, str]:
    return {"meaning": meaning, "remedy": remedy}


EXPLANATIONS = {
    "malformed_request": _explain(
        "The body is not JSON in UTF-8, or its media type is not application/json.",
        "Send a JSON object as application/json.",
    ),
    "unauthorized": _explain(
        "The request has no valid API key: it is missing, unknown or revoked.", "Send Authorization: Bearer KEY."
    ),
    "forbidden": _explain(
        "The API key is valid, but its role may not do this.", "Use a key with the role that the route names."
    ),
    "event_not_found": _explain("There is no event with this id.", "Take ids from GET /events."),
    "order_not_found": _explain("There is no order with this id.", "Take the id from the answer of POST /orders."),
    "ticket_not_found": _explain("There is no ticket with this id.", "Take ids from GET /orders/{id}/ticket."),
    "not_found": _explain("There is nothing at this address.", "See /docs for all addresses."),
    "method_not_allowed": _explain(
        "The address does not know this method.", "The Allow header names those that it knows."
    ),
    "sold_out": _explain(
        "Fewer places are free than were asked for; available says how many.",
        "Ask for fewer, or try again: reservations that are not paid come back.",
    ),
    "sales_closed": _explain(
        "The event is a draft, closed, cancelled, or has begun.", "Nothing can be bought for it now."
    ),
    "order_not_payable": _explain("The order was cancelled or refunded.", "Make a new order."),
    "order_not_paid": _explain(
        "The order has no tickets: order_status says where it stands.", "Pay it, or wait until it is paid."
    ),
    "order_not_cancellable": _explain(
        "Only a reserved order can be cancelled; order_status says where this one stands.",
        "Ask for a refund if it is paid.",
    ),
    "capacity_in_use": _explain(
        "More places are sold or reserved than the new capacity has; in_use says how many.",
        "Choose at least that many.",
    ),
    "ticket_already_used": _explain(
        "The ticket was admitted before: validation_date and gate say when and where.", "Let nobody in on it."
    ),
    "wrong_event": _explain("The ticket is genuine, but for another event.", "Let nobody in on it here."),
    "reservation_expired": _explain("The order was not paid in time; nothing was charged.", "Make a new order."),
    "ticket_void": _explain("The ticket was refunded.", "Let nobody in on it."),
    "payment_declined": _explain("The payment of this order was declined; nothing was charged.", "Make a new order."),
    "stale_version": _explain("The event was changed since it was read.", "Read it again and repeat the change."),
    "payload_too_large": _explain("The request is larger than 64 KiB.", "Send less."),
    "invalid_request": _explain(
        "Fields are missing, unknown or wrong; errors names each.", "Correct them all and send again."
    ),
    "ticket_not_authentic": _explain("The QR text is not one that this service has sealed.", "Let nobody in on it."),
    "idempotency_conflict": _explain(
        "The same Idempotency-Key came before with another event or quantity.", "Use a new key for a new order."
    ),
    "rate_limited": _explain("This client sends too many requests.", "Wait as long as Retry-After says."),
    "internal_error": _explain("A fault of the service, which was logged.", "Trying again is safe."),
    "unavailable": _explain(
        "A store or queue cannot be reached; nothing was changed, or doing the same again is safe.",
        "Try again after as long as Retry-After says.",
    ),
}
