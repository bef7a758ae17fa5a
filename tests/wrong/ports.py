"""Adapters outside the ledger with one broken rule each, over the memory adapters."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from itertools import count, takewhile
from typing import ClassVar

import attrs

from ticketcore.domain import qr_text
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.events import MAX_PER_ORDER
from ticketcore.domain.ids import AttemptId, EventId, OrderId
from ticketcore.domain.limits import Limit, LimitedAct
from ticketcore.domain.mail import Mail, MailContent, OrderMail
from ticketcore.domain.money import Money
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import (
    Accepted,
    Approved,
    Cancelled,
    Clock,
    Counter,
    Declined,
    Due,
    Ids,
    Observer,
    Occurrence,
    Pending,
    ReceivedMessage,
    Take,
    Taken,
    Unknown,
)
from ticketcore.ports.inventory import BEGINNING
from ticketcore.ports.payment_queue import MAX_RECEIVES
from ticketcore_memory import (
    HmacSeal,
    MemoryFiles,
    MemoryInventory,
    MemoryLimits,
    MemoryMailer,
    MemoryPaymentQueue,
    PlainMailComposer,
    SystemIds,
    TextImages,
)
from ticketcore_simulated_payments import MemoryCharges, SimulatedPaymentGateway
from ticketcore_simulated_payments.tokens import Outcome
from ticketcore_testing.samples import free_places

MILLISECOND = timedelta(milliseconds=1)
FAR_OFF = datetime.max.replace(tzinfo=UTC)

# Inventories


def flying(inventory: MemoryInventory, event_id: EventId) -> dict[OrderId, int]:
    """Return the places of each take in flight."""
    counter = inventory._events.get(event_id)
    return {order_id: flight.quantity for order_id, flight in counter.flights.items()} if counter else {}


def correct(inventory: MemoryInventory, event_id: EventId, places: int) -> None:
    """Change the counter, if there is one, away from its right value."""
    counter = inventory._events.get(event_id)
    if counter:
        counter.available += places


class EndGivesNothingBack(MemoryInventory):
    """Ends the take of a sync and keeps its places."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        correct(self, event_id, -flying(self, event_id).get(order_id, 0))
        super().sync(event_id, order_id, availability, keep=keep)


class VersionsAreIgnored(MemoryInventory):
    """Follows a sync of any version."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        counter = self._events.get(event_id)
        if counter:
            counter.version = 0
        super().sync(event_id, order_id, availability, keep=keep)


class FollowForgetsFlights(MemoryInventory):
    """Sets the counter to the ledger's places as if no other take were in flight."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        counter = self._events.get(event_id)
        follows = counter is not None and availability is not None and availability.version >= counter.version
        super().sync(event_id, order_id, availability, keep=keep)
        if follows:
            correct(self, event_id, sum(flying(self, event_id).values()))


class _LapsesInItsOwnWay(MemoryInventory):
    def _lapse(self, event_id: EventId, now: datetime) -> None:
        """Do the wrong thing before takes lapse as they should."""
        raise NotImplementedError

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        self._lapse(wanted.event_id, now)
        return super().take(wanted, now)

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        for event_id in event_ids:
            self._lapse(event_id, now)
        return super().counters(event_ids, now)


class LapseKeepsThePlaces(_LapsesInItsOwnWay):
    """Lets takes lapse without giving their places back."""

    def _lapse(self, event_id: EventId, now: datetime) -> None:
        counter = self._events.get(event_id)
        if counter:
            for order_id in [each for each, flight in counter.flights.items() if flight.lapses_at <= now]:
                del counter.flights[order_id]


class LapsesEarly(MemoryInventory):
    """Lets takes lapse a millisecond too early."""

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        return super().counters(event_ids, now + MILLISECOND)


class ResetForgetsFlights(MemoryInventory):
    """Counts places in flight as free in a reset, and gives them back once more."""

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        drift = super().reset(availability, terms, now)
        correct(self, availability.event_id, sum(flying(self, availability.event_id).values()))
        return drift


