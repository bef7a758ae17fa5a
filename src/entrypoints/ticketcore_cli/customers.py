"""``ticketcore customers``."""

from __future__ import annotations

import click

from ticketcore import InvalidRequest, KeptAddress
from ticketcore.domain.texts import Text, plural_text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, refuse, show, with_box_office


@click.group()
@as_json
def customers() -> None:
    """Forget buyers."""


@customers.command(short_help="Take a person's address out of ended orders.")
@click.argument("email")
@with_box_office
def forget(assembly: Assembly, email: str) -> None:
    """Take a person's address out of ended orders and mails of the past; say what had to be kept, and why.

    The address is compared without regard to case; one of the same mailbox with another +tag is another address.
    """
    report = assembly.organiser.forget_customer(email)
    if isinstance(report, InvalidRequest):
        refuse(report)
    kept = [{"order": each.order, "need": each.need.value, "reason": each.need.reason} for each in report.kept]
    show(
        {"orders": report.orders, "mails": report.mails, "kept": kept},
        plural_text(
            "%(count)s order forgot the address", "%(count)s orders forgot the address", "count", count=report.orders
        ),
        plural_text("%(count)s mail was removed", "%(count)s mails were removed", "count", count=report.mails),
        Text("The journal holds no addresses; mail that was handed to a mail server is not here any more."),
        Text("Only this very address was forgotten: one of the same mailbox with another +tag is forgotten by itself."),
        Text("A mail to an address that was corrected since goes with the order's present address."),
        *map(_kept, report.kept),
    )


def _kept(address: KeptAddress) -> Text:
    return Text("order %(order)s keeps the address: %(reason)s", order=address.order, reason=address.need.reason)
