"""Sales at the door: paid in cash, or given away, with the tickets at once."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any

from flask import Response, request

from ticketcore import LiveEvent, PlacedOrder
from ticketcore.domain import events, ids
from ticketcore.domain.attempts import PaymentMethod
from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.refusals import (
    Fault,
    IdempotencyConflict,
    InvalidRequest,
    Refusal,
    SalesClosed,
    SalesNotOpen,
    SoldOut,
)
from ticketcore.domain.texts import Text
from ticketcore_web.desk import refusals
from ticketcore_web.desk.events import found
from ticketcore_web.desk.routes import Desk

_WHOLE = re.compile("[0-9]{1,9}")
_MAX_TYPED = 300
METHODS = {
    PaymentMethod.CASH: Text("Cash: the total was taken"),
    PaymentMethod.COMPLIMENTARY: Text("Complimentary: the total becomes 0"),
}


def add_pages(desk: Desk) -> None:
    """Add the form of a sale at the door."""
    site = desk.site

    @desk.page("/desk/e/<event_id>/sale")
    def desk_sale(event_id: str, refusal: Refusal | None = None) -> Response | Refusal:
        live = found(desk, event_id)
        if isinstance(live, Refusal):
            return live
        sent, closed = request.form, _closed(live, site.now)
        return desk.show(
            "sale.html",
            refusal=refusal,
            closed=closed and (closed.detail, refusals.next_step(closed)),
            event=live.event,
            available=live.available,
            quantity=sent.get("quantity", "1")[:_MAX_TYPED],
            email=sent.get("customer_email", "")[:_MAX_TYPED],
            methods=[(method.value, name) for method, name in METHODS.items()],
            chosen=sent.get("method", PaymentMethod.CASH.value),
            key=_key(refusal),
        )

    @desk.form("/desk/e/<event_id>/sale", shown_by=desk_sale, act=LimitedAct.ORDER)
    def desk_sell(event_id: str) -> Response | Refusal:
        live = found(desk, event_id)
        if isinstance(live, Refusal):
            return live
        sent = request.form
        if sent.get("method") not in list(METHODS):
            return InvalidRequest((Fault("method", Text("must be one of those offered")),))
        placed = site.box_office.place_order(
            live.event.id,
            _number(sent.get("quantity", "")),
            sent.get("customer_email", "").strip(),
            sent.get("idempotency_key"),
            language=site.language,
        )
        if not isinstance(placed, PlacedOrder):
            return placed
        order_id = placed.order.id
        paid = site.organiser.record_payment(order_id, PaymentMethod(sent["method"]), by=desk.by)
        return paid if isinstance(paid, Refusal) else site.go("desk_tickets", digest=ids.digest(order_id))


def _closed(live: LiveEvent, now: datetime) -> SalesClosed | SalesNotOpen | SoldOut | None:
    """Return why nothing can be sold of an event now, if so: no cash is to be taken then."""
    return events.closed_to_buyers(live.event, now) or (None if live.available else SoldOut(0))


def _number(typed: str) -> Any:
    """Return a number that was typed; the use case refuses what is none."""
    return int(typed) if _WHOLE.fullmatch(typed.strip()) else typed


def _key(refusal: Refusal | None) -> str:
    """Return the idempotency key of the form: the one that was sent, unless it stands for another order or is none."""
    sent = request.form.get("idempotency_key")
    faults = {fault.field for fault in refusal.errors} if isinstance(refusal, InvalidRequest) else set[str]()
    if sent is None or isinstance(refusal, IdempotencyConflict) or "idempotency_key" in faults:
        return str(uuid.uuid4())
    return sent
