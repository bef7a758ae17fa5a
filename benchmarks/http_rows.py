"""Requests that are measured: what is sent, what has to come back, and which yardstick stands beside them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import attrs

from benchmarks import processes
from benchmarks.load import Answered, Load, Request, send
from benchmarks.measuring import OURS, Bed, CannotMeasure, Round, Side
from benchmarks.servers import (
    SERVICE,
    WITHOUT_BACKGROUND,
    WITHOUT_WORKER,
    Program,
    Stores,
    running_on_gunicorn,
    running_service,
    running_yardstick,
)
from benchmarks.statements import Sent, counted
from benchmarks.stock import Stock
from ticketcore.domain.ids import EventId

#: Makes the load of one round, with at least so many requests if none of them may be repeated.
MakeLoad = Callable[[int], Load]

SAME_SERVER = "same server"
GUNICORN = "gunicorn"

#: Enough for no row of the database to be waited for: how many orders one event can take is measured apart.
_EVENTS = 16
#: A round in which the requests run out ends early.
_AT_FIRST, _TIMES_THE_LAST = 1000, 1.5


@attrs.frozen
class HttpRow:
    """A request; ``prepare`` makes what one server needs, so that none finds what another has left.

    ``name`` is also that of the yardstick's module.  ``module`` is what serves in place of ``ticketcore serve``.
    """

    name: str
    title: str
    status: int
    prepare: Callable[[Stock], MakeLoad]
    module: str = SERVICE

    @contextmanager
    def sides(self, bed: Bed) -> Iterator[Mapping[str, Side]]:
        """Yield the service, and the yardstick on its server and on gunicorn."""
        with ExitStack() as running:
            programs = {
                OURS: running.enter_context(running_service(bed.stores, bed.processes, self.module)),
                SAME_SERVER: running.enter_context(running_yardstick(bed.stores, self.name, bed.processes)),
                GUNICORN: running.enter_context(running_on_gunicorn(bed.stores, self.name)),
            }
            yield {
                name: Server(self.status, bed.stores, program, self.prepare(bed.stock))
                for name, program in programs.items()
            }

    def sent(self, bed: Bed) -> Mapping[str, Sent]:
        """Return what one request sends to the stores."""
        with counted(bed.stores) as relays:
            with running_service(relays.stores, 1, WITHOUT_BACKGROUND) as service:
                ours = relays.count(service, self.prepare(bed.stock))
            with running_yardstick(relays.stores, self.name, 1) as yardstick:
                its = relays.count(yardstick, self.prepare(bed.stock))
        return {OURS: ours, SAME_SERVER: its, GUNICORN: its}


@attrs.define(eq=False)
class Server:
    """A server and what makes its loads, which are as long as the last rate lets expect."""

    status: int
    stores: Stores
    program: Program
    make_load: MakeLoad
    _rate: float = _AT_FIRST

    def measure(self, seconds: float) -> Round:
        """Load the server; raise ``CannotMeasure`` if it does not answer as it should."""
        load = self.make_load(round(seconds * self._rate * _TIMES_THE_LAST))
        before = self._cpu_seconds()
        answered = self._send(load, seconds)
        used = [late - early for early, late in zip(before, self._cpu_seconds(), strict=True)]
        self._rate = answered.rate
        api, postgres, redis = (each / answered.requests for each in used)
        memory = processes.memory(self.program.process)
        return Round(answered.rate, api, postgres, redis, answered.p50, answered.p99, memory)

    def _send(self, load: Load, seconds: float) -> Answered:
        answered = send(self.program.url, load, seconds)
        if answered.lost or [*answered.statuses] != [str(self.status)]:
            raise CannotMeasure(
                f"{self.program.url}: {answered.statuses}, {answered.lost} without a response; "
                f"expected {self.status} alone"
            )
        return answered

    def _cpu_seconds(self) -> tuple[float, ...]:
        return processes.cpu_seconds(self.program.process), *self.stores.cpu_seconds()


def _event(stock: Stock) -> MakeLoad:
    load = Load([Request("GET", f"/events/{event_id}") for event_id in stock.events(_EVENTS)], may_repeat=True)
    return lambda _: load


def _events(stock: Stock) -> MakeLoad:
    stock.page()
    load = Load([Request("GET", "/events")], may_repeat=True)
    return lambda _: load


def _sold_out(stock: Stock) -> MakeLoad:
    load = Load([_order_of(stock.sold_out_event()) for _ in range(100)], may_repeat=True)
    return lambda _: load


def _reserve(stock: Stock) -> MakeLoad:
    event_ids = stock.events(_EVENTS)
    return lambda count: orders_of(event_ids, count)


def orders_of(event_ids: Sequence[EventId], count: int) -> Load:
    """Return orders of one place each, by turns of these events."""
    return Load([_order_of(event_ids[number % len(event_ids)]) for number in range(count)])


def _order_of(event_id: str) -> Request:
    email = f"{secrets.token_hex(8)}@example.com"
    return Request("POST", "/orders", {"event_id": event_id, "quantity": 1, "customer_email": email})


def _order(stock: Stock) -> MakeLoad:
    order_ids = stock.reserved_orders(stock.events(_EVENTS), 1000)
    load = Load([Request("GET", f"/orders/{order_id}") for order_id in order_ids], may_repeat=True)
    return lambda _: load


def _payment(stock: Stock) -> MakeLoad:
    event_ids = stock.events(_EVENTS)

    def payments(count: int) -> Load:
        order_ids = stock.reserved_orders(event_ids, count)
        body = {"payment_token": "tok_approved"}
        return Load([Request("POST", f"/orders/{order_id}/payment", body) for order_id in order_ids])

    return payments


def _validate(stock: Stock) -> MakeLoad:
    event_ids = stock.events(_EVENTS)
    headers = {"Authorization": f"Bearer {stock.gate_key()}"}

    def scans(count: int) -> Load:
        qr_codes = stock.tickets(event_ids, count)
        bodies = ({"qr_code": qr_code, "gate": "north"} for qr_code in qr_codes)
        return Load([Request("POST", "/tickets/validate", body) for body in bodies], headers)

    return scans


HTTP_ROWS = (
    HttpRow("event", "GET /events/{id}", 200, _event),
    HttpRow("events", "GET /events, a page of 50", 200, _events),
    HttpRow("sold_out", "POST /orders, sold out", 409, _sold_out),
    HttpRow("reserve", "POST /orders, places free", 201, _reserve),
    HttpRow("order", "GET /orders/{id}", 200, _order),
    HttpRow("payment", "POST /orders/{id}/payment", 202, _payment, module=WITHOUT_WORKER),
    HttpRow("validate", "POST /tickets/validate", 200, _validate),
    HttpRow("memory", "GET /orders/{id}, with SQLAlchemy", 200, _order),
)
