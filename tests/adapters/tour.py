"""All use cases over one ledger on SQL, with everything else in memory, so that the statements that they send can be logged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

import attrs

from tests.crashes import setups
from tests.crashes.driver import BUYER, Driver, Facts
from tests.crashes.scenarios import SCENARIOS
from tests.entrypoints.toy_ledger import ToyBackend
from ticketcore import (
    AttendeePage,
    BoxOffice,
    EventFilter,
    EventNotFound,
    GateBundle,
    KeyId,
    LivePage,
    OrderFilter,
    OrderPage,
    OrderStatus,
    Organiser,
    TicketCode,
    accepted,
)
from ticketcore.application.ledger_check import LedgerCheck
from ticketcore.domain.ids import digest
from ticketcore_bootstrap import Assembly, read_settings
from ticketcore_memory import VirtualClock, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql import Database, SqlPaymentQueue, sql_ledger

Visit = Callable[[Driver], object]


def _list_all_events(driver: Driver) -> None:
    driver.create()
    driver.create()
    page = driver.organiser.list_events(limit=1)
    assert isinstance(page, LivePage)
    driver.organiser.list_events(EventFilter(), page.after, 1)


def _list_events_on_sale(driver: Driver) -> None:
    driver.create()
    driver.create()
    page = driver.box_office.list_events(limit=1)
    assert isinstance(page, LivePage)
    driver.box_office.list_events(page.after, 1)


def _list_orders(driver: Driver) -> None:
    order = driver.facts.order
    driver.reserve()
    driver.reserve()
    for event_id in (None, order.event_id):
        page = driver.organiser.list_orders(OrderFilter(event_id), limit=1)
        assert isinstance(page, OrderPage)
        driver.organiser.list_orders(OrderFilter(event_id), page.after, 1)
        for status in OrderStatus:
            driver.organiser.list_orders(OrderFilter(event_id, status=status), page.after)
        for rare in (
            OrderFilter(event_id, BUYER, status=OrderStatus.PAID),
            OrderFilter(event_id, ticket_code=TicketCode("00000-00000")),
            OrderFilter(event_id, undelivered=True),
        ):
            driver.organiser.list_orders(rare, page.after)


def _list_attendees(driver: Driver) -> None:
    event_id = driver.facts.event_id
    page = driver.organiser.attendees(event_id, limit=1)
    assert isinstance(page, AttendeePage)
    driver.organiser.attendees(event_id, page.after, 1)


def _list_all_attendees(driver: Driver) -> None:
    found = driver.organiser.all_attendees(driver.facts.event_id)
    assert not isinstance(found, EventNotFound)
    assert [*found]


def _list_webhook_deliveries(driver: Driver) -> None:
    setups.to_be_sent(driver)
    page = accepted(driver.organiser.list_webhook_deliveries(driver.facts.webhook_id, limit=1))
    driver.organiser.list_webhook_deliveries(driver.facts.webhook_id, (page.items[0].created_at, page.items[0].id), 1)


def _forget_past(driver: Driver) -> None:
    BoxOffice(driver.ports, retention=driver.box_office.hold).sweep()


def _check(driver: Driver) -> None:
    ports = driver.ports
    check = LedgerCheck(ports.ledger, ports.payment_queue, ports.inventory, ports.seal, ports.clock)
    assert list(check.faults()) == []


def _follow_gate_list(driver: Driver) -> None:
    """List the tickets of an event, and then what changed since."""
    bundle = driver.box_office.gate_bundle(driver.facts.event_id)
    assert isinstance(bundle, GateBundle)
    driver.box_office.gate_bundle(driver.facts.event_id, bundle.list.after)


#: The use cases that change nothing, by their names, after an order was sold and delivered.
READS: Mapping[type, Mapping[str, Visit]] = {
    BoxOffice: {
        "event": lambda driver: driver.box_office.event(driver.facts.event_id),
        "list_events": _list_events_on_sale,
        "order": lambda driver: driver.box_office.order(driver.facts.order.id),
        "tickets_of": lambda driver: driver.box_office.tickets_of(driver.look_at(driver.facts.order)),
        "ticket": lambda driver: driver.box_office.ticket(next(iter(driver.facts.seen))),
        "image_of": lambda driver: driver.box_office.image_of(next(iter(driver.facts.seen.values()))),
        "draw": lambda driver: driver.box_office.draw(next(iter(driver.facts.seen.values()))),
        "gate_bundle": _follow_gate_list,
    },
    Organiser: {
        "list_events": _list_all_events,
        "list_orders": _list_orders,
        "attendees": _list_attendees,
        "all_attendees": _list_all_attendees,
        "find_order": lambda driver: driver.organiser.find_order(digest(driver.facts.order.id)),
        "order_id": lambda driver: driver.organiser.order_id(digest(driver.facts.order.id)),
        "explain": lambda driver: driver.organiser.explain(driver.facts.order.id),
        "list_keys": lambda driver: driver.organiser.list_keys(),
        "list_acts": lambda driver: driver.organiser.list_acts(1_000_000),
        "observe_refused_key": lambda driver: driver.organiser.list_acts(),
        "authenticate": lambda driver: driver.organiser.authenticate(setups.with_key(driver)),
        "queue": lambda driver: driver.organiser.queue(),
        "delivery_backlog": lambda driver: driver.organiser.delivery_backlog(),
        "webhook_backlog": lambda driver: driver.organiser.webhook_backlog(),
        "list_webhooks": lambda driver: driver.organiser.list_webhooks(),
        "list_webhook_deliveries": _list_webhook_deliveries,
        "stock": lambda driver: driver.organiser.stock(driver.facts.event_id),
        "summary": lambda driver: driver.organiser.summary(driver.facts.event_id),
        "valid_key": lambda driver: driver.organiser.valid_key(KeyId("a" * 8)),
        "has_ended": lambda driver: driver.organiser.has_ended("a" * 26),
    },
}
#: What else a process sends to its ledger.
_OTHERS: Mapping[str, Visit] = {
    "forget past events": _forget_past,
    "check the ledger": _check,
    "start": lambda driver: driver.assembly.check_signing_key(seals=False),
    "look at the health": lambda driver: [check() for check in driver.organiser.checks.values()],
}


def visits() -> Mapping[str, Visit]:
    """Return every use case by a name, each to be called on an empty ledger."""
    found = {name: _in_order(scenario.set_up, scenario.request) for name, scenario in SCENARIOS.items()}
    for kind, reads in READS.items():
        found |= {f"{kind.__name__}.{name}": _in_order(setups.fulfilled, read) for name, read in reads.items()}
    return found | {name: _in_order(setups.fulfilled, visit) for name, visit in _OTHERS.items()}


def _in_order(set_up: Visit, request: Visit) -> Visit:
    def visit(driver: Driver) -> None:
        set_up(driver)
        request(driver)

    return visit


def driver_over(database: Database) -> Driver:
    """Return a process whose ledger and payment queue are on a database."""
    clock = VirtualClock()
    ports = memory_ports(SimulatedPaymentGateway(), clock)
    ports = attrs.evolve(ports, ledger=sql_ledger(database), payment_queue=SqlPaymentQueue(database))
    assembly = Assembly(read_settings({}), ports, ToyBackend("toy:memory"), ExitStack())
    return Driver(assembly, ports, clock, Facts())
