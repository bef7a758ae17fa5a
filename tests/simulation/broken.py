"""What is broken by whose part, which the simulator must find out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import attrs

from tests.simulation.broken_ledgers import (
    AdmitsEverybody,
    AnswersBeforeWriting,
    CheckThenAct,
    DeclineKeepsPlaces,
    ExpiresProcessing,
    InsertsFirst,
    IssuesPerRun,
    MarksBeforeSending,
    NoOutbox,
    RefundWithoutRecord,
    SkippingCursor,
)
from tests.simulation.broken_parts import (
    AcknowledgesFirst,
    EndGivesNothingBack,
    IgnoresVersions,
    KeyPerRequest,
    RefundsNothing,
    RetryLoses,
)
from tests.simulation.broken_rules import JudgesByText, MailsFirst
from ticketcore.ports import (
    Ids,
    Ports,
)
from ticketcore_memory import MemoryLedger, MemoryOrders
from ticketcore_simulator import Faults, Parts, Scheduler, memory_parts
from ticketcore_simulator.parts import LossyInventory

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


def mails_first(scheduler: Scheduler, faults: Faults, ids: Ids) -> Parts:
    return attrs.evolve(memory_parts(scheduler, faults, ids), box_office=MailsFirst)


def judges_by_text(scheduler: Scheduler, faults: Faults, ids: Ids) -> Parts:
    return attrs.evolve(memory_parts(scheduler, faults, ids), box_office=partial(JudgesByText, seen=set()))


BROKEN: dict[str, Broken] = {
    "mail before the sale is recorded": mails_first,
    "a scan judged by its raw text": judges_by_text,
    "insert before update": with_ports(orders=lambda _, __, rows: InsertsFirst(rows)),
    "check then act": with_ports(orders=lambda scheduler, _, rows: CheckThenAct(rows, scheduler=scheduler)),
    "expires processing by time": with_ports(orders=lambda _, __, rows: ExpiresProcessing(rows)),
    "decline keeps the places": with_ports(orders=lambda _, __, rows: DeclineKeepsPlaces(rows)),
    "tickets issued per run": with_ports(orders=lambda _, __, rows: IssuesPerRun(rows)),
    "a cursor that skips": with_ports(orders=lambda _, __, rows: SkippingCursor(rows)),
    "a refund without record": with_ports(orders=lambda _, __, rows: RefundWithoutRecord(rows)),
    "an answer before it is written": with_ports(orders=lambda _, __, rows: AnswersBeforeWriting(rows)),
    "admits without condition": with_ports(tickets=lambda _, __, rows: AdmitsEverybody(rows)),
    "an outbox row marked before it is sent": with_ports(outbox=lambda _, __, rows: MarksBeforeSending(rows)),
    "publishes after the commit without outbox": with_ports(outbox=lambda _, __, rows: NoOutbox(rows)),
    "a queue that acknowledges first": with_ports(payment_queue=lambda _, faults, __: AcknowledgesFirst(faults=faults)),
    "a queue that loses what is given back": with_ports(payment_queue=lambda _, faults, __: RetryLoses(faults=faults)),
    "attempt keys made per request": with_ports(payment_gateway=lambda _, __, ___: KeyPerRequest()),
    "a gateway that keeps refunds": with_ports(payment_gateway=lambda _, __, ___: RefundsNothing()),
}

#: To be found without any fault.
BROKEN_COUNTERS: dict[str, Broken] = {
    "a counter that ignores versions": with_ports(inventory=lambda _, __, ___: IgnoresVersions()),
    "an ended take that gives nothing back": with_ports(inventory=lambda _, __, ___: EndGivesNothingBack()),
}