class TakesByHalves(MemoryInventory):
    """Checks whether places are free, and takes them later."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        shown = free_places(self, [wanted.event_id], now).get(wanted.event_id, 0)
        if shown < wanted.quantity:
            return super().take(wanted, now)
        correct(self, wanted.event_id, wanted.quantity)
        answer = super().take(wanted, now)
        correct(self, wanted.event_id, -wanted.quantity)
        return answer


class ForgetsTheFlight(MemoryInventory):
    """Knows a take by its reservation alone."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        counter = self._events.get(wanted.event_id)
        if counter and wanted.order_id not in self._deadlines.get(wanted.event_id, {}):
            counter.flights.pop(wanted.order_id, None)
        return super().take(wanted, now)


class LapseForgetsTheReservation(_LapsesInItsOwnWay):
    """Forgets the reservation of a take that lapses."""

    def _lapse(self, event_id: EventId, now: datetime) -> None:
        counter, deadlines = self._events.get(event_id), self._deadlines.get(event_id, {})
        for order_id, flight in counter.flights.items() if counter else ():
            if flight.lapses_at <= now:
                deadlines.pop(order_id, None)


class TakesTheUnknown(MemoryInventory):
    """Takes places of an event without a counter."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        answer = super().take(wanted, now)
        return Taken() if answer == Unknown() else answer


class SubtractsFirst(MemoryInventory):
    """Takes places for an order that the terms of sale do not admit, until its caller gives them back."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        counter = self._events.get(wanted.event_id)
        if counter:
            counter.terms = attrs.evolve(counter.terms, max_quantity=MAX_PER_ORDER, ends_at=FAR_OFF, starts_at=None)
        return super().take(wanted, now)


class OpensEarly(MemoryInventory):
    """Sells before the start of a sale."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        counter = self._events.get(wanted.event_id)
        if counter:
            counter.terms = attrs.evolve(counter.terms, starts_at=None)
        return super().take(wanted, now)


class NeverEnds(MemoryInventory):
    """Sells after an event's end."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        counter = self._events.get(wanted.event_id)
        if counter:
            counter.terms = attrs.evolve(counter.terms, ends_at=FAR_OFF)
        return super().take(wanted, now)


class VetsNoRequest(MemoryInventory):
    """Takes places for any request, also where customers are limited."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        return super().take(attrs.evolve(wanted, is_vetted=True), now)


class KeepsOldTerms(MemoryInventory):
    """Keeps the terms of sale with which the counter was created."""

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        counter = self._events.get(availability.event_id)
        return super().reset(availability, counter.terms if counter else terms, now)


class DueForEver(MemoryInventory):
    """Returns ``Due`` for the same reservation at every call."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        before = dict(self._deadlines.get(wanted.event_id, {}))
        answer = super().take(wanted, now)
        if answer == Due():
            self._deadlines[wanted.event_id] = before
        return answer


class ShownBelow0(MemoryInventory):
    """Shows a negative number of places."""

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        shown = super().counters(event_ids, now)
        return {each: attrs.evolve(counter, available=self._events[each].available) for each, counter in shown.items()}


class ResetKeepsWhatWasDue(MemoryInventory):
    """Keeps the reservations that had passed their deadline before a reset."""

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        before = dict(self._deadlines.get(availability.event_id, {}))
        drift = super().reset(availability, terms, now)
        self._deadlines[availability.event_id] = before
        return drift


class KnowsAllFromTheBeginning(MemoryInventory):
    """Takes a new counter for one that knows all reservations."""

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        drift = super().reset(availability, terms, now)
        self._events[availability.event_id].since = BEGINNING
        return drift


class NeverDue(MemoryInventory):
    """Counts no reservation as due."""

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        return {
            each: attrs.evolve(counter, may_be_due=False) for each, counter in super().counters(event_ids, now).items()
        }


# Payment queues


class AcknowledgesFirst(MemoryPaymentQueue):
    """Removes a message when it is delivered."""

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        deliveries = super().receive(limit, now)
        self.done(deliveries)
        return deliveries


class RetryLoses(MemoryPaymentQueue):
    """Removes a message that is retried."""

    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        self.done([delivery])


class NoDeadLetters(MemoryPaymentQueue):
    """Delivers a message without limit."""

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        for message in self._messages:
            message.receives = min(message.receives, MAX_RECEIVES - 1)
            message.dead = False
        return super().receive(limit, now)


class AnyReceiptDeletes(MemoryPaymentQueue):
    """Lets any receipt of the order end the message."""

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        ended = {delivery.order_id for delivery in deliveries}
        self._messages = [message for message in self._messages if message.order_id not in ended]


