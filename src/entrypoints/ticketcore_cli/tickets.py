"""``ticketcore tickets``."""

from __future__ import annotations

from typing import Any

import click

from ticketcore import Admitted, Event, Ticket, TicketRecord, accepted
from ticketcore.domain import ids
from ticketcore.domain.ids import TicketId
from ticketcore.domain.texts import LocalTime, Text
from ticketcore_bootstrap import Assembly, qr_code_for_terminal
from ticketcore_cli.context import COMMAND_LINE, Command, as_json, reading_ledger, refuse, say, show, with_box_office
from ticketcore_cli.door import scan
from ticketcore_cli.output import style
from ticketcore_wire.ticket_schemas import ADMITTED, SCAN, TICKET, UNDO, UNDONE, LinkedTicket


@click.group()
@as_json
def tickets() -> None:
    """Show and validate tickets."""


def _json(assembly: Assembly, ticket: Ticket) -> dict[str, Any]:
    """Return a ticket as HTTP shows it, without a link where the address of the service is not set."""
    public_url = assembly.settings.public_url
    shown: dict[str, Any] = TICKET.encode(LinkedTicket(ticket, public_url or ""))
    return shown if public_url else {**shown, "qr_code_url": None}


@tickets.command("show")
@click.argument("ticket_id", type=ids.ticket_id)
@reading_ledger
def show_ticket(assembly: Assembly, ticket_id: TicketId) -> None:
    """Show a ticket with its QR code."""
    ticket = assembly.box_office.ticket(ticket_id)
    if not isinstance(ticket, Ticket):
        refuse(ticket)
    event = accepted(assembly.box_office.event(ticket.event_id)).event
    lines = [_line(ticket, event), ticket.qr_code, qr_code_for_terminal(ticket.qr_code)]
    show(_json(assembly, ticket), *lines)


def _line(ticket: Ticket, event: Event) -> Text:
    facts = {"id": ticket.id, "event": event.name, "event_id": event.id, "status": ticket.status.word}
    if ticket.admission is None:
        return Text("%(id)s  %(event)s (%(event_id)s)  %(status)s", **facts)
    return Text(
        "%(id)s  %(event)s (%(event_id)s)  %(status)s at %(gate)s on %(date)s",
        **facts,
        gate=ticket.admission.gate,
        date=LocalTime(ticket.admission.date, event.timezone),
    )


def _presented(command: Command) -> Command:
    """Give a command the ways to name a ticket that is presented at a gate."""
    for decorate in (
        click.option("--event", "event_id", help="Refuse tickets of other events; required with --ticket-code."),
        click.option("--number", type=int, help="Which one of the order's tickets."),
        click.option("--ticket-code", help="In place of the QR text, with --number: for a phone that is dead."),
        click.argument("qr_code", required=False),
    ):
        command = decorate(command)
    return command


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@tickets.command()
@_presented
@click.option("--gate", default=COMMAND_LINE.name, show_default=True)
@click.option("--scan-id", help="16 to 64 characters: repeating a scan with the same id gives the same response.")
@with_box_office
def validate(assembly: Assembly, **fields: Any) -> None:
    """Admit a ticket, once."""
    outcome = SCAN.decode(_given(**fields)).admit(assembly.box_office, COMMAND_LINE)
    if not isinstance(outcome, Admitted):
        refuse(outcome)
    word = Text("admitted before by this scan") if outcome.is_repeated else Text("admitted")
    show(ADMITTED.encode(outcome), style(say(word), "green", bold=True), _record_line(outcome.record))


@tickets.command()
@_presented
@with_box_office
def undo(assembly: Assembly, **fields: Any) -> None:
    """Take an admission back."""
    outcome = UNDO.decode(_given(**fields)).undo(assembly.box_office, COMMAND_LINE)
    if not isinstance(outcome, TicketRecord):
        refuse(outcome)
    show(UNDONE.encode(outcome), Text("taken back"), _record_line(outcome))


tickets.add_command(scan)


def _record_line(record: TicketRecord) -> Text:
    return Text(
        "ticket %(number)s of %(of)s, %(code)s, %(event)s",
        number=record.ticket.number,
        of=record.of,
        code=record.ticket_code,
        event=record.event_name,
    )
