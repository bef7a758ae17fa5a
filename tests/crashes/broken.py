"""Rules and adapters with one thing wrong each: nothing shows it while everybody lives, and a crash must.

A ``part`` is wrong in what outlives a process; a ``rule`` is what a process wrongly does with its ports, and may need a part
that lets it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import attrs

from tests.crashes.memory import Change, ledger_of, same
from tests.wrong import ledger_ports, ports
from tests.wrong.rules import Careless, MailsFirst
from ticketcore import Delivery, Order, OrderStatus, Ticket
from ticketcore.domain import ids, reservations
from ticketcore.domain import orders as order_rules
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import AttemptId, OrderId, TicketCode, TicketId
from ticketcore.domain.mail import TicketMail
from ticketcore.domain.payments import Attempt, AttemptStatus
from ticketcore.domain.reservations import Reservation
from ticketcore.domain.validation import Scan
from ticketcore.ports import Ports, Take
from ticketcore_memory import MemoryInventory, MemoryLedger, MemoryOrders, MemoryTickets


@attrs.frozen
class Broken:
    """What is wrong, and the story that brings it to light."""

    story: str
    part: Change = same
    rule: Change = same


def part(name: str, make: Callable[[MemoryLedger], object]) -> Change:
    def change(ports: Ports) -> Ports:
        wrong: dict[str, Any] = {name: make(ledger_of(ports))}
        return attrs.evolve(ports, **wrong)

    return change


def _rule(name: str, make: Callable[[Ports, Any], object]) -> Change:
    def change(ports: Ports) -> Ports:
        wrong: dict[str, Any] = {name: make(ports, getattr(ports, name))}
        return attrs.evolve(ports, **wrong)

    return change


# A take that nobody ends


class NeverLapses(MemoryInventory):
    """Waits for ever for a take that is in flight."""

    def take(self, wanted: Reservation, now: datetime) -> Take:
        taken = super().take(wanted, now)
        for flight in self._counters[wanted.event_id].flights.values():
            flight.lapses_at = datetime.max.replace(tzinfo=now.tzinfo)
        return taken


# Steps in the wrong order


class NotedBeforeMailed(Careless):
    """Records that the tickets were mailed before they are."""

    def send(self, message: TicketMail) -> None:
        order = self.ports.orders.find(message.key)
        assert order is not None
        self.ports.orders.advance(order.id, Delivery.DELIVERED, self.ports.clock.now())
        self.port.send(message)


class ReturnsMoneyFirst(Careless):
    """Returns the money before the refund is recorded."""

    def start_refund(self, order_id: OrderId, now: datetime) -> object:
        attempt = self.port.attempt(order_id)
        self.ports.payment_gateway.refund(attempt)
        return self.port.start_refund(order_id, now)


# What has to be one step and is two


class LooseOrders(MemoryOrders):
    """Orders that do by halves what must be done at once."""

    def issue(self, tickets: Sequence[Ticket], code: TicketCode) -> None:
        self._issue(tickets, code)
        self._ledger.ticket_codes.discard(code)

    def name_anew(self, attempt: Attempt, attempt_id: AttemptId) -> Attempt:
        del self._ledger.attempts[attempt.id]
        named = self._ledger.attempts[attempt_id] = attrs.evolve(attempt, id=attempt_id)
        self._ledger.attempt_of_order[attempt.order_id] = attempt_id
        return named

    def end(self, order_id: OrderId, now: datetime) -> Order | None:
        order = self._ledger.orders[order_id]
        ended = reservations.cancel(order, now)
        if order.status is not OrderStatus.RESERVED or not isinstance(ended, Order):
            return None
        self._ledger.orders[order_id] = ended
        return ended

    def give_back(self, order: Order) -> Availability:
        event = self._ledger.events[order.event_id]
        after = attrs.evolve(event, held=event.held - order.quantity, version=event.version + 1)
        self._ledger.events[event.id] = after
        return after.availability


class IssuesPerRun(Careless):
    """Issues tickets whenever it works on an order, and then records the sale."""

    def capture(self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime) -> object:
        self.port.issue(tickets, code)
        return self.port.capture(attempt_id, (), code, now)


class AttemptPerRun(Careless):
    """Charges under a new id whenever it works on an order."""

    def attempt(self, order_id: OrderId) -> Attempt | None:
        attempt: Attempt | None = self.port.attempt(order_id)
        if attempt is None or attempt.status is not AttemptStatus.PENDING:
            return attempt
        named: Attempt = self.port.name_anew(attempt, AttemptId(ids.text_of(self.ports.ids.new(ids.SECRET_BYTES))))
        return named


class CancelsByHalves(Careless):
    """Ends the order in one transaction and gives its places back in another."""

    def cancel(self, order_id: OrderId, now: datetime) -> object:
        ended = self.port.end(order_id, now)
        return order_rules.Change(ended, self.port.give_back(ended)) if ended else self.port.cancel(order_id, now)


class LooseTickets(MemoryTickets):
    """Tickets whose scan can be recorded later."""

    def remember(self, ticket: Ticket, scan_id: str) -> Ticket:
        assert ticket.admission is not None
        admission = attrs.evolve(ticket.admission, scan_id=scan_id)
        after = self._ledger.tickets[ticket.id] = attrs.evolve(ticket, admission=admission)
        return after


class AdmitsByHalves(Careless):
    """Uses a ticket up in one transaction and records in another which scan it was."""

    def admit(self, ticket_id: TicketId, scan: Scan, now: datetime) -> object:
        found = self.port.get(ticket_id)
        used = found.admission
        if used and (used.gate, used.scan_id) == (scan.gate, scan.scan_id):
            return found
        nameless = attrs.evolve(scan, scan_id=ids.text_of(self.ports.ids.new(ids.SECRET_BYTES)))
        outcome = self.port.admit(ticket_id, nameless, now)
        return self.port.remember(outcome, scan.scan_id) if isinstance(outcome, Ticket) else outcome


_LOOSE_ORDERS = part("orders", LooseOrders)

BROKEN = {
    "a queue that acknowledges first": Broken("work", part("payment_queue", lambda _: ports.AcknowledgesFirst())),
    "a queue that loses what is given back": Broken("work", part("payment_queue", lambda _: ports.RetryLoses())),
    "a message without an outbox": Broken("pay", part("outbox", ledger_ports.NoOutbox)),
    "a row forgotten before it is published": Broken("pay", part("outbox", ledger_ports.MarksBeforeSending)),
    "a take that never lapses": Broken("reserve", part("inventory", lambda _: NeverLapses())),
    "a mail before the sale is recorded": Broken("work", rule=_rule("orders", MailsFirst)),
    "a cursor that moves before the mail is sent": Broken("work", rule=_rule("mailer", NotedBeforeMailed)),
    "money returned before the refund is recorded": Broken("refund", rule=_rule("orders", ReturnsMoneyFirst)),
    "tickets issued per run": Broken("work", _LOOSE_ORDERS, _rule("orders", IssuesPerRun)),
    "an attempt per run": Broken("work", _LOOSE_ORDERS, _rule("orders", AttemptPerRun)),
    "a cancel in two transactions": Broken("cancel", _LOOSE_ORDERS, _rule("orders", CancelsByHalves)),
    "an admission in two transactions": Broken(
        "validate", part("tickets", LooseTickets), _rule("tickets", AdmitsByHalves)
    ),
}