class EndsOneOfMany(MemoryPaymentQueue):
    """Ends the first message of those that are done."""

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        super().done(deliveries[:1])


class StopsAtAnOldReceipt(MemoryPaymentQueue):
    """Ends no message behind one whose receipt is old."""

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        known = {message.receipt for message in self._messages}
        super().done(list(takewhile(lambda delivery: delivery.receipt in known, deliveries)))


class ExtendsNothing(MemoryPaymentQueue):
    """Ignores extensions."""

    def extend(self, deliveries: Sequence[ReceivedMessage], now: datetime) -> None:
        """Leave the visibility unchanged."""


class ExtendsOneOfMany(MemoryPaymentQueue):
    """Extends the first message of several."""

    def extend(self, deliveries: Sequence[ReceivedMessage], now: datetime) -> None:
        super().extend(deliveries[:1], now)


class RedriveKeepsCounts(MemoryPaymentQueue):
    """Keeps the count of a redriven message, which becomes a dead letter at its first delivery."""

    def redrive(self, now: datetime) -> int:
        counts = {id(message): message.receives for message in self._messages if message.dead}
        back = super().redrive(now)
        for message in self._messages:
            message.receives = counts.get(id(message), message.receives)
        return back


class ReturnsEarly(MemoryPaymentQueue):
    """Delivers a message again a millisecond too early."""

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        deliveries = super().receive(limit, now)
        receipts = {delivery.receipt for delivery in deliveries}
        for message in self._messages:
            message.visible_at -= MILLISECOND * (message.receipt in receipts)
        return deliveries


# Payment gateways


class ChargesAgain(SimulatedPaymentGateway):
    """Charges a repeated attempt again."""

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        tries = sum(charge.tries for charge in self.charges.list())
        return super().charge(attrs.evolve(attempt, id=AttemptId(f"{attempt.id} {tries}")))


class AnswersForTheOrder(SimulatedPaymentGateway):
    """Returns the answer of another attempt of the same order."""

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        return super().charge(attrs.evolve(attempt, id=AttemptId(attempt.order_id)))


class ForgetsWhatItRefunds(SimulatedPaymentGateway):
    """Charges a refunded attempt again."""

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        super().refund(attempt, amount, refund_id)
        assert isinstance(self.charges, MemoryCharges)
        self.charges.charges.pop(attempt.id, None)


class CancelsNothing(SimulatedPaymentGateway):
    """A charge succeeds after it was cancelled."""

    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        charge = self.charges.get(attempt.id)
        return Approved(charge.reference) if charge is not None and charge.outcome is Outcome.APPROVED else Cancelled()


class CancelsWhatItCharged(SimulatedPaymentGateway):
    """An approved charge is called cancelled, and its money is kept."""

    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        super().cancel(attempt)
        return Cancelled()


class RefundsNothing(SimulatedPaymentGateway):
    """Returns no money."""

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        """Do nothing."""


class RefundsAll(SimulatedPaymentGateway):
    """Returns all of an attempt's money, whatever part of it was asked for."""

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        super().refund(attempt, attempt.amount, refund_id)


class RefundsEachTime(SimulatedPaymentGateway):
    """Takes a refund that is repeated for another one."""

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        known = self.charges.get(attempt.id)
        super().refund(attempt, amount, f"{refund_id} {len(known.refunds) if known else 0}")


class RefundsTooMuch(SimulatedPaymentGateway):
    """Returns more than it has taken."""

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        known = self.charges.get(attempt.id)
        if known is not None and known.outcome is Outcome.APPROVED and refund_id not in dict(known.refunds):
            refunds = (*known.refunds, (refund_id, amount.minor))
            self.charges.put(attrs.evolve(known, refunds=refunds, revision=known.revision + 1))


class NeverWaits(SimulatedPaymentGateway):
    """Approves at once what is to wait for its buyer."""

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        answer = super().charge(attempt)
        return Approved(answer.reference) if isinstance(answer, Pending) else answer


class CancelsNothingThatWaits(SimulatedPaymentGateway):
    """A charge that waits for its buyer can be paid after it was cancelled."""

    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        known = self.charges.get(attempt.id)
        return Cancelled() if known is not None and known.waits_until else super().cancel(attempt)


