"""The pages on which a buyer finds an event and reserves places."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request

from ticketcore import EventStatus, LiveEvent, PlacedOrder
from ticketcore.domain.event_search import MAX_LENGTH
from ticketcore.domain.events import Event, closed_to_buyers
from ticketcore.domain.ids import event_id as read_event_id
from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.refusals import (
    EventNotFound,
    IdempotencyConflict,
    Refusal,
    SalesClosed,
    SalesNotOpen,
    SoldOut,
)
from ticketcore.domain.texts import Text, plural_text
from ticketcore_web import errors
from ticketcore_web.cursors import read_cursor
from ticketcore_web.pages import PageRoutes
from ticketcore_web.site import Site
from ticketcore_wire.event_schemas import CURSOR

_ON_A_PAGE = 20
_WHOLE = re.compile("[0-9]{1,9}")
#: What a form keeps of a field that was filled in.
_MAX_TYPED = 300
#: A field that is the fault of none who typed: its fault is the form's.
_HIDDEN = {"idempotency_key", "language"}

Closed = SalesClosed | SalesNotOpen | SoldOut


def add_pages(routes: PageRoutes, site: Site) -> None:
    """Add the list of events, an event, and its reservation."""
    _add_list(routes, site)
    _add_event(routes, site)


def _add_list(routes: PageRoutes, site: Site) -> None:
    @routes.page("/")
    def home() -> Response | Refusal:
        search = request.args.get("search", "").strip()
        after = read_cursor(CURSOR, request.args.get("cursor"))
        if isinstance(after, Refusal):
            return after
        page = site.box_office.list_events(after, _ON_A_PAGE, search=search[:MAX_LENGTH])
        if isinstance(page, Refusal):
            return page
        more = CURSOR.encode(page.after) if page.after else None
        shown = [(live, _availability(live, site)) for live in page.items]
        return site.show("home.html", shown=shown, search=search, more=more, is_first=after is None)


def _add_event(routes: PageRoutes, site: Site) -> None:
    @routes.page("/e/<event_id>")
    def event(event_id: str, refusal: Refusal | None = None) -> Response | Refusal:
        live = _found(site, event_id)
        if isinstance(live, Refusal):
            return live
        closed, faults = _why_closed(live, site), _faults(refusal, live.event)
        return site.show(
            "event.html",
            refusal=refusal,
            said=refusal and next(iter(faults.values()), errors.said(refusal)),
            next_step=refusal and errors.next_step(refusal),
            faults=faults,
            event=live.event,
            status=_availability(live, site),
            state=_state(live, site),
            closed=closed,
            closed_next=closed and errors.next_step(closed),
            can_return=isinstance(closed, SoldOut | SalesNotOpen),
            most=max(1, min(live.event.max_per_order, live.available)),
            key=_key(refusal),
            quantity=request.form.get("quantity", "1")[:_MAX_TYPED],
            email=request.form.get("customer_email", "")[:_MAX_TYPED],
        )

    @routes.form("/e/<event_id>", shown_by=event, act=LimitedAct.ORDER)
    def reserve(event_id: str) -> Response | Refusal:
        live = _found(site, event_id)
        if isinstance(live, Refusal):
            return live
        typed = request.form
        placed = site.box_office.place_order(
            live.event.id,
            _number(typed.get("quantity", "")),
            typed.get("customer_email", "").strip(),
            typed.get("idempotency_key"),
            language=site.language,
        )
        return site.go("order", order_id=placed.order.id) if isinstance(placed, PlacedOrder) else placed

    @routes.page("/e/<event_id>/live")
    def live_event(event_id: str) -> Response | Refusal:
        live = _found(site, event_id)
        if isinstance(live, Refusal):
            return live
        text = site.text(_availability(live, site))
        return jsonify({"state": _state(live, site), "text": text})


def _found(site: Site, name: str) -> LiveEvent | EventNotFound:
    """Return an event that buyers may see."""
    live = site.box_office.event(read_event_id(name))
    is_draft = isinstance(live, LiveEvent) and live.event.status is EventStatus.DRAFT
    return EventNotFound() if is_draft else live


def _number(typed: str) -> Any:
    """Return a number that was typed; the use case refuses what is none."""
    return int(typed) if _WHOLE.fullmatch(typed.strip()) else typed


def _faults(refusal: Refusal | None, event: Event) -> Mapping[str, Text]:
    """Return what is wrong with what was typed, a sentence for each field."""
    sentences = {"quantity": _quantity_fault(event), "customer_email": _email_fault(refusal)}
    return {name: sentences[name] for name in errors.faults_by_field(refusal) if name in sentences}


def _quantity_fault(event: Event) -> Text:
    return Text("Choose a whole number of tickets, from 1 to %(most)s.", most=event.max_per_order)


def _email_fault(refusal: Refusal | None) -> Text:
    if not request.form.get("customer_email", "").strip():
        return Text("Enter your e-mail address, so that your tickets reach you.")
    fault = errors.faults_by_field(refusal).get("customer_email")
    if fault is not None and "domain" in fault.values:
        return Text("Write your e-mail address with the domain %(domain)s.", domain=fault.values["domain"])
    return Text("This e-mail address is not complete or has a slip. It looks like ann@example.com.")


def _key(refusal: Refusal | None) -> str:
    """Return the idempotency key of a form: the one that was sent, unless it stands for another order."""
    sent = request.form.get("idempotency_key")
    is_kept = sent is not None and not isinstance(refusal, IdempotencyConflict) and not _HIDDEN & _fields_of(refusal)
    return sent if sent is not None and is_kept else str(uuid.uuid4())


def _fields_of(refusal: Refusal | None) -> set[str]:
    return set(errors.faults_by_field(refusal))


def _why_closed(live: LiveEvent, site: Site) -> Closed | None:
    return closed_to_buyers(live.event, site.now) or (SoldOut(0) if live.available < 1 else None)


def _state(live: LiveEvent, site: Site) -> str:
    """Return what decides which form the page of an event has."""
    closed = _why_closed(live, site)
    return closed.code if closed else "open"


def _availability(live: LiveEvent, site: Site) -> Text:
    """Return how an event's sale stands, in a few words."""
    match _why_closed(live, site):
        case SalesClosed(because):
            return _CLOSED[because]
        case SalesNotOpen():
            return Text("Not yet on sale")
        case SoldOut():
            return Text("Sold out")
        case None:
            return plural_text(
                "%(available)s ticket left", "%(available)s tickets left", "available", available=live.available
            )


_CLOSED = {
    "draft": Text("Not yet on sale"),
    "closed": Text("Sale closed"),
    "cancelled": Text("Cancelled"),
    "begun": Text("Already begun"),
    "ended": Text("Sale ended"),
}
