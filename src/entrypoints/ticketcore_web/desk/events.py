"""The organiser's events: the list, making and changing them, and one event with its sales."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from ticketcore import EventChange, EventFilter, EventStatus, LiveEvent, Order, OrderFilter
from ticketcore.domain import event_times, ids
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId
from ticketcore.domain.ids import event_id as read_event_id
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import EventNotFound, Fault, InvalidRequest, Refusal, StaleVersion
from ticketcore.domain.summary import DoubleAdmission, EventSummary
from ticketcore.domain.texts import Text, plural_text
from ticketcore_web import charts
from ticketcore_web.charts import Chart
from ticketcore_web.cursors import read_cursor
from ticketcore_web.desk import event_forms
from ticketcore_web.desk.routes import DONE, Desk
from ticketcore_web.gate_phrases import SCRIPT_PHRASES
from ticketcore_wire import attendee_csv
from ticketcore_wire.event_schemas import CURSOR

_ON_A_PAGE = 20
#: An event is among those to come until a day after it has begun.
_STILL = timedelta(days=1)
#: Of how many tickets the sales are drawn.
_DRAWN = 20_000
_AT_ONCE = 1000
_MOST_DOUBLES = 50

STATUS_NAMES = {
    EventStatus.DRAFT: Text("Draft"),
    EventStatus.ON_SALE: Text("On sale"),
    EventStatus.CLOSED: Text("Sale closed"),
    EventStatus.CANCELLED: Text("Cancelled"),
}
#: What a form may make of an event; cancelling has a page of its own.
_CHOICES = (EventStatus.ON_SALE, EventStatus.DRAFT, EventStatus.CLOSED)


def add_pages(desk: Desk) -> None:
    """Add the list of events, the forms of one, and its page."""
    _add_list(desk)
    _add_new(desk)
    _add_event(desk)
    _add_change(desk)
    _add_attendees(desk)


def found(desk: Desk, name: str) -> LiveEvent | EventNotFound:
    """Return an event of whatever status."""
    return desk.site.box_office.event(read_event_id(name))


def _add_list(desk: Desk) -> None:
    site = desk.site

    @desk.page("/desk")
    def desk_events() -> Response | Refusal:
        after = read_cursor(CURSOR, request.args.get("cursor"))
        if isinstance(after, Refusal):
            return after
        shows_all = request.args.get("show") == "all"
        wanted = EventFilter(starts_after=None if shows_all else site.now - _STILL)
        page = site.organiser.list_events(wanted, after, _ON_A_PAGE)
        if isinstance(page, Refusal):
            return page
        more = CURSOR.encode(page.after) if page.after else None
        return desk.show(
            "events.html", events=page.items, names=STATUS_NAMES, shows_all=shows_all, more=more, is_first=after is None
        )


def _add_new(desk: Desk) -> None:
    site = desk.site

    @desk.page("/desk/new-event")
    def desk_new_event(refusal: Refusal | None = None) -> Response | Refusal:
        typed = event_forms.typed() if refusal else event_forms.blank(site.organiser.timezone)
        return desk.show("new_event.html", refusal=refusal, typed=typed, **_form_values(refusal, None))

    @desk.form("/desk/new-event", shown_by=desk_new_event)
    def desk_make_event() -> Response | Refusal:
        sent = event_forms.typed()
        made = site.organiser.create_event(event_forms.draft(sent, site.language), by=desk.by)
        if isinstance(made, Refusal):
            return event_forms.with_read_faults(sent, made, site.language)
        return _event_page(desk, made.event.id, "made")


def _add_event(desk: Desk) -> None:
    organiser = desk.site.organiser

    @desk.page("/desk/e/<event_id>")
    def desk_event(event_id: str, refusal: Refusal | None = None) -> Response | Refusal:
        live = found(desk, event_id)
        if isinstance(live, Refusal):
            return live
        summary = organiser.summary(live.event.id)
        if isinstance(summary, Refusal):
            return summary
        sales, is_cut = _sales(desk, live.event)
        return desk.show(
            "event.html",
            refusal=refusal,
            event=live.event,
            status=STATUS_NAMES[live.event.status],
            summary=summary,
            places=_places(summary),
            sales=sales,
            is_cut=is_cut,
            drawn=Text("The newest %(count)s tickets are drawn.", count=_DRAWN),
            admitted=_admitted(summary),
            gates=charts.rows(Text("Admitted by gate"), summary.gates),
            doubles=[_double(desk, each) for each in summary.double_admissions[:_MOST_DOUBLES]],
        )

    @desk.form("/desk/e/<event_id>/status", shown_by=desk_event)
    def desk_set_status(event_id: str) -> Response | Refusal:
        status = request.form.get("status", "")
        if status not in list(_CHOICES):
            return InvalidRequest((Fault("status", Text("must be one of those offered")),))
        changed = organiser.change_event(read_event_id(event_id), EventChange(status=EventStatus(status)), by=desk.by)
        return changed if isinstance(changed, Refusal) else _event_page(desk, event_id, status)


def _admitted(summary: EventSummary) -> Text:
    return plural_text(
        "%(count)s person admitted so far", "%(count)s people admitted so far", "count", count=summary.admitted
    )


def _double(desk: Desk, double: DoubleAdmission) -> tuple[Text, str]:
    """Return a ticket that several gates have admitted in words, and the digest of its order."""
    order = desk.site.organiser.find_order(double.ticket_code)
    assert isinstance(order, Order), "an order is never removed"
    gates = ", ".join(double.gates)
    said = SCRIPT_PHRASES["double"].with_values(number=double.number, code=double.ticket_code, gates=gates)
    return said, ids.digest(order.id)


def _add_change(desk: Desk) -> None:
    site, organiser = desk.site, desk.site.organiser

    @desk.page("/desk/e/<event_id>/change")
    def desk_change_event(event_id: str, refusal: Refusal | None = None) -> Response | Refusal:
        live = found(desk, event_id)
        if isinstance(live, Refusal):
            return live
        shows_typed = refusal is not None and not isinstance(refusal, StaleVersion)
        typed = event_forms.typed() if shows_typed else event_forms.written(live.event, site.language)
        return desk.show(
            "change_event.html", refusal=refusal, event=live.event, typed=typed, **_form_values(refusal, live.event)
        )

    @desk.form("/desk/e/<event_id>/change", shown_by=desk_change_event)
    def desk_save_event(event_id: str) -> Response | Refusal:
        live = found(desk, event_id)
        if isinstance(live, Refusal):
            return live
        sent = event_forms.typed()
        revision = request.form.get("revision", "")
        changed = organiser.change_event(
            live.event.id,
            event_forms.change(sent, live.event, site.language),
            int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else 0,
            by=desk.by,
        )
        if isinstance(changed, Refusal):
            return event_forms.with_read_faults(sent, changed, site.language)
        return _event_page(desk, event_id, "changed")


def _add_attendees(desk: Desk) -> None:
    organiser = desk.site.organiser

    @desk.page("/desk/e/<event_id>/attendees.csv")
    def desk_attendees(event_id: str) -> Response | Refusal:
        live = found(desk, event_id)
        if isinstance(live, Refusal):
            return live
        attendees = organiser.all_attendees(live.event.id)
        if isinstance(attendees, Refusal):
            return attendees
        headers = {"Content-Disposition": f'attachment; filename="attendees-{live.event.id}.csv"'}
        content = attendee_csv.chunks(attendees, live.event.timezone)
        return Response(content, headers=headers, content_type=attendee_csv.CONTENT_TYPE)


def _event_page(desk: Desk, event_id: str, done: str) -> Response:
    return desk.site.go("desk_event", event_id=event_id, **{DONE: done})


def _form_values(refusal: Refusal | None, event: Event | None) -> dict[str, Any]:
    """Return what the form of an event needs beside what is typed in it."""
    errors = refusal.errors if isinstance(refusal, InvalidRequest) else ()
    faults = {fault.field for fault in errors}
    statuses = _CHOICES if event is None or event.status in _CHOICES else (*_CHOICES, event.status)
    return {
        "statuses": [(status.value, STATUS_NAMES[status]) for status in statuses],
        # The time zone, in which the date is read, is one of the fields that are folded away.
        "is_open": bool(faults - {*event_forms.FIRST} | {"date"} & faults),
        "is_past": any(event_times.is_past_fault(fault) for fault in errors),
        "has_sent": refusal is not None,
        "sent": request.form,
    }


def _places(summary: EventSummary) -> Chart:
    counts = {"sold": summary.event.sold, "reserved": summary.reserved, "free": summary.available}
    return charts.parts(Text("Places"), counts)


def _sales(desk: Desk, event: Event) -> tuple[Chart, bool]:
    """Return the chart of an event's newest sales, and whether there are more of them."""
    sales: list[tuple[datetime, int]] = []
    tickets = 0
    for moment, quantity in _paid(desk, event.id):
        if tickets + quantity > _DRAWN:
            return charts.over_time(sales, event.timezone), True
        sales.append((moment, quantity))
        tickets += quantity
    return charts.over_time(sales, event.timezone), False


def _paid(desk: Desk, event_id: EventId) -> Iterator[tuple[datetime, int]]:
    """Yield when orders of an event were paid, and of how many tickets, newest order first."""
    wanted, after = OrderFilter(event_id=event_id, status=OrderStatus.PAID), None
    while True:
        page = desk.site.organiser.list_orders(wanted, after, _AT_ONCE)
        if isinstance(page, Refusal):
            return
        yield from ((order.paid_at, order.quantity) for order in page.items if order.paid_at)
        after = page.after
        if after is None:
            return
