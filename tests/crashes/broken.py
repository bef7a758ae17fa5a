"""Components and processes with one rule broken each, which no run shows without a fault and some run must with one.

A ``component`` outlives its processes.  A ``rule`` wraps the ports of a process, and may need a component that permits it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs

from tests.crashes import memory
from tests.crashes.memory import ledger_of, same
from tests.wrong import ledger_ports, ports
from tests.wrong.partial_writes import CancelsByHalves, IssuesFirst, PartialOrders, WritesInTwoParts
from tests.wrong.rules import Careless, MailsFirst
from ticketcore import Delivery, Event, TicketRecord
from ticketcore.domain import acts, ids, journal, validation
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.ids import AttemptId, OrderId, TicketId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.retention import FORGOTTEN
from ticketcore.domain.validation import Admitted, Scan, Undo
from ticketcore.ports import Ports, Take
from ticketcore_memory import MemoryDeliveries, MemoryEvents, MemoryInventory, MemoryLedger, MemoryTickets


@attrs.frozen
class Broken:
    """A broken component or rule, and the scenario that must show it."""

    scenario: str
    component: memory.PortsChange = same
    rule: memory.PortsChange = same


def component(name: str, make: Callable[[MemoryLedger], object]) -> memory.PortsChange:
    def change(ports: Ports) -> Ports:
        return ports.replacing(**{name: make(ledger_of(ports))})

    return change


def _rule(name: str, make: Callable[[Ports, Any], object]) -> memory.PortsChange:
    def change(ports: Ports) -> Ports:
        return ports.replacing(**{name: make(ports, getattr(ports, name))})

    return change


# A take that does not end


class NeverLapses(MemoryInventory):
    """Keeps a take in flight for ever."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        taken = super().take(wanted, now)
        for flight in self._events[wanted.event_id].flights.values():
            flight.lapses_at = datetime.max.replace(tzinfo=now.tzinfo)
        return taken


# Steps in the wrong order


class SettledBeforeMailed(Careless):
    """Records that a mail was sent before it is."""

    def claim(self, now: datetime) -> object:
        claimed = self.port.claim(now)
        if claimed is not None:
            self.port.settle(claimed, claimed.delivered(), journal.mailed(claimed, now))
        return claimed


class ClaimsForGood(MemoryDeliveries):
    """Leaves a claimed mail to its worker for ever."""

    def claim(self, now: datetime) -> Delivery | None:
        claimed = super().claim(now)
        if claimed is None:
            return None
        held = attrs.evolve(claimed, due_at=None)
        self._ledger.put_delivery(held)
        return held


class ReturnsMoneyFirst(Careless):
    """Returns the money before the refund is recorded."""

    def write(self, record: OrderRecord, decision: Decision) -> object:
        if decision.voids and decision.attempt and decision.attempt.refund:
            refund = decision.attempt.refund
            self.ports.payment_gateway.refund(decision.attempt, refund.amount, refund.id)
        return self.port.write(record, decision)


class RemovesMailsLast(Careless):
    """Takes an address out of its order, and then removes the mails to it."""

    def write(self, record: OrderRecord, decision: Decision) -> object:
        outcome = self.port.write(record, decision)
        if decision.order.customer_email == FORGOTTEN:
            self.ports.mailer.forget(ids.digest(decision.order.id))
        return outcome


class RemovesNothing(Careless):
    """Leaves the mails to another step."""

    def forget(self, _key: str) -> int:
        return 0


def _removes_mails_last(ports: Ports) -> Ports:
    return ports.replacing(orders=RemovesMailsLast(ports, ports.orders), mailer=RemovesNothing(ports, ports.mailer))


# Two writes that have to be one


class AttemptPerRun(Careless):
    """Charges under a new attempt id at every run."""

    def load(self, order_id: OrderId) -> OrderRecord | None:
        record: OrderRecord | None = self.port.load(order_id)
        if record is None or record.attempt is None or record.attempt.status is not AttemptStatus.PENDING:
            return record
        attempt_id = AttemptId(ids.text_of(self.ports.ids.new(ids.SECRET_BYTES)))
        return attrs.evolve(record, attempt=self.port.replace_attempt(order_id, attempt_id))


