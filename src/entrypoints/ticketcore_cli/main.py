"""The ``ticketcore`` command."""

from __future__ import annotations

import importlib.metadata

import click

from ticketcore_cli.context import as_json
from ticketcore_cli.customers import customers
from ticketcore_cli.demo import demo
from ticketcore_cli.environment import settings
from ticketcore_cli.events import events
from ticketcore_cli.keys import keys
from ticketcore_cli.orders import orders
from ticketcore_cli.payments import payments
from ticketcore_cli.queue import queue
from ticketcore_cli.service import db, serve, sweep, worker
from ticketcore_cli.simulate import simulate
from ticketcore_cli.stock import stock
from ticketcore_cli.tickets import tickets
from ticketcore_cli.webhooks import webhooks


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(importlib.metadata.version("ticketcore"))
@as_json
def main() -> None:
    """Sell event tickets without overselling, and admit each ticket once.

    Settings are read from the environment. Exit status: 0 success, 1 refusal (its code on standard error), 2 wrong usage.
    """


for command in (
    demo,
    serve,
    worker,
    sweep,
    settings,
    db,
    events,
    orders,
    payments,
    tickets,
    customers,
    stock,
    queue,
    keys,
    webhooks,
    simulate,
):
    main.add_command(command)
