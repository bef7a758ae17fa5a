"""Tickets in process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain import journal, validation
from ticketcore.domain.ids import OrderId, TicketId
from ticketcore.domain.refusals import TicketNotFound
from ticketcore.domain.tickets import Ticket
from ticketcore.domain.validation import DecisionRefusal, Scan
from ticketcore.ports import Tickets
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryTickets(Tickets):
    """Tickets of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def get(self, ticket_id: TicketId) -> Ticket | None:
        with self._ledger.lock:
            return self._ledger.tickets.get(ticket_id)

    def of_order(self, order_id: OrderId) -> Sequence[Ticket]:
        with self._ledger.lock:
            found = [self._ledger.tickets[each] for each in self._ledger.tickets_of_order.get(order_id, ())]
        return sorted(found, key=lambda ticket: ticket.number)

    def admit(self, ticket_id: TicketId, scan: Scan, now: datetime) -> Ticket | DecisionRefusal | TicketNotFound:
        with self._ledger.lock:
            ticket = self._ledger.tickets.get(ticket_id)
            if ticket is None:
                return TicketNotFound()
            outcome = validation.admit(ticket, scan, now)
            if ticket.admission is None and isinstance(outcome, Ticket) and outcome.admission:
                self._ledger.tickets[ticket_id] = outcome
                self._ledger.write(journal.admitted(outcome, outcome.admission))
            return outcome
