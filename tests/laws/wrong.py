"""Box offices with one rule broken each, which the machine must find out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import attrs

from tests.laws.harnesses import ForgetfulInventory
from tests.wrong import ledger_ports, orders, ports
from tests.wrong.rules import JudgesByText
from ticketcore import BoxOffice, Order, OrderStatus, Ticket
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.mail import TicketMail
from ticketcore.domain.payments import PayRefusal
from ticketcore.domain.refusals import IdempotencyConflict, InvalidRequest
from ticketcore.domain.reservations import Reservation
from ticketcore.domain.validation import AdmitRefusal
from ticketcore.ports import Ports, Take, TooFew, Unknown
from ticketcore_memory import MemoryLedger, MemoryTickets, SeededIds, VirtualClock, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_testing.box_office import Trial

MILLISECOND = timedelta(milliseconds=1)


def ledger_of(ports: Ports) -> MemoryLedger:
    assert isinstance(ports.tickets, MemoryTickets)
    return ports.tickets._ledger


# The box office


class MailsBeforeTheSale(BoxOffice):
    """Mails as soon as the buyer has confirmed the payment."""

    def pay(self, order_id: OrderId, payment_token: str) -> Order | PayRefusal | InvalidRequest:
        outcome = super().pay(order_id, payment_token)
        if isinstance(outcome, Order) and outcome.status is OrderStatus.PROCESSING:
            event = self.ports.events.get(outcome.event_id)
            assert event is not None
            early = TicketMail(event, outcome, (), self.ports.clock.now())
            self.ports.mailer.send(early.message(self.ports.mail_composer.compose(early)))
        return outcome


class ForgetsTheQuantity(BoxOffice):
    """Takes every order under a key for the one that was made with it."""

    def _same_again(self, order: Order, wanted: Reservation) -> Order | IdempotencyConflict:
        return super()._same_again(order, attrs.evolve(wanted, quantity=order.quantity))


class LetsAnyGateAdmit(BoxOffice):
    """Forgets at which event the gate stands."""

    def validate(
        self, qr_code: str, gate: str, event_id: EventId | None = None, scan_id: str | None = None
    ) -> Ticket | AdmitRefusal | InvalidRequest:
        return super().validate(qr_code, gate, None, scan_id)


class ForgetsTheScan(BoxOffice):
    """Takes a repeated scan for another one."""

    def validate(
        self, qr_code: str, gate: str, event_id: EventId | None = None, scan_id: str | None = None
    ) -> Ticket | AdmitRefusal | InvalidRequest:
        return super().validate(qr_code, gate, event_id, None)


# The inventory


class IgnoresVersions(ports.VersionsAreIgnored, ForgetfulInventory):
    """Follows any news, however old."""


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
    """Return a factory of box offices in memory with some components replaced."""

    def answer() -> Trial:
        clock, counters = VirtualClock(), inventory()
        ports = memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1), counters)
        made = {name: make(ledger_of(ports)) for name, make in changed.items()}
        ports = ports.replacing(**made)
        return Trial(kind(ports), clock, counters.wipe)

    return answer


WRONG_BOX_OFFICES = {
    "a scan judged by its raw text": _trial(JudgesByText),
    "mail before the sale": _trial(MailsBeforeTheSale),
    "a key that forgets the quantity": _trial(ForgetsTheQuantity),
    "a gate of any event": _trial(LetsAnyGateAdmit),
    "a repeated scan taken for another": _trial(ForgetsTheScan),
    "a capacity below what is taken": _trial(events=ledger_ports.ForgetsWhatIsTaken),
    "a payment a millisecond too late": _trial(orders=orders.LoadsALaterDeadline),
    "an expiry a millisecond too early": _trial(orders=orders.ExpiresEarly),
    "an expiry of what is processing": _trial(orders=orders.ExpiresProcessing),
    "a refund that leaves tickets valid": _trial(orders=orders.RefundKeepsTickets),
    "a refund that keeps the places": _trial(orders=orders.RefundKeepsPlaces),
    "a refund that keeps the money": _trial(orders=orders.RefundWithoutRecord),
    "tickets of a cancelled event": _trial(orders=orders.LoadsNoEvent),
    "a paid order without mail": _trial(orders=orders.SkipsTheMail),
    "a message that is never published": _trial(outbox=ledger_ports.NoOutbox),
    "a message lost when given back": _trial(payment_queue=lambda _: ports.RetryLoses()),
    "a counter that ignores versions": _trial(inventory=IgnoresVersions),
    "a wiped counter that sells nothing": _trial(inventory=TakesNothingForNone),
    "a wiped counter that shows nothing": _trial(inventory=ShowsNothingForNone),
}
