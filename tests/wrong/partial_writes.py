"""Processes that write a decision in several transactions, and the ledger that allows it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from tests.wrong.rules import Careless
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.tickets import Ticket
from ticketcore_memory import MemoryOrders


class PartialOrders(MemoryOrders):
    """Orders that can write single parts of a decision."""

    def issue(self, tickets: Sequence[Ticket]) -> None:
        self._issue(tickets)

    def replace_attempt(self, order_id: OrderId, attempt_id: AttemptId) -> Attempt:
        renamed = attrs.evolve(self._ledger.attempts[order_id], id=attempt_id)
        self._ledger.attempts[order_id] = renamed
        return renamed

    def end(self, order: Order) -> None:
        self._ledger.orders[order.id] = order
        self._ledger.revisions[order.id] += 1

    def shift_places(self, before: Order, after: Order) -> Change:
        return Change(after, self._ledger._shift_places(before, after))

    def write_the_rest(self, decision: Decision) -> None:
        order = decision.order
        self._issue(decision.issued)
        self._refund(order.id, {*decision.voids, *decision.refunds_used})
        if decision.enqueues:
            self._ledger.put_in_outbox(order.id)
        for delivery in decision.deliveries:
            self._ledger.put_delivery(delivery)
        for entry in decision.entries:
            self._ledger.write(entry)


class WritesInTwoParts(Careless):
    """Writes the order, its attempt and its places, and then the rest of the decision."""

    def write(self, record: OrderRecord, decision: Decision) -> object:
        outcome = self.port.write(record, Decision(decision.order, decision.attempt))
        if isinstance(outcome, Change):
            self.port.write_the_rest(decision)
        return outcome


class IssuesFirst(Careless):
    """Issues the tickets, and then records the sale."""

    def write(self, record: OrderRecord, decision: Decision) -> object:
        if decision.issued:
            self.port.issue(decision.issued)
        return self.port.write(record, attrs.evolve(decision, issued=()))


class CancelsByHalves(Careless):
    """Ends a cancelled order, and then gives its places back."""

    def write(self, record: OrderRecord, decision: Decision) -> object:
        if decision.order.status is not OrderStatus.CANCELLED:
            return self.port.write(record, decision)
        self.port.end(decision.order)
        return self.port.shift_places(record.order, decision.order)
