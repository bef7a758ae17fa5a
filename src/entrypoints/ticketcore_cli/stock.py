"""``ticketcore stock``."""

from __future__ import annotations

import attrs
import click

from ticketcore import StockReport
from ticketcore.domain import ids
from ticketcore.domain.availability import Audit
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import EventNotFound
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, reading_ledger, refuse, say, show, with_box_office
from ticketcore_cli.output import style


@click.group()
@as_json
def stock() -> None:
    """Compare the live counter with the ledger, and repair it."""


def _show(outcome: StockReport | EventNotFound) -> None:
    if isinstance(outcome, EventNotFound):
        refuse(outcome)
    audit = outcome.audit
    show(
        {
            **attrs.asdict(audit),
            "counter": outcome.counter,
            "drift": outcome.drift,
            "conserved": audit.is_conserved,
        },
        sums_of(audit),
        Text(
            "by the orders:  reserved %(reserved)s, sold %(sold)s, tickets %(tickets)s",
            reserved=audit.held_by_orders,
            sold=audit.sold_by_orders,
            tickets=audit.tickets,
        ),
        Text("counter:  %(counter)s", counter=_counter(outcome)),
        style(say(Text("conserved")), "green")
        if audit.is_conserved
        else style(say(Text("NOT CONSERVED")), "red", bold=True),
    )


def sums_of(audit: Audit) -> Text:
    """Return the equation of an event's places, with its numbers."""
    return Text(
        "capacity = available + reserved + sold:  %(capacity)s = %(available)s + %(reserved)s + %(sold)s",
        capacity=audit.capacity,
        available=audit.available,
        reserved=audit.held,
        sold=audit.sold,
    )


def _counter(report: StockReport) -> Text:
    if report.counter is not None:
        drift = f"{report.drift:+d}"
        return Text("%(counter)s, drift %(drift)s", counter=report.counter, drift=drift)
    if report.failure:
        return Text("%(failure)s; the ledger answers", failure=str(report.failure))
    return Text("none, the ledger answers")


@stock.command("show", short_help="Compare the counts of an event's places.")
@click.argument("event_id", type=ids.event_id)
@reading_ledger
def show_stock(assembly: Assembly, event_id: EventId) -> None:
    """Show an event's places as counted by its row, its orders and the live counter."""
    _show(assembly.organiser.stock(event_id))


@stock.command()
@click.argument("event_id", type=ids.event_id)
@with_box_office
def rebuild(assembly: Assembly, event_id: EventId) -> None:
    """Set the live counter to the ledger's number of places."""
    _show(assembly.organiser.rebuild_stock(event_id))
