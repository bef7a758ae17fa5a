"""``ticketcore stock``."""

from __future__ import annotations

import attrs
import click

from ticketcore import Unavailable
from ticketcore.application import inventory_sync
from ticketcore.domain import ids
from ticketcore.domain.availability import Audit
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import EventNotFound
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, refuse, show, with_box_office


@click.group()
@as_json
def stock() -> None:
    """Compare the live counter with the ledger, and repair it."""


def _show(assembly: Assembly, event_id: EventId) -> None:
    ports = assembly.box_office.ports
    audit = ports.events.audit(event_id)
    if audit is None:
        refuse(EventNotFound())
    told, counter = _counter(assembly, audit)
    drift = 0 if counter is None else counter - audit.available
    show(
        {**attrs.asdict(audit), "counter": counter, "drift": drift, "conserved": audit.is_conserved},
        f"capacity = available + reserved + sold:  {audit.capacity} = {audit.available} + {audit.held} + {audit.sold}",
        f"by the orders:  reserved {audit.held_by_orders}, sold {audit.sold_by_orders}, tickets {audit.tickets}",
        f"counter:  {told}",
        click.style("conserved", fg="green")
        if audit.is_conserved
        else click.style("NOT CONSERVED", fg="red", bold=True),
    )


def _counter(assembly: Assembly, audit: Audit) -> tuple[str, int | None]:
    ports = assembly.box_office.ports
    try:
        counter = ports.inventory.available([audit.event_id], ports.clock.now()).get(audit.event_id)
    except Unavailable as failure:
        return f"{failure}; the ledger answers", None
    if counter is None:
        return "none, the ledger answers", None
    return f"{counter}, drift {counter - audit.available:+d}", counter


@stock.command("show")
@click.argument("event_id")
@with_box_office
def show_stock(assembly: Assembly, event_id: str) -> None:
    """Show an event's places as the row, the orders and the live counter have them."""
    _show(assembly, EventId(ids.opaque(event_id)))


@stock.command()
@click.argument("event_id")
@with_box_office
def rebuild(assembly: Assembly, event_id: str) -> None:
    """Set the live counter to the ledger's truth."""
    inventory_sync.reconcile(assembly.box_office.ports, EventId(ids.opaque(event_id)))
    _show(assembly, EventId(ids.opaque(event_id)))
