"""``ticketcore tickets scan``: a door on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from ticketcore import Admitted, BoxOffice, LiveEvent, Refusal, Unavailable
from ticketcore.domain import ids
from ticketcore.domain.ids import EventId
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import COMMAND_LINE, print_refusal, refuse, say, show, with_box_office
from ticketcore_cli.output import style
from ticketcore_wire.problems import RefusedRequest, ServiceUnavailable
from ticketcore_wire.ticket_schemas import ADMITTED, SCAN

# Longer than any code with what scanners add: the rest of such a line is not read into memory.
_MAX_LINE = 4096


@click.command("scan", short_help="Admit tickets, one QR text a line.")
@click.option("--event", "event_id", required=True, type=ids.event_id, help="The event whose tickets are admitted.")
@click.option("--gate", default=COMMAND_LINE.name, show_default=True, help="The gate's name, for reports.")
@with_box_office
def scan(assembly: Assembly, event_id: EventId, gate: str) -> None:
    """Admit tickets, one QR text a line of standard input, until it ends; each is responded to in a line."""
    # A gate without a right name would refuse each ticket.
    SCAN.decode({"qr_code": "", "gate": gate})
    event = assembly.box_office.event(event_id)
    if not isinstance(event, LiveEvent):
        refuse(event)
    for text in _lines(sys.stdin.buffer):
        _show(_admitted(assembly.box_office, {"qr_code": text, "gate": gate, "event_id": event_id}))


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Yield what is scanned; of a line that is too long the beginning, which no ticket has."""
    while line := stream.readline(_MAX_LINE):
        is_cut = len(line) == _MAX_LINE and not line.endswith(b"\n")
        if line.strip() or is_cut:
            yield line.strip().decode(errors="replace")
        while line and not line.endswith(b"\n"):
            line = stream.readline(_MAX_LINE)


def _admitted(box_office: BoxOffice, fields: dict[str, Any]) -> Admitted | Refusal:
    """Return what becomes of one ticket: a door stays open whatever happens to one of them."""
    try:
        return SCAN.decode(fields).admit(box_office, COMMAND_LINE)
    except RefusedRequest as refused:
        return refused.refusal
    except Unavailable:
        return ServiceUnavailable()


def _show(outcome: Admitted | Refusal) -> None:
    if isinstance(outcome, Refusal):
        # A door's response, as an admission is: not a failure of the command.
        print_refusal(outcome, err=False)
        return
    record = outcome.record
    ticket = Text(
        "ticket %(number)s of %(of)s, %(code)s", number=record.ticket.number, of=record.of, code=record.ticket_code
    )
    show(ADMITTED.encode(outcome), f"{style(say(Text('admitted')), 'green', bold=True)}  {say(ticket)}")