class BelievesEveryNotice(SimulatedPaymentGateway):
    """Reads notices that it has not signed."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> AttemptId | None:
        return AttemptId(json.loads(body)["attempt_id"])


class BelievesOldNotices(SimulatedPaymentGateway):
    """Reads notices however long ago they were signed."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> AttemptId | None:
        now = self.now
        self.now = lambda: datetime.fromtimestamp(json.loads(body)["sent_at"], UTC)
        try:
            return super().read_notice(headers, body)
        finally:
            self.now = now


class DeclinesWithoutResponse(SimulatedPaymentGateway):
    """Takes a charge without a response for one that was declined."""

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        try:
            return super().charge(attempt)
        except GatewayUnavailable:
            return Declined("no response")


# Files and mail


class Appends(MemoryFiles):
    """Appends to a file that is stored again."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        super().put(name, (self.get(name) or b"") + content, content_type)


class Torn(MemoryFiles):
    """Empties a file before it is stored again."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        super().put(name, b"", content_type)
        super().put(name, content, content_type)


class NeverReplaces(MemoryFiles):
    """Keeps the first content of a file."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        if self.get(name) is None:
            super().put(name, content, content_type)


class AcceptsClimbingNames(MemoryFiles):
    """Stores a file under any name."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        self.contents[name] = content

    def get(self, name: str) -> bytes | None:
        return self.contents.get(name)

    def url(self, name: str) -> str | None:
        return None


class AddressesNothing(MemoryFiles):
    """Returns an address for a missing file."""

    def url(self, name: str) -> str | None:
        return f"https://files.example.org/{name}"


@attrs.define(eq=False)
class NewIdPerTry(MemoryMailer):
    """Gives a repeated message a new id."""

    _tries: count[int] = attrs.field(factory=count, repr=False)

    def send(self, mail: Mail) -> Accepted:
        return super().send(attrs.evolve(mail, key=f"{mail.key}-{next(self._tries)}"))


class ForgetsByBeginning(MemoryMailer):
    """Forgets every message whose key begins with the same letters."""

    def forget(self, key: str) -> int:
        kept = [mail for mail in self.sent if not mail.key.startswith(key)]
        forgotten = len(self.sent) - len(kept)
        self.sent[:] = kept
        return forgotten


class LeavesImagesOut(MemoryMailer):
    """Sends messages without their images."""

    def send(self, mail: Mail) -> Accepted:
        return super().send(attrs.evolve(mail, images=()))


# Limits


class CountsRefusals(MemoryLimits):
    """Who asks again waits longer and longer."""

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        wait = super().admit(act, client, limit, now)
        if wait:
            self._count(act, client, self._accepted[act, client], now)
        return wait


class CountsOneTooMany(MemoryLimits):
    """One act more than the limit says is accepted."""

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        return super().admit(act, client, attrs.evolve(limit, amount=limit.amount + 1), now)


class CountsByTheClock(MemoryLimits):
    """All counts start again with each period of the clock."""

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        begun = datetime.fromtimestamp(
            now.timestamp() // limit.period.total_seconds() * limit.period.total_seconds(), UTC
        )
        wait = super().admit(act, client, limit, begun)
        return wait and begun + limit.period - now


class CountsAllCustomers(MemoryLimits):
    """One client uses up the limit of all."""

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        return super().admit(act, "everybody", limit, now)


class CountsEveryAct(MemoryLimits):
    """Orders use up the limit of all else."""

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        return super().admit(LimitedAct.REQUEST, client, limit, now)


class KeepsTheFirstLimit(MemoryLimits):
    """A client keeps the limit under which it was first counted."""

    _limits: ClassVar[dict[str, Limit]] = {}

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        if (act, client) not in self._accepted:
            self._limits[client] = limit
        return super().admit(act, client, self._limits[client], now)


# Mail composers


class EscapesNothing(PlainMailComposer):
    """Does not escape names in HTML."""

    def compose(self, mail: OrderMail) -> MailContent:
        content = super().compose(mail)
        return attrs.evolve(content, html=unescape(content.html))


class LeavesATicketOut(PlainMailComposer):
    """Mails only the first ticket."""

    def compose(self, mail: OrderMail) -> MailContent:
        return super().compose(attrs.evolve(mail, tickets=mail.tickets[:1]))