class PartialTickets(MemoryTickets):
    """Tickets whose scan id can be written later, and of whose undo the entry and the effect."""

    def note_undo(self, ticket_id: TicketId, wanted: Undo, now: datetime) -> object:
        record = self._record(ticket_id)
        assert record is not None
        outcome = validation.undo(record, wanted, now)
        if isinstance(outcome, TicketRecord):
            self._ledger.write(journal.admission_undone(record.ticket, outcome.ticket, wanted.holder.name, now))
        return outcome

    def make_valid(self, undone: TicketRecord) -> None:
        self._ledger.tickets[undone.ticket.id] = undone.ticket

    def write_scan_id(self, admitted: Admitted, scan_id: str) -> Admitted:
        ticket = admitted.ticket
        assert ticket.admission is not None
        admission = attrs.evolve(ticket.admission, scan_id=scan_id)
        after = self._ledger.tickets[ticket.id] = attrs.evolve(ticket, admission=admission)
        return Admitted(attrs.evolve(admitted.record, ticket=after))


class AdmitsByHalves(Careless):
    """Uses a ticket, and then writes which scan it was."""

    def admit(self, ticket_id: TicketId, scan: Scan, now: datetime) -> object:
        used = self.port.get(ticket_id).admission
        if used and (used.key_id, used.scan_id) == (scan.holder.id, scan.scan_id):
            return self.port.admit(ticket_id, scan, now)
        anonymous = attrs.evolve(scan, scan_id=ids.text_of(self.ports.ids.new(ids.SECRET_BYTES)))
        outcome = self.port.admit(ticket_id, anonymous, now)
        return self.port.write_scan_id(outcome, scan.scan_id) if isinstance(outcome, Admitted) else outcome


class UndoesByHalves(Careless):
    """Writes that an admission was taken back, and then makes its ticket valid."""

    def undo(self, ticket_id: TicketId, wanted: Undo, now: datetime) -> object:
        outcome = self.port.note_undo(ticket_id, wanted, now)
        if isinstance(outcome, TicketRecord):
            self.port.make_valid(outcome)
        return outcome


class PartialEvents(MemoryEvents):
    """Events that can be written without their act, and the act later."""

    def add_alone(self, event: Event) -> None:
        self._ledger.events.setdefault(event.id, event)

    def record(self, event: Event, by: str | None) -> None:
        if not any(act.subject == event.id for act in self._ledger.acts):
            self._ledger.acts.append(acts.event_created(event, by))


class ActsLater(Careless):
    """Records an event, and then its act."""

    def add(self, event: Event, by: str | None) -> None:
        self.port.add_alone(event)
        self.port.record(event, by)


_PARTIAL_ORDERS = component("orders", PartialOrders)

BROKEN = {
    "an event before its act": Broken(
        "create an event", component("events", PartialEvents), _rule("events", ActsLater)
    ),
    "a queue that acknowledges first": Broken("work", component("payment_queue", lambda _: ports.AcknowledgesFirst())),
    "a queue that loses what is given back": Broken("work", component("payment_queue", lambda _: ports.RetryLoses())),
    "a message without an outbox": Broken("pay", component("outbox", ledger_ports.NoOutbox)),
    "an outbox row deleted before it is published": Broken("pay", component("outbox", ledger_ports.MarksBeforeSending)),
    "a take that never lapses": Broken("reserve", component("inventory", lambda _: NeverLapses())),
    "a mail before the sale is recorded": Broken("work", rule=_rule("orders", MailsFirst)),
    "a mail settled before it is sent": Broken("deliver", rule=_rule("deliveries", SettledBeforeMailed)),
    "a claim that never ends": Broken("deliver", component("deliveries", ClaimsForGood)),
    "money returned before the refund is recorded": Broken("refund", rule=_rule("orders", ReturnsMoneyFirst)),
    "mails removed after their order is forgotten": Broken("forget a customer who has mail", rule=_removes_mails_last),
    "an undo in two transactions": Broken(
        "undo", component("tickets", PartialTickets), _rule("tickets", UndoesByHalves)
    ),
    "tickets issued before the sale": Broken("work", _PARTIAL_ORDERS, _rule("orders", IssuesFirst)),
    "an attempt id per run": Broken("work", _PARTIAL_ORDERS, _rule("orders", AttemptPerRun)),
    "a cancel in two transactions": Broken("cancel", _PARTIAL_ORDERS, _rule("orders", CancelsByHalves)),
    "a payment written in two parts": Broken("pay", _PARTIAL_ORDERS, _rule("orders", WritesInTwoParts)),
    "a sale written in two parts": Broken("work", _PARTIAL_ORDERS, _rule("orders", WritesInTwoParts)),
    "an admission in two transactions": Broken(
        "validate", component("tickets", PartialTickets), _rule("tickets", AdmitsByHalves)
    ),
}
