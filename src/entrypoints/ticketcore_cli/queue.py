"""``ticketcore queue``."""

from __future__ import annotations

import click

from ticketcore.application.organiser import Redriven
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, reading_ledger, say, show, with_box_office
from ticketcore_cli.output import style


@click.group()
@as_json
def queue() -> None:
    """Look at the payment queue and put dead letters back."""


@queue.command(short_help="Show the queue's depth, age and dead letters.")
@reading_ledger
def status(assembly: Assembly) -> None:
    """Show the queue's depth, age and dead letters, and the mails that were not delivered."""
    report, mails = assembly.organiser.queue(), assembly.organiser.delivery_backlog()
    age = report.age.total_seconds()
    show(
        {
            "depth": report.waiting,
            "in_flight": report.in_flight,
            "age_seconds": age,
            "dead_letters": report.dead,
            "mails_pending": mails.pending,
            "mails_undelivered": mails.undelivered,
        },
        Text("waiting %(waiting)s, the oldest for %(age)s s", waiting=report.waiting, age=round(age)),
        Text("in flight %(in_flight)s", in_flight=report.in_flight),
        style(say(Text("dead letters %(dead)s", dead=report.dead)), "red" if report.dead else None),
        Text("mails pending %(pending)s, undelivered %(count)s", pending=mails.pending, count=mails.undelivered),
    )


@queue.command()
@with_box_office
def redrive(assembly: Assembly) -> None:
    """Put back all dead letters that can be read."""
    redriven = assembly.organiser.redrive()
    show({"redriven": redriven.count, "left": redriven.left}, _line(redriven))


def _line(redriven: Redriven) -> Text:
    if redriven.left:
        return Text("put back %(count)s, %(left)s cannot be read and stay", count=redriven.count, left=redriven.left)
    return Text("put back %(count)s", count=redriven.count) if redriven.count else Text("nothing to put back")