class ShowsOneImageForAll(PlainMailComposer):
    """Shows the image of the first ticket for every ticket."""

    def compose(self, mail: OrderMail) -> MailContent:
        content = super().compose(mail)
        page = content.html
        for each in mail.tickets:
            page = page.replace(mail.content_id(each.image), mail.content_id(mail.tickets[0].image))
        return attrs.evolve(content, html=page)


class NamesNoCode(PlainMailComposer):
    """Leaves out the ticket code."""

    def compose(self, mail: OrderMail) -> MailContent:
        return super().compose(attrs.evolve(mail, order=attrs.evolve(mail.order, ticket_code=None)))


@attrs.frozen(eq=False)
class ComposesDifferently(PlainMailComposer):
    """Composes a repeated mail differently."""

    _tries: count[int] = attrs.field(factory=count, repr=False)

    def compose(self, mail: OrderMail) -> MailContent:
        content = super().compose(mail)
        return attrs.evolve(content, text=f"{content.text}{next(self._tries)}\n")


# Seals and images


class VerifiesNothing(HmacSeal):
    """Does not verify signatures."""

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = qr_text.read(text)
        return code if isinstance(code, TicketNotAuthentic) else code.claim


class CutsItsSignature(HmacSeal):
    """Verifies half of the signature."""

    def _mac(self, signed: bytes) -> bytes:
        half = super()._mac(signed)[:32]
        return half + bytes(32)

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = qr_text.read(text)
        if isinstance(code, TicketNotAuthentic) or code.signature[:32] != self._mac(code.signed)[:32]:
            return TicketNotAuthentic()
        return code.claim


class TellsNoKeysApart(HmacSeal):
    """Refuses a text of another key as a forgery."""

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = super().open(text)
        return TicketNotAuthentic() if isinstance(code, TicketNotAuthentic) else code


class SealsAtRandom(HmacSeal):
    """Seals a claim with a different text each time."""

    def _mac(self, signed: bytes) -> bytes:
        return super()._mac(signed)[:-8] + SystemIds().new(8)

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = qr_text.read(text)
        if isinstance(code, TicketNotAuthentic) or code.signature[:-8] != self._mac(code.signed)[:-8]:
            return TicketNotAuthentic()
        return code.claim


@attrs.define(eq=False)
class StampsImages(TextImages):
    """Stamps an image with the number of the call."""

    _drawn: count[int] = attrs.field(factory=count, repr=False)

    def draw(self, text: str) -> bytes:
        png = super().draw(text)
        return png[:-12] + f"drawn as number {next(self._drawn)}".encode() + png[-12:]


class DrawsAnything(TextImages):
    """Draws another text in place of one that cannot be drawn."""

    def draw(self, text: str) -> bytes:
        try:
            return super().draw(text)
        except ValueError:
            return super().draw("A TICKET")


# Time, randomness, observers


class NaiveClock(Clock):
    """Returns times without an offset."""

    def now(self) -> datetime:
        return datetime(2027, 1, 1)  # This is the fault.


@attrs.define(eq=False)
class FineClock(Clock):
    """Returns times with microseconds."""

    _ticks: count[int] = attrs.field(factory=count, repr=False)

    def now(self) -> datetime:
        return datetime(2027, 1, 1, tzinfo=UTC) + timedelta(microseconds=next(self._ticks))


class LocalClock(Clock):
    """Returns times with another offset."""

    def now(self) -> datetime:
        return datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=-3)))


@attrs.define(eq=False)
class RepeatingIds(Ids):
    """Repeats its ids after a while."""

    _next: count[int] = attrs.field(factory=count, repr=False)

    def new(self, size: int) -> bytes:
        return (next(self._next) % 1000).to_bytes(4, "big").rjust(size, b"\1")[-size:]


class ShorterIds(SystemIds):
    """Returns a byte too few."""

    def new(self, size: int) -> bytes:
        return super().new(size)[1:]


class PaddedIds(SystemIds):
    """Pads half of the bytes."""

    def new(self, size: int) -> bytes:
        return super().new(-(-size // 2)).ljust(size, b"\0")


class RaisingObserver(Observer):
    """Raises for all acts but one."""

    def observe(self, occurrence: Occurrence) -> None:
        {"reserve": 1}[occurrence.act]


class ObservesOrders(Observer):
    """Expects an order in every occurrence."""

    def observe(self, occurrence: Occurrence) -> None:
        assert occurrence.digest is not None
