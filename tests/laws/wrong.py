"""Box offices with one rule broken each, which the machine must find out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from tests.laws.trials import ForgetfulInventory
from ticketcore import (
    BoxOffice,
    Event,
    EventChange,
    EventStatus,
    Fulfilment,
    Order,
    OrderStatus,
    Ticket,
    TicketStatus,
    mail,
)
from ticketcore.codes import Claim
from ticketcore.ids import AttemptId, EventId, OrderId, TicketCode
from ticketcore.orders import Change
from ticketcore.payment import Attempt, PayRefusal, RefundRefusal
from ticketcore.ports import Delivery, OutboxRow, Ports, Take, TicketCodeTaken, TooFew, Unknown
from ticketcore.refusals import CapacityInUse, EventNotFound, IdempotencyConflict, InvalidRequest, StaleVersion
from ticketcore.reservation import Reservation
from ticketcore.stock import Stock
from ticketcore.testing.box_office import Trial
from ticketcore.validation import AdmitRefusal
from ticketcore_memory import (
    MemoryEvents,
    MemoryLedger,
    MemoryOrders,
    MemoryOutbox,
    MemoryPaymentQueue,
    MemoryTickets,
    SeededIds,
    VirtualClock,
    memory_ports,
)

MILLISECOND = timedelta(milliseconds=1)


def ledger_of(ports: Ports) -> MemoryLedger:
    assert isinstance(ports.tickets, MemoryTickets)
    return ports.tickets._ledger


# The box office


@attrs.define(eq=False)
class JudgesByRawText(BoxOffice):
    """Remembers the texts that it has read instead of the tickets."""

    read: set[str] = attrs.field(factory=set)

    def validate(
        self, qr_code: str, gate: str, event_id: EventId | None = None, scan_id: str | None = None
    ) -> Ticket | AdmitRefusal:
        claim = self.ports.seal.open(qr_code)
        tickets = ledger_of(self.ports).tickets
        ticket = tickets.get(claim.ticket_id) if isinstance(claim, Claim) else None
        if ticket is not None and ticket.status is TicketStatus.USED and qr_code not in self.read:
            tickets[ticket.id] = attrs.evolve(ticket, status=TicketStatus.VALID)
        self.read.add(qr_code)
        return super().validate(qr_code, gate, event_id, scan_id)


class MailsBeforeTheSale(BoxOffice):
    """Mails as soon as the buyer has confirmed the payment."""

    def pay(self, order_id: OrderId, payment_token: str) -> Order | PayRefusal:
        outcome = super().pay(order_id, payment_token)
        if isinstance(outcome, Order) and outcome.status is OrderStatus.PROCESSING:
            event = self.ports.events.get(outcome.event_id)
            assert event is not None
            self.ports.mailer.send(mail.compose(event, outcome, [], self.ports.clock.now()))
        return outcome


class ForgetsTheQuantity(BoxOffice):
    """Takes every order under a key for the one that was made with it."""

    def _same_again(self, order: Order, wanted: Reservation) -> Order | IdempotencyConflict:
        return super()._same_again(order, attrs.evolve(wanted, quantity=order.quantity))


class LetsAnyGateAdmit(BoxOffice):
    """Forgets at which event the gate stands."""

    def validate(
        self, qr_code: str, gate: str, event_id: EventId | None = None, scan_id: str | None = None
    ) -> Ticket | AdmitRefusal:
        return super().validate(qr_code, gate, None, scan_id)


class ForgetsTheScan(BoxOffice):
    """Takes a repeated scan for another one."""

    def validate(
        self, qr_code: str, gate: str, event_id: EventId | None = None, scan_id: str | None = None
    ) -> Ticket | AdmitRefusal:
        return super().validate(qr_code, gate, event_id, None)


# The ledger


class IgnoresWhatIsTaken(MemoryEvents):
    """Lets a capacity be lower than what is taken."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        outcome = super().change(event_id, wanted, revision)
        if isinstance(outcome, CapacityInUse) and wanted.capacity is not None:
            event = self._ledger.events[event_id]
            self._ledger.events[event_id] = attrs.evolve(event, capacity=wanted.capacity)
            return self._ledger.events[event_id]
        return outcome


class TakesPaymentsLate(MemoryOrders):
    """Lets a reservation live a millisecond longer for whoever pays."""

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        return super().start_payment(attempt, now - MILLISECOND)


class ExpiresEarly(MemoryOrders):
    """Lets a sweep end a reservation a millisecond before its deadline."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return super().expire_due(event_id, now + MILLISECOND, limit)


class ExpiresProcessing(MemoryOrders):
    """Lets time end an order whose payment is under way."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        for order in list(self._ledger.orders.values()):
            if order.status is OrderStatus.PROCESSING and order.expires_at and order.expires_at <= now:
                self._moved(order, attrs.evolve(order, status=OrderStatus.EXPIRED), now)
        return super().expire_due(event_id, now, limit)


class RefundLeavesTicketsValid(MemoryOrders):
    """Refunds an order whose tickets still open the gates."""

    def _void(self, order_id: OrderId) -> None:
        pass


