"""Components and processes with one rule broken each, which the simulator must find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import attrs

from tests.simulation.broken_components import (
    AcknowledgesFirst,
    BelievesEveryNotice,
    CancelsNothingThatWaits,
    ChargesAgain,
    EndGivesNothingBack,
    KeepsMails,
    KeepsOldTerms,
    RefundsAll,
    RefundsNothing,
    RetryLoses,
    VersionsAreIgnored,
)
from tests.simulation.broken_orders import (
    CheckThenAct,
    CountsBeforehand,
    ForgetsWithTheSale,
    LoadsInTwoReads,
    RespondsBeforeWriting,
    RetriesWithoutDeciding,
    TakesConflictsForWritten,
    TellsTheAddress,
    UndoesByTheEntryAlone,
    UndoesLate,
    UndoesSilently,
)
from tests.wrong import deliveries, ledger_ports, orders, webhooks
from tests.wrong.partial_writes import CancelsByHalves, IssuesFirst, PartialOrders, WritesInTwoParts
from tests.wrong.rules import JudgesByText, MailsFirst
from ticketcore import BoxOffice
from ticketcore.ports import Ids, Ports
from ticketcore_memory import MemoryLedger, MemoryOrders
from ticketcore_simulator import Components, Faults, Scheduler, memory_components
from ticketcore_simulator.components import LossyInventory, SlowGateway, slow_gateway

Broken = Callable[[Scheduler, Faults, Ids], Components]


def ledger_of(components: Components) -> MemoryLedger:
    orders = components.ports.orders
    assert isinstance(orders, MemoryOrders)
    return orders._ledger


def with_ports(**changed: Callable[[Scheduler, Faults, MemoryLedger], object]) -> Broken:
    """Return a factory of memory components with some ports replaced."""

    def build(scheduler: Scheduler, faults: Faults, ids: Ids) -> Components:
        components = memory_components(scheduler, faults, ids)
        made = {name: make(scheduler, faults, ledger_of(components)) for name, make in changed.items()}
        inventory = made.get("inventory", components.inventory)
        assert isinstance(inventory, LossyInventory)
        ports = components.ports.replacing(**made)
        return attrs.evolve(components, ports=ports, inventory=inventory)

    return build


def with_process(wrong: Callable[[Ports, Any], object], ledger: Broken = memory_components) -> Broken:
    """Return a factory of components whose processes use the port of orders wrongly."""

    def box_office(ports: Ports, hold: timedelta) -> BoxOffice:
        orders: Any = wrong(ports, ports.orders)
        return BoxOffice(ports.replacing(orders=orders), hold)

    return lambda scheduler, faults, ids: attrs.evolve(ledger(scheduler, faults, ids), box_office=box_office)


def judges_by_text(scheduler: Scheduler, faults: Faults, ids: Ids) -> Components:
    return attrs.evolve(memory_components(scheduler, faults, ids), box_office=partial(JudgesByText, seen=set()))


def with_ledger(name: str, make: Callable[[MemoryLedger], object]) -> Broken:
    return with_ports(**{name: lambda _, __, rows: make(rows)})


def with_port(name: str, make: Callable[[], object]) -> Broken:
    return with_ports(**{name: lambda _, __, ___: make()})


def with_queue(make: Callable[..., object]) -> Broken:
    return with_ports(payment_queue=lambda _, faults, __: make(faults=faults))


def with_gateway(make: Callable[..., SlowGateway]) -> Broken:
    return with_ports(payment_gateway=lambda scheduler, _, __: slow_gateway(scheduler, make))


PARTIAL = with_ledger("orders", PartialOrders)

BROKEN: dict[str, Broken] = {
    "mail before the sale is recorded": with_process(MailsFirst),
    "a scan judged by its raw text": judges_by_text,
    "check then act": with_ports(orders=lambda scheduler, _, rows: CheckThenAct(rows, scheduler=scheduler)),
    "a limit checked by a sum": with_ports(
        orders=lambda scheduler, _, rows: CountsBeforehand(rows, scheduler=scheduler)
    ),
    "a customer's count that is not given back": with_ledger("orders", orders.KeepsTheCount),
    "insert before update": with_ledger("orders", orders.InsertsFirst),
    "a decision written over another": with_ledger("orders", orders.IgnoresTheRevision),
    "a revision that does not rise": with_ledger("orders", orders.KeepsTheRevision),
    "an expiry that raises no revision": with_ledger("orders", orders.ExpiresBesideTheRevision),
    "decisions that ignore a cancelled event": with_ledger("orders", orders.IgnoresCancellations),
    "an order loaded in two reads": with_ports(
        orders=lambda scheduler, _, rows: LoadsInTwoReads(rows, scheduler=scheduler)
    ),
    "a conflict taken for a change": with_process(TakesConflictsForWritten),
    "a retry that does not decide again": with_process(RetriesWithoutDeciding),
    "a decision written in two parts": with_process(WritesInTwoParts, PARTIAL),
    "tickets issued before the sale": with_process(IssuesFirst, PARTIAL),
    "places given back after the cancellation": with_process(CancelsByHalves, PARTIAL),
    "a sale without its tickets": with_ledger("orders", orders.IssuesNoTickets),
    "a response before the payment is written": with_ledger("orders", RespondsBeforeWriting),
    "expires processing by time": with_ledger("orders", orders.ExpiresProcessing),
    "decline keeps the places": with_ledger("orders", orders.DeclineKeepsPlaces),
    "a sale without its mail": with_ledger("orders", deliveries.AsksForNoMail),
    "a withdrawal that removes nothing": with_ledger("deliveries", deliveries.WithdrawsNothing),
    "a refund without record": with_ledger("orders", orders.RefundWithoutRecord),
    "a refund of an event that is forgotten": with_ledger("events", ledger_ports.ForgetsTheRequest),
    "an address that is forgotten with the sale": with_ledger("orders", ForgetsWithTheSale),
    "an address that is kept": with_ledger("orders", orders.KeepsTheAddress),
    "a journal that tells the address": with_ledger("orders", TellsTheAddress),
    "a mailer that keeps mails": with_port("mailer", KeepsMails),
    "an undo for any key": with_ledger("tickets", ledger_ports.UndoesForAnyKey),
    "an undo without its entry": with_ledger("tickets", UndoesSilently),
    "an undo by its entry alone": with_ledger("tickets", UndoesByTheEntryAlone),
    "an undo after hours": with_ledger("tickets", UndoesLate),
    "a sale that opens early": with_ledger("orders", orders.OpensEarly),
    "a sale that does not end": with_ledger("orders", orders.SellsUntilTheDate),
    "a gate that ignores the doors": with_ledger("tickets", ledger_ports.AdmitsBeforeTheDoors),
    "a merge of which the latest scan counts": with_ledger("tickets", ledger_ports.MergesTheLatest),
    "a merge that forgets other scans": with_ledger("tickets", ledger_ports.ForgetsOtherScans),
    "a merge without its entry": with_ledger("tickets", ledger_ports.MergesSilently),
    "a merge that forgets the undo": with_ledger("tickets", ledger_ports.ForgetsTheUndo),
    "a list without refunded tickets": with_ledger("tickets", ledger_ports.ListsWhatIsPaid),
    "a webhook that is told of no changes": with_ledger("webhooks", webhooks.TellsNoChanges),
    "a webhook that skips news": with_ledger("webhooks", webhooks.SkipsNews),
    "a webhook that is told twice": with_ledger("webhooks", webhooks.RecordsTwice),
    "admits without condition": with_ledger("tickets", ledger_ports.AdmitsAnyStatus),
    "an outbox row marked before it is sent": with_ledger("outbox", ledger_ports.MarksBeforeSending),
    "publishes after the commit without outbox": with_ledger("outbox", ledger_ports.NoOutbox),
    "a queue that acknowledges first": with_queue(AcknowledgesFirst),
    "a queue that loses what is given back": with_queue(RetryLoses),
    "attempt keys made per request": with_gateway(ChargesAgain),
    "a gateway that keeps refunds": with_gateway(RefundsNothing),
    "a gateway that returns all for a part": with_gateway(RefundsAll),
    "a gateway that lets pay after a cancellation": with_gateway(CancelsNothingThatWaits),
    "a gateway that believes every notice": with_gateway(BelievesEveryNotice),
    "a refund of used tickets that is repeated": with_ledger("orders", orders.ForgetsThatUsedTicketsAreRefunded),
}

#: These must be found without any fault.
BROKEN_COUNTERS: dict[str, Broken] = {
    "a counter that ignores versions": with_port("inventory", VersionsAreIgnored),
    "an ended take that gives nothing back": with_port("inventory", EndGivesNothingBack),
    "a counter that keeps old terms of sale": with_port("inventory", KeepsOldTerms),
}
