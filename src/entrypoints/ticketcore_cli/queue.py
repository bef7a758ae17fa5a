"""``ticketcore queue``."""

from __future__ import annotations

import click

from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, show, with_box_office


@click.group()
@as_json
def queue() -> None:
    """Look at the payment queue and put dead letters back."""


@queue.command()
@with_box_office
def status(assembly: Assembly) -> None:
    """Show the queue's depth, age and dead letters."""
    report = assembly.organiser.queue()
    age = report.age.total_seconds()
    show(
        {"depth": report.waiting, "in_flight": report.in_flight, "age_seconds": age, "dead_letters": report.dead},
        f"waiting {report.waiting}, the oldest for {age:.0f} s",
        f"in flight {report.in_flight}",
        click.style(f"dead letters {report.dead}", fg="red" if report.dead else None),
    )


@queue.command()
@with_box_office
def redrive(assembly: Assembly) -> None:
    """Put back all dead letters that can be read."""
    redriven = assembly.organiser.redrive()
    unreadable = f", {redriven.left} cannot be read and stay" if redriven.left else ""
    show({"redriven": redriven.count, "left": redriven.left}, f"put back {redriven.count}{unreadable}")
