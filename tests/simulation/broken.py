"""What is broken by whose part, which the simulator must find out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs

from tests.simulation.broken_orders import AnswersBeforeWriting, CheckThenAct
from tests.simulation.broken_parts import (
    AcknowledgesFirst,
    ChargesAgain,
    EndGivesNothingBack,
    RefundsNothing,
    RetryLoses,
    VersionsAreIgnored,
)
from tests.wrong import ledger_ports, orders
from tests.wrong.rules import JudgesByText, MailsFirst
from ticketcore import BoxOffice
from ticketcore.application import worker
from ticketcore.application.worker import WorkReport
from ticketcore.ports import Ids, Ports
from ticketcore_memory import MemoryLedger, MemoryOrders
from ticketcore_simulator import Faults, Parts, Scheduler, memory_parts
from ticketcore_simulator.components import LossyInventory

Broken = Callable[[Scheduler, Faults, Ids], Parts]


def ledger_of(parts: Parts) -> MemoryLedger:
    orders = parts.ports.orders
    assert isinstance(orders, MemoryOrders)
    return orders._ledger


def with_ports(**changed: Callable[[Scheduler, Faults, MemoryLedger], object]) -> Broken:
    """Answer the memory parts with some ports in their place."""

    def build(scheduler: Scheduler, faults: Faults, ids: Ids) -> Parts:
        parts = memory_parts(scheduler, faults, ids)
        made = {name: make(scheduler, faults, ledger_of(parts)) for name, make in changed.items()}
        inventory = made.get("inventory", parts.inventory)
        assert isinstance(inventory, LossyInventory)
        ports: Ports = attrs.evolve(parts.ports, **made)  # type: ignore[arg-type]  # Each is a port, by its name.
        return attrs.evolve(parts, ports=ports, inventory=inventory)

    return build


class WorkerMailsFirst(BoxOffice):
    """Mails the tickets as soon as the charge is approved, and then records the sale."""

    def work(self, limit: int = 10) -> WorkReport:
        orders: Any = MailsFirst(self.ports, self.ports.orders)
        return worker.work(attrs.evolve(self.ports, orders=orders), limit)


def mails_first(scheduler: Scheduler, faults: Faults, ids: Ids) -> Parts:
    return attrs.evolve(memory_parts(scheduler, faults, ids), box_office=WorkerMailsFirst)


def judges_by_text(scheduler: Scheduler, faults: Faults, ids: Ids) -> Parts:
    return attrs.evolve(memory_parts(scheduler, faults, ids), box_office=partial(JudgesByText, seen=set()))


def with_ledger(name: str, make: Callable[[MemoryLedger], object]) -> Broken:
    return with_ports(**{name: lambda _, __, rows: make(rows)})


def with_part(name: str, make: Callable[[], object]) -> Broken:
    return with_ports(**{name: lambda _, __, ___: make()})


def with_queue(make: Callable[..., object]) -> Broken:
    return with_ports(payment_queue=lambda _, faults, __: make(faults=faults))


BROKEN: dict[str, Broken] = {
    "mail before the sale is recorded": mails_first,
    "a scan judged by its raw text": judges_by_text,
    "check then act": with_ports(orders=lambda scheduler, _, rows: CheckThenAct(rows, scheduler=scheduler)),
    "insert before update": with_ledger("orders", orders.InsertsFirst),
    "expires processing by time": with_ledger("orders", orders.ExpiresProcessing),
    "decline keeps the places": with_ledger("orders", orders.DeclineKeepsPlaces),
    "tickets issued per run": with_ledger("orders", orders.IssuesPerRun),
    "a cursor that skips": with_ledger("orders", orders.SkipsTheMail),
    "a refund without record": with_ledger("orders", orders.RefundWithoutRecord),
    "an answer before it is written": with_ledger("orders", AnswersBeforeWriting),
    "admits without condition": with_ledger("tickets", ledger_ports.AdmitsEverybody),
    "an outbox row marked before it is sent": with_ledger("outbox", ledger_ports.MarksBeforeSending),
    "publishes after the commit without outbox": with_ledger("outbox", ledger_ports.NoOutbox),
    "a queue that acknowledges first": with_queue(AcknowledgesFirst),
    "a queue that loses what is given back": with_queue(RetryLoses),
    "attempt keys made per request": with_part("payment_gateway", ChargesAgain),
    "a gateway that keeps refunds": with_part("payment_gateway", RefundsNothing),
}

#: To be found without any fault.
BROKEN_COUNTERS: dict[str, Broken] = {
    "a counter that ignores versions": with_part("inventory", VersionsAreIgnored),
    "an ended take that gives nothing back": with_part("inventory", EndGivesNothingBack),
}
