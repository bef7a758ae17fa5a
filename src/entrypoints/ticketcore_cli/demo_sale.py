"""The running sale of ``ticketcore demo --serve``: events and orders in all their states, behind pages that are served."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import click

from ticketcore import Event, EventDraft, Order, accepted
from ticketcore.domain.api_keys import Role
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly, read_settings
from ticketcore_cli.context import failing_in_one_line, opened, say, show
from ticketcore_cli.service import listening, logging_acts

_HOST = "127.0.0.1"
_ORGANISER = "Royal Hall"
_BUYERS = ("ann", "bob", "carla", "dinis", "eva", "farid", "gil", "hana")
_QUANTITIES = (2, 4, 1, 3, 2, 6, 2, 5)


@attrs.frozen
class _Sale:
    """What there is to open: a paid order's id, and the keys of an admin and of a gate."""

    paid: str
    admin_key: str
    gate_key: str


def serve_sale(port: int) -> None:
    """Serve a running sale on this machine until SIGTERM or SIGINT, and throw it away."""
    from ticketcore_flask import server  # noqa: PLC0415  It is slow to import.

    # From now on both signals end the block below, which removes the directory.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        suppress(KeyboardInterrupt),
        logging_acts(logging.WARNING),
        failing_in_one_line(),
        listening(_HOST, port) as listener,
        _thrown_away() as data,
    ):
        url = server.url_of(listener)
        settings = read_settings({"TICKETCORE_PUBLIC_URL": url, "TICKETCORE_ORGANISER": _ORGANISER}, data)
        with opened(settings) as assembly:
            sale = _Furnisher(assembly).furnish()
        _announce(url, sale)
        if not server.Server(settings, 1).run(listener):
            raise click.exceptions.Exit(1)


@contextmanager
def _thrown_away() -> Iterator[Path]:
    """Yield a directory that is removed by the process that made it, and by none that it has forked."""
    maker, data = os.getpid(), Path(tempfile.mkdtemp(prefix="ticketcore-sale-"))
    try:
        yield data
    finally:
        if os.getpid() == maker:
            shutil.rmtree(data)


def _announce(url: str, sale: _Sale) -> None:
    addresses = {
        "events": url,
        "order": f"{url}/o/{sale.paid}",
        "desk": f"{url}/desk",
        "gate": f"{url}/gate",
        "api": f"{url}/docs",
    }
    lines = [
        (Text("Events on sale"), addresses["events"]),
        (Text("A paid order"), addresses["order"]),
        (Text("The organiser's desk"), addresses["desk"]),
        (Text("The gate"), addresses["gate"]),
        (Text("The API"), addresses["api"]),
        (Text("Admin key"), sale.admin_key),
        (Text("Gate key"), sale.gate_key),
    ]
    width = max(len(say(name)) for name, _ in lines)
    show(
        {**addresses, "admin_key": sale.admin_key, "gate_key": sale.gate_key},
        Text("A running sale, whose payments are simulated:"),
        *(f"  {say(name):{width}}  {value}" for name, value in lines),
        Text("Ctrl-C ends it, and nothing of it is kept."),
    )


@attrs.frozen(eq=False)
class _Furnisher:
    """Fills a new box office with what a sale has after a while."""

    _assembly: Assembly

    def furnish(self) -> _Sale:
        concert = self._create("Night of the Proms", "Royal Hall", 120, "45.00", doors_in=timedelta())
        play = self._create("Hamlet", "Globe Theatre", 8, "30.00")
        self._create("Matinee for children", "Royal Hall", 60, "0.00")
        self._create("New Year's Gala", "Royal Hall", 200, "95.00", sale_in=timedelta(days=20))
        first, *others = [self._sell(concert, buyer, count) for buyer, count in zip(_BUYERS, _QUANTITIES, strict=True)]
        for buyer in _BUYERS[:4]:
            self._sell(play, buyer, 2)
        self._leave_unfinished(concert)
        self._deliver()
        accepted(self._assembly.organiser.refund(others[-1].id))
        self._admit(first, others[0])
        keys = [
            accepted(self._assembly.organiser.create_key(f"demo {role}", role)).text for role in (Role.ADMIN, Role.GATE)
        ]
        return _Sale(first.id, *keys)

    def _create(
        self,
        name: str,
        location: str,
        capacity: int,
        price: str,
        *,
        doors_in: timedelta | None = None,
        sale_in: timedelta | None = None,
    ) -> Event:
        now = datetime.now(UTC)
        evening = (now + timedelta(days=30)).replace(hour=19, minute=30, second=0, microsecond=0)
        draft = EventDraft(
            name,
            evening,
            location,
            capacity,
            price,
            "GBP",
            timezone="Europe/London",
            doors_at=None if doors_in is None else now + doors_in,
            sale_starts_at=None if sale_in is None else now + sale_in,
        )
        return accepted(self._assembly.organiser.create_event(draft)).event

    def _reserve(self, event: Event, buyer: str, quantity: int) -> Order:
        return accepted(self._assembly.box_office.reserve(event.id, quantity, f"{buyer}@example.com"))

    def _sell(self, event: Event, buyer: str, quantity: int) -> Order:
        return self._pay(self._reserve(event, buyer, quantity), "tok_approved")

    def _pay(self, order: Order, token: str) -> Order:
        accepted(self._assembly.box_office.pay(order.id, token))
        self._assembly.box_office.work()
        return accepted(self._assembly.box_office.order(order.id))

    def _leave_unfinished(self, event: Event) -> None:
        self._reserve(event, "ines", 2)
        self._pay(self._reserve(event, "joao", 1), "tok_pending")
        self._pay(self._reserve(event, "kim", 2), "tok_declined")
        accepted(self._assembly.box_office.cancel(self._reserve(event, "lea", 1).id))

    def _deliver(self) -> None:
        while self._assembly.box_office.deliver().done:
            pass

    def _admit(self, *orders: Order) -> None:
        for order, gate in zip(orders, ("North", "South"), strict=True):
            for ticket in accepted(self._assembly.box_office.tickets_of(order))[:2]:
                accepted(self._assembly.box_office.validate(ticket.qr_code, gate))
