"""``ticketcore events``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from ticketcore import Attendee, Event, EventChange, EventFilter, EventStatus, LiveEvent, Refusal, accepted
from ticketcore.application import early_faults
from ticketcore.domain import ids
from ticketcore.domain.events import NO_LIMIT, NoLimit
from ticketcore.domain.ids import EventId
from ticketcore.domain.texts import LocalTime, Text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import (
    Command,
    amount,
    as_json,
    brief,
    reading_ledger,
    refuse,
    say,
    show,
    wants_json,
    with_box_office,
)
from ticketcore_cli.output import echo
from ticketcore_cli.paging import read_cursor, show_page
from ticketcore_cli.tables import table
from ticketcore_wire import attendee_csv
from ticketcore_wire.attendee_schemas import ATTENDEE_PAGE
from ticketcore_wire.attendee_schemas import CURSOR as ATTENDEE_CURSOR
from ticketcore_wire.event_schemas import CURSOR, EVENT, EVENT_CHANGE, EVENT_PAGE, EVENT_REFUND, NEW_EVENT
from ticketcore_wire.pages import MAX_PAGE
from ticketcore_wire.summary_schemas import SUMMARY

_DEFAULT = click.core.ParameterSource.DEFAULT
_STATUSES = click.Choice([status.value for status in EventStatus])


def _limit_of_customer(value: str) -> int | NoLimit:
    return NO_LIMIT if value == "none" else int(value)


def _time_limit(value: str) -> str | NoLimit:
    return NO_LIMIT if value == "none" else value


@click.group()
@as_json
def events() -> None:
    """Create, list, show and change events."""


def _time_option(name: str, explained: str) -> Callable[[Command], Command]:
    return click.option(name, type=_time_limit, metavar="TIME|none", help=explained)


def _fields(required: bool) -> Callable[[Command], Command]:
    """Return a decorator with the options for an event's fields, whose values the schemas check."""
    options = [
        click.option("--name", required=required),
        click.option("--description", help="Plain text, of several lines if need be."),
        click.option("--date", required=required, help="RFC 3339, such as 2027-05-01T20:00:00Z."),
        click.option("--timezone", help="IANA name, such as America/Sao_Paulo."),
        click.option("--location", required=required),
        click.option("--capacity", type=int, required=required),
        click.option("--price", required=required, help='A decimal string, such as "45.00".'),
        click.option("--currency", help="ISO 4217, such as BRL."),
        click.option("--status", type=_STATUSES),
        click.option("--max-per-order", type=int),
        click.option(
            "--max-per-customer",
            type=_limit_of_customer,
            metavar="INTEGER|none",
            help="Of one e-mail address, whatever its case and +tag.",
        ),
        _time_option("--sale-starts-at", "When the sale starts, RFC 3339; none: at once."),
        _time_option("--sale-ends-at", "When the sale ends, RFC 3339; none: when the event begins."),
        _time_option("--doors-at", "When tickets are first admitted, RFC 3339; none: at any time."),
        click.option("--allow-past", is_flag=True, default=None, help="Accept a date in the past."),
    ]

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in fields.items() if value is not None}
    return {name: None if value is NO_LIMIT else value for name, value in given.items()}


def _line(live: LiveEvent) -> Text:
    event = live.event
    return Text(
        "%(id)s  %(date)s  %(name)s, %(location)s  %(available)s of %(capacity)s free  %(price)s  %(status)s",
        id=event.id,
        date=LocalTime(event.date, event.timezone),
        name=event.name,
        location=event.location,
        available=live.available,
        capacity=event.capacity,
        price=event.price,
        status=event.status.value,
    )


def _row(live: LiveEvent) -> Sequence[str]:
    event = live.event
    free = Text("%(available)s of %(capacity)s", available=live.available, capacity=event.capacity)
    date, price = brief(event.date, event.timezone), amount(event.price)
    return event.id, date, event.name, event.location, free, price, event.status.value


def _times(event: Event) -> list[Text]:
    """Return a line for each time that limits the sale or the doors."""
    times = (
        (Text("the sale starts on %(time)s"), event.sale_starts_at),
        (Text("the sale ends on %(time)s"), event.sale_ends_at),
        (Text("the doors open on %(time)s"), event.doors_at),
    )
    return [text.with_values(time=LocalTime(time, event.timezone)) for text, time in times if time is not None]


def _show(outcome: LiveEvent | Refusal) -> None:
    if isinstance(outcome, Refusal):
        refuse(outcome)
    description = outcome.event.description
    show(EVENT.encode(outcome), _line(outcome), *_times(outcome.event), *([description] if description else []))


@events.command()
@_fields(required=True)
@with_box_office
def create(assembly: Assembly, **fields: Any) -> None:
    """Create an event."""
    draft = NEW_EVENT.decode(_given(fields), partial(early_faults.of_draft, assembly.organiser))
    _show(assembly.organiser.create_event(draft))


@events.command("list")
@click.option("--status", type=_STATUSES, help="Only events of this status; by default all.")
@click.option("--limit", type=click.IntRange(1, MAX_PAGE), default=MAX_PAGE, show_default=True)
@click.option("--cursor", help="Where the page before this one ended.")
@reading_ledger
def list_events(assembly: Assembly, status: str | None, limit: int, cursor: str | None) -> None:
    """List events, soonest first."""
    wanted = EventFilter(EventStatus(status) if status else None)
    page = accepted(assembly.organiser.list_events(wanted, read_cursor(CURSOR, cursor), limit))
    headings = (
        *(Text("Event"), Text("Date"), Text("Name"), Text("Place")),
        *(Text("Free places"), Text("Price"), Text("Status")),
    )
    lines = table(headings, [_row(live) for live in page.items], Text("There are no events."))
    show_page(EVENT_PAGE.encode(page), *lines)


