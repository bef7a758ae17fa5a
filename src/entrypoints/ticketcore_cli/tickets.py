"""``ticketcore tickets``."""

from __future__ import annotations

import click

from ticketcore import Ticket
from ticketcore.domain import ids
from ticketcore.domain.ids import TicketId
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly, qr_code_for_terminal
from ticketcore_cli.context import as_json, refuse, say, show, with_box_office
from ticketcore_wire.ticket_schemas import ADMISSION, SCAN, TICKET, LinkedTicket


@click.group()
@as_json
def tickets() -> None:
    """Show and validate tickets."""


def _linked(assembly: Assembly, ticket: Ticket) -> LinkedTicket:
    return LinkedTicket(ticket, assembly.settings.public_url or "")


@tickets.command("show")
@click.argument("ticket_id", type=ids.ticket_id)
@with_box_office
def show_ticket(assembly: Assembly, ticket_id: TicketId) -> None:
    """Show a ticket with its QR code."""
    ticket = assembly.box_office.ticket(ticket_id)
    if not isinstance(ticket, Ticket):
        refuse(ticket)
    lines = [_line(ticket), ticket.qr_code, qr_code_for_terminal(ticket.qr_code)]
    show(TICKET.encode(_linked(assembly, ticket)), *lines)


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
@click.option("--scan-id", help="Repeating a scan with the same id gives the same response.")
@with_box_office
def validate(assembly: Assembly, qr_code: str, gate: str, event_id: str | None, scan_id: str | None) -> None:
    """Admit a ticket, once."""
    given = {"qr_code": qr_code, "gate": gate, "event_id": event_id, "scan_id": scan_id}
    scan = SCAN.decode({name: value for name, value in given.items() if value is not None})
    ticket = scan.admit(assembly.box_office, gate)
    if not isinstance(ticket, Ticket):
        refuse(ticket)
    show(ADMISSION.encode(_linked(assembly, ticket)), click.style(say(Text("admitted")), fg="green", bold=True))
