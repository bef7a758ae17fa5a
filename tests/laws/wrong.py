"""Box offices with one rule broken each, which the machine must find out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import attrs

from tests.laws.harnesses import ForgetfulInventory
from tests.wrong import ledger_ports, orders, ports
from tests.wrong.rules import JudgesByText
from ticketcore import Admitted, BoxOffice, Holder, Order, OrderStatus, PlacedOrder, TicketNumber
from ticketcore.application.reports import WorkReport
from ticketcore.domain import ids, journal
from ticketcore.domain.api_keys import LIBRARY
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.mail import OrderMail
from ticketcore.domain.payments import PayRefusal
from ticketcore.domain.refusals import IdempotencyConflict, InvalidRequest
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.validation import AdmitRefusal
from ticketcore.ports import Counter, Ports, Take, TooFew, Unknown
from ticketcore.ports.inventory import BEGINNING
from ticketcore_memory import MemoryLedger, MemoryMailer, MemoryTickets, SeededIds, VirtualClock, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_testing.box_office import Harness

MILLISECOND = timedelta(milliseconds=1)


def ledger_of(ports: Ports) -> MemoryLedger:
    assert isinstance(ports.tickets, MemoryTickets)
    return ports.tickets._ledger


# The box office


class MailsBeforeTheSale(BoxOffice):
    """Mails as soon as the buyer has confirmed the payment."""

    def pay(self, order_id: OrderId, payment_token: str | None = None) -> Order | PayRefusal:
        outcome = super().pay(order_id, payment_token)
        if isinstance(outcome, Order) and outcome.status is OrderStatus.PROCESSING:
            event = self.ports.events.get(outcome.event_id)
            assert event is not None
            early = OrderMail(DeliveryKind.TICKETS, ids.digest(outcome.id), event, outcome, (), self.ports.clock.now())
            self.ports.mailer.send(early.message(self.ports.mail_composer.compose(early)))
        return outcome


class ForgetsTheQuantity(BoxOffice):
    """Takes every order under a key for the one that was made with it."""

    def _placed(
        self, order: Order, wanted: ReservationRequest, *, is_replayed: bool
    ) -> PlacedOrder | IdempotencyConflict:
        return super()._placed(order, attrs.evolve(wanted, quantity=order.quantity), is_replayed=is_replayed)


class ForgetsTheBuyer(BoxOffice):
    """Gives an order to any buyer who sends its key."""

    def _placed(
        self, order: Order, wanted: ReservationRequest, *, is_replayed: bool
    ) -> PlacedOrder | IdempotencyConflict:
        same_buyer = attrs.evolve(wanted, customer_email=order.customer_email)
        return super()._placed(order, same_buyer, is_replayed=is_replayed)


class LetsAnyGateAdmit(BoxOffice):
    """Forgets at which event the gate stands."""

    def validate(
        self,
        presented: str | TicketNumber,
        gate: str,
        event_id: EventId | None = None,
        scan_id: str | None = None,
        holder: Holder = LIBRARY,
    ) -> Admitted | AdmitRefusal | InvalidRequest:
        return super().validate(presented, gate, None, scan_id, holder)


class ForgetsTheScan(BoxOffice):
    """Takes a repeated scan for another one."""

    def validate(
        self,
        presented: str | TicketNumber,
        gate: str,
        event_id: EventId | None = None,
        scan_id: str | None = None,
        holder: Holder = LIBRARY,
    ) -> Admitted | AdmitRefusal | InvalidRequest:
        return super().validate(presented, gate, event_id, None, holder)


# The mail


class SettlesUnsent(BoxOffice):
    """Records mails as delivered that it does not send."""

    def deliver(self, may_begin: Callable[[], bool] | None = None) -> WorkReport:
        now = self.ports.clock.now()
        claimed = self.ports.deliveries.claim(now)
        if claimed is None:
            return WorkReport(0, ())
        self.ports.deliveries.settle(claimed, claimed.delivered(), journal.mailed(claimed, now))
        return WorkReport(1, ())


class KeepsMails(MemoryMailer):
    """Removes no mail."""

    def forget(self, key: str) -> int:
        return 0


# The inventory


class IgnoresVersions(ports.VersionsAreIgnored, ForgetfulInventory):
    """Follows any news, however old."""


class TakesNothingForNone(ForgetfulInventory):
    """Takes an event that it has forgotten for one that is sold out."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        taken = super().take(wanted, now)
        return TooFew(0) if isinstance(taken, Unknown) else taken


