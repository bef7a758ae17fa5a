"""Tickets in process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

import attrs

from ticketcore.domain import journal, merging, qr_text, validation
from ticketcore.domain.announcements import BEGINNING
from ticketcore.domain.attendees import Attendee, AttendeePage, Cursor
from ticketcore.domain.gate_lists import CHANGING_STEPS, GateList, GatePlace, GateTicket
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.merging import Merged
from ticketcore.domain.order_listing import Cursor as OrderPlace
from ticketcore.domain.order_listing import place_of
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import TicketNotFound
from ticketcore.domain.tickets import Ticket, TicketNumber, TicketRecord, TicketStatus
from ticketcore.domain.validation import Admitted, DecisionRefusal, Scan, Undo, UndoDecisionRefusal
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

    def list(self, event_id: EventId, after: Cursor | None, limit: int) -> AttendeePage:
        with self._ledger.lock:
            known = [self._ledger.orders[each] for each in self._ledger.orders_of_event.get(event_id, ())]
            paid = sorted((order for order in known if order.status is OrderStatus.PAID), key=place_of)
            found = (
                (order.created_at, Attendee.of_ticket(order, ticket))
                for order in paid
                for ticket in self.of_order(order.id)
                if after is None or (*place_of(order), ticket.number) > after
            )
            return AttendeePage.of([*islice(found, limit + 1)], limit)

    def newest_qr_code(self) -> str | None:
        return next(reversed(self._qr_codes()), None)

    def qr_codes_by_signer(self) -> Sequence[str]:
        return list({text[: qr_text.SIGNER_LENGTH]: text for text in self._qr_codes()}.values())

    def _qr_codes(self) -> Sequence[str]:
        """Return the QR texts of tickets in the order of their sales."""
        with self._ledger.lock:
            return [
                ticket.qr_code for ticket in self._ledger.tickets.values() if ticket.status is not TicketStatus.VOID
            ]

    def admit(
        self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime
    ) -> Admitted | DecisionRefusal | TicketNotFound:
        with self._ledger.lock:
            record = self._record(ticket)
            if record is None:
                return TicketNotFound()
            outcome = validation.admit(record, scan, now)
            if isinstance(outcome, Admitted) and not outcome.is_repeated:
                used = outcome.record.ticket
                assert used.admission is not None
                self._ledger.tickets[used.id] = used
                self._ledger.write(journal.admitted(used, used.admission, scan.holder.name))
            return outcome

    def undo(
        self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime
    ) -> TicketRecord | UndoDecisionRefusal | TicketNotFound:
        with self._ledger.lock:
            record = self._record(ticket)
            if record is None:
                return TicketNotFound()
            outcome = validation.undo(record, wanted, now)
            if isinstance(outcome, TicketRecord):
                self._ledger.tickets[outcome.ticket.id] = outcome.ticket
                self._ledger.revisions[outcome.ticket.order_id] += 1
                entry = journal.admission_undone(record.ticket, outcome.ticket, wanted.holder.name, now)
                self._ledger.write(entry)
            return outcome

    def merge(self, ticket_id: TicketId, scan: Scan, scanned_at: datetime, now: datetime) -> Merged | TicketNotFound:
        with self._ledger.lock:
            record = self._record(ticket_id)
            if record is None:
                return TicketNotFound()
            outcome = merging.merge(record, scan, scanned_at)
            if outcome.record != record:
                self._ledger.tickets[ticket_id] = outcome.record.ticket
                self._ledger.write(journal.admitted_offline(record.ticket, scan, scanned_at, now))
            return outcome

    def gate_list(self, event_id: EventId, after: GatePlace | None, limit: int) -> GateList:
        with self._ledger.lock:
            begun = after or GatePlace(len(self._ledger.entries), BEGINNING)
            found = self._sold(event_id, begun.journal, begun.after, limit) if begun.after else None
            return found if found and found.tickets else self._changed(event_id, begun.journal, limit)

    def _sold(self, event_id: EventId, begun: int, after: OrderPlace, limit: int) -> GateList:
        orders = (self._ledger.orders[each] for each in self._ledger.orders_of_event.get(event_id, ()))
        sold = sorted((order for order in orders if order.ticket_code is not None), key=place_of)
        page = [order for order in sold if place_of(order) > after][:limit]
        place = place_of(page[-1]) if len(page) == limit else None
        return self._gate_list([order.id for order in page], GatePlace(begun, place))

    def _changed(self, event_id: EventId, begun: int, limit: int) -> GateList:
        entries = self._ledger.entries
        changed = [
            (number, entry.order_id)
            for number, entry in enumerate(entries[begun:], begun + 1)
            if entry.step in CHANGING_STEPS and self._ledger.orders[entry.order_id].event_id == event_id
        ][:limit]
        last = changed[-1][0] if len(changed) == limit else len(entries)
        return self._gate_list([order_id for _, order_id in changed], GatePlace(last))

    def _gate_list(self, order_ids: Sequence[OrderId], after: GatePlace) -> GateList:
        found = (ticket for order_id in dict.fromkeys(order_ids) for ticket in self.of_order(order_id))
        return GateList(tuple(map(GateTicket.of, found)), after)

    def _record(self, wanted: TicketId | TicketNumber) -> TicketRecord | None:
        ticket = self._find(wanted) if isinstance(wanted, TicketNumber) else self._ledger.tickets.get(wanted)
        if ticket is None:
            return None
        order, event = self._ledger.orders[ticket.order_id], self._ledger.events[ticket.event_id]
        return TicketRecord.of_ticket(order, event, ticket)

    def _find(self, wanted: TicketNumber) -> Ticket | None:
        order_id = self._ledger.ticket_codes.get(wanted.code)
        tickets = self.of_order(order_id) if order_id else ()
        return next((ticket for ticket in tickets if ticket.number == wanted.number), None)
