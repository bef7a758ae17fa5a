"""Operation: the payment queue and its dead letters, mails that could not be delivered, live counters and their drift."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

from ticketcore import EventFilter, OrderFilter, StockReport
from ticketcore.application.organiser import QueueReport, Redriven
from ticketcore.domain import ids
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import Event
from ticketcore.domain.ids import event_id as read_event_id
from ticketcore.domain.refusals import Refusal
from ticketcore_web.cursors import read_cursor
from ticketcore_web.desk.routes import DONE, Desk
from ticketcore_wire.event_schemas import CURSOR

_SHOWN = 20
_STILL = timedelta(days=1)


def add_pages(desk: Desk) -> None:
    """Add the page of operation and its buttons."""
    site, organiser = desk.site, desk.site.organiser

    @desk.page("/desk/operation")
    def desk_operation(refusal: Refusal | None = None, **_: str) -> Response | Refusal:
        after = read_cursor(CURSOR, request.args.get("cursor"))
        if isinstance(after, Refusal):
            return after
        undelivered = organiser.list_orders(OrderFilter(undelivered=True), None, _SHOWN)
        events = organiser.list_events(EventFilter(starts_after=site.now - _STILL), after, _SHOWN)
        if isinstance(undelivered, Refusal):
            return undelivered
        if isinstance(events, Refusal):
            return events
        return desk.show(
            "operation.html",
            refusal=refusal,
            queue=_queue(desk),
            mails=organiser.delivery_backlog(),
            undelivered=[(order, ids.digest(order.id)) for order in undelivered.items],
            is_more=undelivered.after is not None,
            stocks=[(live.event, _stock(desk, live.event)) for live in events.items],
            more=CURSOR.encode(events.after) if events.after else None,
            is_first=after is None,
        )

    @desk.form("/desk/operation/redrive", shown_by=desk_operation)
    def desk_redrive() -> Response | Refusal:
        redriven = organiser.redrive()
        return site.go("desk_operation", **{DONE: _redriven(redriven)})

    @desk.form("/desk/operation/mail/<digest>", shown_by=desk_operation)
    def desk_resend_undelivered(digest: str) -> Response | Refusal:
        order = organiser.resend(ids.read_digest(digest), by=desk.by)
        return order if isinstance(order, Refusal) else site.go("desk_operation", **{DONE: "mailed"})

    @desk.form("/desk/operation/stock/<event_id>", shown_by=desk_operation)
    def desk_rebuild_stock(event_id: str) -> Response | Refusal:
        stock = organiser.rebuild_stock(read_event_id(event_id))
        return stock if isinstance(stock, Refusal) else site.go("desk_operation", **{DONE: "rebuilt"})


def _redriven(redriven: Redriven) -> str:
    """Return what was done with dead letters, as ``DONE`` names it."""
    if redriven.left:
        return "redriven-in-part" if redriven.count else "not-redriven"
    return "redriven" if redriven.count else "nothing-to-redrive"


def _queue(desk: Desk) -> QueueReport | None:
    """Return the payment queue, ``None`` if it cannot be reached: the rest of the page is needed all the more then."""
    try:
        return desk.site.organiser.queue()
    except Unavailable:
        return None


def _stock(desk: Desk, event: Event) -> StockReport | None:
    stock = desk.site.organiser.stock(event.id)
    return stock if isinstance(stock, StockReport) else None