class ShowsNothingForNone(ForgetfulInventory):
    """Shows no free place where it has no counter."""

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        return dict.fromkeys(event_ids, Counter(0, False, 1, BEGINNING)) | dict(super().counters(event_ids, now))


def _harness(
    kind: type[BoxOffice] = BoxOffice,
    inventory: type[ForgetfulInventory] = ForgetfulInventory,
    **changed: Callable[[MemoryLedger], object],
) -> Callable[[], Harness]:
    """Return a factory of box offices in memory with some components replaced."""

    def new_harness() -> Harness:
        clock, counters = VirtualClock(), inventory()
        ports = memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1), counters)
        made = {name: make(ledger_of(ports)) for name, make in changed.items()}
        ports = ports.replacing(**made)
        return Harness(kind(ports), clock, counters.wipe)

    return new_harness


WRONG_BOX_OFFICES = {
    "a scan judged by its raw text": _harness(JudgesByText),
    "mail before the sale": _harness(MailsBeforeTheSale),
    "a key that forgets the quantity": _harness(ForgetsTheQuantity),
    "a key that forgets the buyer": _harness(ForgetsTheBuyer),
    "a gate of any event": _harness(LetsAnyGateAdmit),
    "a repeated scan taken for another": _harness(ForgetsTheScan),
    "a capacity below what is taken": _harness(events=ledger_ports.ForgetsWhatIsTaken),
    "a payment a millisecond too late": _harness(orders=orders.LoadsALaterDeadline),
    "an expiry a millisecond too early": _harness(orders=orders.ExpiresEarly),
    "an expiry of what is processing": _harness(orders=orders.ExpiresProcessing),
    "a limit of customers that does not count": _harness(orders=orders.LimitsNoCustomer),
    "a sale that opens early": _harness(orders=orders.OpensEarly),
    "a sale that does not end": _harness(orders=orders.SellsUntilTheDate),
    "an event moved into the past by a slip": _harness(events=ledger_ports.AcceptsAnyDate),
    "a gate that ignores the doors": _harness(tickets=ledger_ports.AdmitsBeforeTheDoors),
    "a customer's places that are not given back": _harness(orders=orders.KeepsTheCount),
    "a count that stays with the address before": _harness(orders=orders.LeavesTheCount),
    "an expiry beside the customer's count": _harness(orders=orders.ExpiresBesideTheCount),
    "a refund that leaves tickets valid": _harness(orders=orders.RefundKeepsTickets),
    "a refund that keeps the places": _harness(orders=orders.RefundKeepsPlaces),
    "a refund that keeps the money": _harness(orders=orders.RefundWithoutRecord),
    "a refund of an event that counts all orders": _harness(events=ledger_ports.CountsAllOrders),
    "a refund of an event that is forgotten": _harness(events=ledger_ports.ForgetsTheRequest),
    "a payment that waits for ever": _harness(orders=orders.PollsNothing),
    "a gateway that lets pay after its deadline": _harness(payment_gateway=lambda _: ports.CancelsNothingThatWaits()),
    "a gateway that believes every notice": _harness(payment_gateway=lambda _: ports.BelievesEveryNotice()),
    "an address that is kept": _harness(orders=orders.KeepsTheAddress),
    "an address found by its case": _harness(orders=orders.FindsAddressesByCase),
    "a mailer that keeps mails": _harness(mailer=lambda _: KeepsMails()),
    "tickets of a cancelled event": _harness(orders=orders.LoadsNoEvent),
    "a paid order without mail": _harness(SettlesUnsent),
    "a message that is never published": _harness(outbox=ledger_ports.NoOutbox),
    "a message lost when given back": _harness(payment_queue=lambda _: ports.RetryLoses()),
    "a counter that ignores versions": _harness(inventory=IgnoresVersions),
    "a wiped counter that sells nothing": _harness(inventory=TakesNothingForNone),
    "a wiped counter that shows nothing": _harness(inventory=ShowsNothingForNone),
}
