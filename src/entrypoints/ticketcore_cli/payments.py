"""``ticketcore payments``: what the buyer of a simulated payment that waits would do."""

from __future__ import annotations

import click

from ticketcore import Refusal
from ticketcore.domain import ids
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly, decide_payment
from ticketcore_cli.context import as_json, refuse, say, show, with_box_office
from ticketcore_wire.order_schemas import ORDER

_APPROVED = Text("The gateway was told that the buyer approves the payment; a worker settles the order.")
_DECLINED = Text("The gateway was told that the buyer declines the payment; a worker settles the order.")


@click.group(short_help="Approve or decline simulated payments that wait.")
@as_json
def payments() -> None:
    """Approve or decline a simulated payment that waits for its buyer."""


def _decide(assembly: Assembly, order: str, *, approved: bool) -> None:
    if not assembly.settings.simulated_payments:
        raise click.UsageError(say(Text("The payments of TICKETCORE_PAYMENTS_URL are not simulated.")))
    outcome = decide_payment(assembly, assembly.organiser.order_id(order), approved=approved)
    if isinstance(outcome, Refusal):
        refuse(outcome)
    said = _APPROVED if approved else _DECLINED
    status = Text("Order %(digest)s is %(status)s.", digest=ids.digest(outcome.id), status=outcome.status.word)
    show(ORDER.encode(outcome), said, status)


@payments.command()
@click.argument("order")
@with_box_office
def approve(assembly: Assembly, order: str) -> None:
    """Approve the payment, as its buyer would; the worker learns of it."""
    _decide(assembly, order, approved=True)


@payments.command()
@click.argument("order")
@with_box_office
def decline(assembly: Assembly, order: str) -> None:
    """Decline the payment, as its buyer would; the worker learns of it."""
    _decide(assembly, order, approved=False)