@events.command("show")
@click.argument("event_id", type=ids.event_id)
@reading_ledger
def show_event(assembly: Assembly, event_id: EventId) -> None:
    """Show an event with its live availability."""
    _show(assembly.box_office.event(event_id))


@events.command()
@click.argument("event_id", type=ids.event_id)
@reading_ledger
def summary(assembly: Assembly, event_id: EventId) -> None:
    """Show what an event has sold, taken and admitted."""
    found = assembly.organiser.summary(event_id)
    if isinstance(found, Refusal):
        refuse(found)
    gates = [
        Text("admitted at %(gate)s: %(count)s", gate=gate, count=count) for gate, count in sorted(found.gates.items())
    ]
    show(
        SUMMARY.encode(found),
        Text(
            "capacity = available + reserved + sold:  %(capacity)s = %(available)s + %(reserved)s + %(sold)s",
            capacity=found.event.capacity,
            available=found.available,
            reserved=found.reserved,
            sold=found.event.sold,
        ),
        Text("taken %(takings)s, of that refunded %(refunded)s", takings=found.takings, refunded=found.refunded),
        Text("admitted %(admitted)s", admitted=found.admitted),
        *gates,
    )


def _attendee_row(attendee: Attendee, timezone: str) -> Sequence[str]:
    number = Text("%(number)s of %(of)s", number=attendee.number, of=attendee.of)
    gate = attendee.gate or ""
    admitted = "" if attendee.validation_date is None else brief(attendee.validation_date, timezone)
    paid = brief(attendee.paid_at, timezone)
    return attendee.ticket_code, number, attendee.customer_email, attendee.status.word, paid, gate, admitted


@events.command(short_help="List the tickets of paid orders.")
@click.argument("event_id", type=ids.event_id)
@click.option("--csv", "as_csv", is_flag=True, help="Print all of them for spreadsheets.")
@click.option("--limit", type=click.IntRange(1, MAX_PAGE), default=MAX_PAGE, show_default=True)
@click.option("--cursor", help="Where the page before this one ended.")
@reading_ledger
def attendees(assembly: Assembly, event_id: EventId, as_csv: bool, limit: int, cursor: str | None) -> None:
    """List the tickets of an event's paid orders, by order and number."""
    is_paged = cursor is not None or click.get_current_context().get_parameter_source("limit") is not _DEFAULT
    if as_csv and (wants_json() or is_paged):
        beside = Text("--csv prints all attendees, and stands beside none of --json, --limit and --cursor.")
        raise click.UsageError(say(beside))
    event = accepted(assembly.box_office.event(event_id)).event
    if as_csv:
        for chunk in attendee_csv.chunks(accepted(assembly.organiser.all_attendees(event_id)), event.timezone):
            echo(chunk.decode(), ends_line=False)
        return
    page = accepted(assembly.organiser.attendees(event_id, read_cursor(ATTENDEE_CURSOR, cursor), limit))
    headings = (
        *(Text("Ticket code"), Text("Ticket"), Text("E-mail address"), Text("Status")),
        *(Text("Paid"), Text("Gate"), Text("Admitted")),
    )
    rows = [_attendee_row(each, event.timezone) for each in page.items]
    show_page(ATTENDEE_PAGE.encode(page), *table(headings, rows, Text("There are no attendees.")))


@events.command()
@click.argument("event_id", type=ids.event_id)
@_fields(required=False)
@click.option(
    "--notify-buyers/--no-notify-buyers",
    default=None,
    help="Whether holders of paid orders are mailed if date, time zone or location change, or it is cancelled or takes place after all; they are by default.",
)
@with_box_office
def update(assembly: Assembly, event_id: EventId, **fields: Any) -> None:
    """Change an event."""
    change = EVENT_CHANGE.decode(_given(fields), partial(early_faults.of_change, assembly.organiser, event_id))
    _show(assembly.organiser.change_event(event_id, change))


@events.command(short_help="Cancel an event, and mail holders of paid orders.")
@click.argument("event_id", type=ids.event_id)
@click.option("--no-notify-buyers", "is_silent", is_flag=True, help="Mail none of them.")
@with_box_office
def cancel(assembly: Assembly, event_id: EventId, is_silent: bool) -> None:
    """Cancel an event: it sells and admits no more, and holders of paid orders are mailed."""
    change = EventChange(status=EventStatus.CANCELLED, notify_buyers=not is_silent)
    _show(assembly.organiser.change_event(event_id, change))


@events.command(short_help="Refund every paid order of an event.")
@click.argument("event_id", type=ids.event_id)
@with_box_office
def refund(assembly: Assembly, event_id: EventId) -> None:
    """Have every paid order of an event refunded by the service, used tickets included; each buyer is mailed."""
    count = assembly.organiser.refund_event(event_id)
    if not isinstance(count, int):
        refuse(count)
    show(EVENT_REFUND.encode(count), Text("orders that will be refunded: %(count)s", count=count))
