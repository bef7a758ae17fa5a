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
    now = assembly.box_office.ports.clock.now()
    depth = assembly.box_office.ports.payment_queue.depth(now)
    age = (now - depth.oldest).total_seconds() if depth.oldest else 0.0
    show(
        {"depth": depth.waiting, "in_flight": depth.in_flight, "age_seconds": age, "dead_letters": depth.dead},
        f"waiting {depth.waiting}, the oldest for {age:.0f} s",
        f"in flight {depth.in_flight}",
        click.style(f"dead letters {depth.dead}", fg="red" if depth.dead else None),
    )


@queue.command()
@with_box_office
def redrive(assembly: Assembly) -> None:
    """Put back all dead letters that can be read."""
    ports = assembly.box_office.ports
    count = ports.payment_queue.redrive(ports.clock.now())
    left = ports.payment_queue.depth(ports.clock.now()).dead
    show({"redriven": count, "left": left}, f"put back {count}" + (f", {left} cannot be read and stay" if left else ""))
