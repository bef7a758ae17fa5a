"""``ticketcore stock``."""

from __future__ import annotations

import attrs
import click

from ticketcore import StockReport
from ticketcore.domain import ids
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import EventNotFound
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, refuse, show, with_box_office


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
        f"capacity = available + reserved + sold:  {audit.capacity} = {audit.available} + {audit.held} + {audit.sold}",
        f"by the orders:  reserved {audit.held_by_orders}, sold {audit.sold_by_orders}, tickets {audit.tickets}",
        f"counter:  {_counter(outcome)}",
        click.style("conserved", fg="green")
        if audit.is_conserved
        else click.style("NOT CONSERVED", fg="red", bold=True),
    )


def _counter(report: StockReport) -> str:
    if report.counter is not None:
        return f"{report.counter}, drift {report.drift:+d}"
    return f"{report.failure}; the ledger answers" if report.failure else "none, the ledger answers"


@stock.command("show")
@click.argument("event_id")
@with_box_office
def show_stock(assembly: Assembly, event_id: str) -> None:
    """Show an event's places as the row, the orders and the live counter have them."""
    _show(assembly.organiser.stock(EventId(ids.opaque(event_id))))


@stock.command()
@click.argument("event_id")
@with_box_office
def rebuild(assembly: Assembly, event_id: str) -> None:
    """Set the live counter to the ledger's truth."""
    _show(assembly.organiser.rebuild_stock(EventId(ids.opaque(event_id))))
