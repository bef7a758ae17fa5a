"""``ticketcore tickets``."""

from __future__ import annotations

import click

from ticketcore import Ticket
from ticketcore.domain import ids
from ticketcore.domain.ids import EventId, TicketId
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly, qr_code_for_terminal
from ticketcore_cli.context import as_json, refuse, say, show, with_box_office
from ticketcore_wire.representations import admission_json, ticket_json
from ticketcore_wire.request_schemas import SCAN


@click.group()
@as_json
def tickets() -> None:
    """Show and validate tickets."""


def _public_url(assembly: Assembly) -> str:
    return assembly.settings.public_url or ""


@tickets.command("show")
@click.argument("ticket_id")
@with_box_office
def show_ticket(assembly: Assembly, ticket_id: str) -> None:
    """Show a ticket with its QR code."""
    ticket = assembly.box_office.ticket(TicketId(ids.opaque(ticket_id)))
    if not isinstance(ticket, Ticket):
        refuse(ticket)
    lines = [_line(ticket), ticket.qr_code, qr_code_for_terminal(ticket.qr_code)]
    show(ticket_json(ticket, _public_url(assembly)), *lines)


def _line(ticket: Ticket) -> Text:
    facts = {"id": ticket.id, "event_id": ticket.event_id, "status": ticket.status.value}
    if ticket.admission is None:
        return Text("%(id)s  event %(event_id)s  %(status)s", **facts)
    return Text(
        "%(id)s  event %(event_id)s  %(status)s at %(gate)s on %(date)s",
        **facts,
        gate=ticket.admission.gate,
        date=ticket.admission.date,
    )


@tickets.command()
@click.argument("qr_code")
@click.option("--gate", default="command line", show_default=True)
@click.option("--event", "event_id", help="Refuse tickets of other events.")
@click.option("--scan-id", help="Repeating a scan with the same id gives the same answer.")
@with_box_office
def validate(assembly: Assembly, qr_code: str, gate: str, event_id: str | None, scan_id: str | None) -> None:
    """Let a ticket in, once."""
    given = {"qr_code": qr_code, "gate": gate, "event_id": event_id, "scan_id": scan_id}
    scan = SCAN.read({name: value for name, value in given.items() if value is not None})
    wanted_event = EventId(ids.opaque(scan["event_id"])) if "event_id" in scan else None
    ticket = assembly.box_office.validate(scan["qr_code"], scan["gate"], wanted_event, scan.get("scan_id"))
    if not isinstance(ticket, Ticket):
        refuse(ticket)
    show(admission_json(ticket, _public_url(assembly)), click.style(say(Text("admitted")), fg="green", bold=True))