class RefundKeepsPlaces(MemoryOrders):
    """Refunds an order without giving its places back."""

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        before = self.get(order_id)
        outcome = super().start_refund(order_id, now)
        if isinstance(outcome, Change) and before != outcome.order:
            event = self._ledger.events[outcome.order.event_id]
            self._ledger.events[event.id] = attrs.evolve(event, sold=event.sold + outcome.order.quantity)
        return outcome


class RefundKeepsTheMoney(MemoryOrders):
    """Refunds an order and forgets that the money is still to be returned."""

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        outcome = super().start_refund(order_id, now)
        attempt = self.attempt(order_id)
        if isinstance(outcome, Change) and attempt is not None:
            self.finish_refund(attempt.id, now)
        return outcome


class SellsWhatIsCancelled(MemoryOrders):
    """Sells the tickets of an event that was cancelled while the payment was under way."""

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        event = self._ledger.events[self._ledger.orders[self._ledger.attempts[attempt_id].order_id].event_id]
        self._ledger.events[event.id] = attrs.evolve(event, status=EventStatus.ON_SALE)
        outcome = super().capture(attempt_id, tickets, code, now)
        self._ledger.events[event.id] = attrs.evolve(self._ledger.events[event.id], status=event.status)
        return outcome


class SkipsTheMail(MemoryOrders):
    """Takes an order whose images are stored for one whose mail was sent."""

    def advance(self, order_id: OrderId, done: Fulfilment, now: datetime) -> Order | None:
        super().advance(order_id, done, now)
        return super().advance(order_id, Fulfilment.NOTIFIED, now)


class NoOutbox(MemoryOutbox):
    """Has nothing for a sweep to find."""

    def pending(self, limit: int, order_id: OrderId | None = None) -> Sequence[OutboxRow]:
        return super().pending(limit, order_id) if order_id is not None else ()


# The queue and the inventory


class LosesWhatIsGivenBack(MemoryPaymentQueue):
    """Forgets a message that could not be worked off."""

    def retry(self, delivery: Delivery, after: timedelta, now: datetime) -> None:
        self.done(delivery)


class IgnoresVersions(ForgetfulInventory):
    """Follows any news, however old."""

    def settle(self, event_id: EventId, order_id: OrderId, stock: Stock | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        if counter is not None:
            counter.version = 0
        super().settle(event_id, order_id, stock, keep=keep)


class TakesNothingForNone(ForgetfulInventory):
    """Takes an event that it has forgotten for one that is sold out."""

    def take(self, wanted: Reservation, now: datetime) -> Take:
        taken = super().take(wanted, now)
        return TooFew(0) if isinstance(taken, Unknown) else taken


class ShowsNothingForNone(ForgetfulInventory):
    """Shows no free place where it has no counter."""

    def available(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        return dict.fromkeys(event_ids, 0) | dict(super().available(event_ids, now))


def _trial(
    kind: type[BoxOffice] = BoxOffice,
    inventory: type[ForgetfulInventory] = ForgetfulInventory,
    **changed: Callable[[MemoryLedger], object],
) -> Callable[[], Trial]:
    """Answer what answers a box office in process with some parts in the place of others."""

    def answer() -> Trial:
        clock, counters = VirtualClock(), inventory()
        ports = memory_ports(clock, SeededIds(1), counters)
        made = {name: make(ledger_of(ports)) for name, make in changed.items()}
        ports = attrs.evolve(ports, **made)  # type: ignore[arg-type]  # Each is a port, by its name.
        return Trial(kind(ports), clock, counters.wipe)

    return answer


WRONG_BOX_OFFICES = {
    "a scan judged by its raw text": _trial(JudgesByRawText),
    "mail before the sale": _trial(MailsBeforeTheSale),
    "a key that forgets the quantity": _trial(ForgetsTheQuantity),
    "a gate of any event": _trial(LetsAnyGateAdmit),
    "a repeated scan taken for another": _trial(ForgetsTheScan),
    "a capacity below what is taken": _trial(events=IgnoresWhatIsTaken),
    "a payment a millisecond too late": _trial(orders=TakesPaymentsLate),
    "an expiry a millisecond too early": _trial(orders=ExpiresEarly),
    "an expiry of what is processing": _trial(orders=ExpiresProcessing),
    "a refund that leaves tickets valid": _trial(orders=RefundLeavesTicketsValid),
    "a refund that keeps the places": _trial(orders=RefundKeepsPlaces),
    "a refund that keeps the money": _trial(orders=RefundKeepsTheMoney),
    "tickets of a cancelled event": _trial(orders=SellsWhatIsCancelled),
    "a paid order without mail": _trial(orders=SkipsTheMail),
    "a message that is never published": _trial(outbox=NoOutbox),
    "a message lost when given back": _trial(payment_queue=lambda _: LosesWhatIsGivenBack()),
    "a counter that ignores versions": _trial(inventory=IgnoresVersions),
    "a wiped counter that sells nothing": _trial(inventory=TakesNothingForNone),
    "a wiped counter that shows nothing": _trial(inventory=ShowsNothingForNone),
}
