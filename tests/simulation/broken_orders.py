"""Orders with one rule broken that shows only in races."""

from __future__ import annotations

from datetime import datetime

import attrs

from tests.wrong import late_ledgers
from tests.wrong.ledger_ports import Undone
from tests.wrong.rules import Careless
from ticketcore import OrderStatus, TicketRecord
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.ids import OrderId, TicketId
from ticketcore.domain.orders import Change
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.domain.retention import FORGOTTEN
from ticketcore.domain.tickets import TicketNumber
from ticketcore.domain.validation import Undo
from ticketcore.ports import Conflict
from ticketcore_memory import MemoryOrders, MemoryTickets
from ticketcore_simulator import Scheduler


@attrs.define(eq=False)
class CheckThenAct(MemoryOrders):
    """Checks that places are free, and takes them later."""

    scheduler: Scheduler = attrs.field(kw_only=True)

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        seen = self._ledger.events[wanted.event_id]
        if wanted.order_id in self._ledger.orders or seen.available < wanted.quantity:
            return super().reserve(wanted, now)
        self.scheduler.hand_over()
        meanwhile = self._ledger.events[wanted.event_id]
        self._ledger.events[seen.id] = attrs.evolve(meanwhile, capacity=meanwhile.capacity + wanted.quantity)
        outcome = super().reserve(wanted, now)
        self._ledger.events[seen.id] = attrs.evolve(self._ledger.events[seen.id], capacity=meanwhile.capacity)
        return outcome


@attrs.define(eq=False)
class CountsBeforehand(late_ledgers.CountsBeforehand):
    """Sums up a customer's orders first, and reserves by that sum later."""

    scheduler: Scheduler = attrs.field(kw_only=True)

    def hesitate(self) -> None:
        self.scheduler.hand_over()


@attrs.define(eq=False)
class RespondsBeforeWriting(MemoryOrders):
    """Responds to a payment before it is written, and does not write every one."""

    payments: int = 0

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        if decision.order.status is OrderStatus.PROCESSING:
            self.payments += 1
            if self.payments % 5 == 0:
                return Change(decision.order)
        return super().write(record, decision)


class ForgetsWithTheSale(MemoryOrders):
    """Takes the buyer's address out as soon as the order is paid."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        order = decision.order
        if order.status is OrderStatus.PAID:
            decision = attrs.evolve(decision, order=attrs.evolve(order, customer_email=FORGOTTEN))
        return super().write(record, decision)


class TellsTheAddress(MemoryOrders):
    """Writes into the journal which address was forgotten."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        outcome = super().write(record, decision)
        if decision.order.customer_email == FORGOTTEN and isinstance(outcome, Change):
            entries = self._ledger.journal[record.order.id]
            entries[-1] = attrs.evolve(entries[-1], facts={"address": record.order.customer_email})
        return outcome


class UndoesSilently(MemoryTickets):
    """Takes an admission back, and writes no entry."""

    def undo(self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime) -> Undone:
        outcome = super().undo(ticket, wanted, now)
        if isinstance(outcome, TicketRecord):
            self._ledger.journal[outcome.ticket.order_id].pop()
        return outcome


class UndoesLate(MemoryTickets):
    """Lets a gate take back its own admissions for ever."""

    def undo(self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime) -> Undone:
        record = self._record(ticket)
        admission = record and record.ticket.admission
        if admission and admission.key_id == wanted.holder.id:
            now = admission.date
        return super().undo(ticket, wanted, now)


class UndoesByTheEntryAlone(MemoryTickets):
    """Writes that an admission was taken back, and leaves its ticket used."""

    def undo(self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime) -> Undone:
        record = self._record(ticket)
        outcome = super().undo(ticket, wanted, now)
        if isinstance(outcome, TicketRecord) and record:
            self._ledger.tickets[record.ticket.id] = record.ticket
        return outcome


@attrs.define(eq=False)
class LoadsInTwoReads(MemoryOrders):
    """Reads an order and its attempt, and then the revision."""

    scheduler: Scheduler = attrs.field(kw_only=True)

    def load(self, order_id: OrderId) -> OrderRecord | None:
        record = super().load(order_id)
        if record is None:
            return None
        self.scheduler.hand_over()
        return attrs.evolve(record, revision=self._ledger.revisions[order_id])


# What a process makes of a conflict


class TakesConflictsForWritten(Careless):
    """Takes a decision that was not written for one that was."""

    def write(self, record: OrderRecord, decision: Decision) -> object:
        outcome = self.port.write(record, decision)
        return Change(decision.order) if isinstance(outcome, Conflict) else outcome


class RetriesWithoutDeciding(Careless):
    """Writes the same decision again after a conflict, of the revision that the order has by then."""

    def write(self, record: OrderRecord, decision: Decision) -> object:
        outcome = self.port.write(record, decision)
        if not isinstance(outcome, Conflict):
            return outcome
        current: OrderRecord = self.port.load(record.order.id)
        return self.port.write(attrs.evolve(current, order=record.order), decision)
