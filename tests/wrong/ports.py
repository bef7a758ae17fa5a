"""Parts outside the ledger with one rule broken each, over the memory adapters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from itertools import count

import attrs

from ticketcore.domain import qr_text
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import AttemptId, EventId, OrderId
from ticketcore.domain.mail import Mail, MailContent, TicketMail
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import (
    Approved,
    Clock,
    Declined,
    Due,
    Ids,
    Observer,
    Occurrence,
    ReceivedMessage,
    Take,
    Taken,
    Unknown,
)
from ticketcore.ports.payment_queue import MAX_RECEIVES
from ticketcore_memory import (
    HmacSeal,
    MemoryFiles,
    MemoryInventory,
    MemoryMailer,
    MemoryPaymentQueue,
    PlainMailComposer,
    SystemIds,
    TextImages,
)
from ticketcore_simulated_payments import MemoryCharges, SimulatedPaymentGateway

MILLISECOND = timedelta(milliseconds=1)

# Inventories


def flying(inventory: MemoryInventory, event_id: EventId) -> dict[OrderId, int]:
    """Answer the places of each take in flight."""
    counter = inventory._counters.get(event_id)
    return {order_id: flight.quantity for order_id, flight in counter.flights.items()} if counter else {}


def correct(inventory: MemoryInventory, event_id: EventId, places: int) -> None:
    """Move the counter, if there is one, away from what the protocol made of it."""
    counter = inventory._counters.get(event_id)
    if counter:
        counter.available += places


class EndGivesNothingBack(MemoryInventory):
    """A sync ends its take and keeps the places."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        correct(self, event_id, -flying(self, event_id).get(order_id, 0))
        super().sync(event_id, order_id, availability, keep=keep)


class VersionsAreIgnored(MemoryInventory):
    """A sync is followed however old it is."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        if counter:
            counter.version = 0
        super().sync(event_id, order_id, availability, keep=keep)


class FollowForgetsFlights(MemoryInventory):
    """A sync sets the counter to the ledger's places as if nothing else were in flight."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        follows = counter is not None and availability is not None and availability.version >= counter.version
        super().sync(event_id, order_id, availability, keep=keep)
        if follows:
            correct(self, event_id, sum(flying(self, event_id).values()))


class _LapsesInItsOwnWay(MemoryInventory):
    def _lapse(self, event_id: EventId, now: datetime) -> None:
        """Do what is wrong, before takes lapse as they should."""
        raise NotImplementedError

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        self._lapse(wanted.event_id, now)
        return super().take(wanted, now)

    def available(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        for event_id in event_ids:
            self._lapse(event_id, now)
        return super().available(event_ids, now)


class LapseKeepsThePlaces(_LapsesInItsOwnWay):
    """A take that lapses does not give its places back."""

    def _lapse(self, event_id: EventId, now: datetime) -> None:
        counter = self._counters.get(event_id)
        if counter:
            for order_id in [each for each, flight in counter.flights.items() if flight.lapses_at <= now]:
                del counter.flights[order_id]


class LapsesEarly(MemoryInventory):
    """A take lapses a millisecond too soon."""

    def available(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        return super().available(event_ids, now + MILLISECOND)


class ResetForgetsFlights(MemoryInventory):
    """A reconcile counts places as free that are in flight, and they are given back once more."""

    def reset(self, availability: Availability, now: datetime) -> int | None:
        drift = super().reset(availability, now)
        correct(self, availability.event_id, sum(flying(self, availability.event_id).values()))
        return drift


class TakesByHalves(MemoryInventory):
    """Looks whether places are free, and takes them a little later."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        shown = self.available([wanted.event_id], now).get(wanted.event_id, 0)
        if shown < wanted.quantity:
            return super().take(wanted, now)
        correct(self, wanted.event_id, wanted.quantity)
        answer = super().take(wanted, now)
        correct(self, wanted.event_id, -wanted.quantity)
        return answer


class ForgetsTheFlight(MemoryInventory):
    """A take is known by its reservation alone."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        counter = self._counters.get(wanted.event_id)
        if counter and wanted.order_id not in self._deadlines.get(wanted.event_id, {}):
            counter.flights.pop(wanted.order_id, None)
        return super().take(wanted, now)


class LapseForgetsTheReservation(_LapsesInItsOwnWay):
    """A take that lapses was never there."""

    def _lapse(self, event_id: EventId, now: datetime) -> None:
        counter, deadlines = self._counters.get(event_id), self._deadlines.get(event_id, {})
        for order_id, flight in counter.flights.items() if counter else ():
            if flight.lapses_at <= now:
                deadlines.pop(order_id, None)


class TakesTheUnknown(MemoryInventory):
    """Places of an event without a counter are taken."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        answer = super().take(wanted, now)
        return Taken() if answer == Unknown() else answer


class DueForEver(MemoryInventory):
    """A reservation is due as often as somebody asks."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        before = dict(self._deadlines.get(wanted.event_id, {}))
        answer = super().take(wanted, now)
        if answer == Due():
            self._deadlines[wanted.event_id] = before
        return answer


class ShownBelow0(MemoryInventory):
    """Fewer places than none are shown."""

    def available(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        shown = super().available(event_ids, now)
        return {event_id: self._counters[event_id].available for event_id in shown}


# Payment queues


class AcknowledgesFirst(MemoryPaymentQueue):
    """A message is forgotten when it is delivered."""

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        deliveries = super().receive(limit, now)
        for delivery in deliveries:
            self.done(delivery)
        return deliveries


class RetryLoses(MemoryPaymentQueue):
    """A message that is given back is forgotten."""

    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        self.done(delivery)


class NoDeadLetters(MemoryPaymentQueue):
    """A message comes back for ever."""

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        for message in self._messages:
            message.receives = min(message.receives, MAX_RECEIVES - 1)
            message.dead = False
        return super().receive(limit, now)


class AnyReceiptDeletes(MemoryPaymentQueue):
    """A message is done by whoever ever had it."""

    def done(self, delivery: ReceivedMessage) -> None:
        self._messages = [message for message in self._messages if message.order_id != delivery.order_id]


class ExtendsNothing(MemoryPaymentQueue):
    """A message in hand comes back to others while somebody works on it."""

    def extend(self, delivery: ReceivedMessage, now: datetime) -> None:
        """The visibility stays as it is."""


class RedriveKeepsCounts(MemoryPaymentQueue):
    """A message that is put back is given up at its first delivery."""

    def redrive(self, now: datetime) -> int:
        counts = {id(message): message.receives for message in self._messages if message.dead}
        back = super().redrive(now)
        for message in self._messages:
            message.receives = counts.get(id(message), message.receives)
        return back


class ReturnsEarly(MemoryPaymentQueue):
    """A message comes back a millisecond too soon."""

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        deliveries = super().receive(limit, now)
        receipts = {delivery.receipt for delivery in deliveries}
        for message in self._messages:
            message.visible_at -= MILLISECOND * (message.receipt in receipts)
        return deliveries


# Payment gateways


class ChargesAgain(SimulatedPaymentGateway):
    """Whoever asks again is charged again."""

    def charge(self, attempt: Attempt) -> Approved | Declined:
        tries = sum(charge.tries for charge in self.charges.list())
        return super().charge(attrs.evolve(attempt, id=AttemptId(f"{attempt.id} {tries}")))


class AnswersForTheOrder(SimulatedPaymentGateway):
    """An attempt hears what another attempt of its order was answered."""

    def charge(self, attempt: Attempt) -> Approved | Declined:
        return super().charge(attrs.evolve(attempt, id=AttemptId(attempt.order_id)))


class ForgetsWhatItRefunds(SimulatedPaymentGateway):
    """A late repetition of a charge takes money again that was returned."""

    def refund(self, attempt: Attempt) -> None:
        super().refund(attempt)
        assert isinstance(self.charges, MemoryCharges)
        self.charges.charges.pop(attempt.id, None)


class RefundsNothing(SimulatedPaymentGateway):
    """The money is kept."""

    def refund(self, attempt: Attempt) -> None:
        """Nobody looks."""


# Files and mail


class Appends(MemoryFiles):
    """A file grows when it is stored again."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        super().put(name, (self.get(name) or b"") + content, content_type)


class Torn(MemoryFiles):
    """A file that is stored again is empty for a moment."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        super().put(name, b"", content_type)
        super().put(name, content, content_type)


class NeverReplaces(MemoryFiles):
    """A file stays as it was first."""

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
    """Every name has an address, whether there is a file or not."""

    def url(self, name: str) -> str | None:
        return f"https://files.example.org/{name}"


@attrs.define(eq=False)
class NewIdPerTry(MemoryMailer):
    """A repeated message is another one to mail programs."""

    _tries: count[int] = attrs.field(factory=count, repr=False)

    def send(self, mail: Mail) -> None:
        super().send(attrs.evolve(mail, key=f"{mail.key}-{next(self._tries)}"))


class LeavesImagesOut(MemoryMailer):
    """A message arrives without what it shows."""

    def send(self, mail: Mail) -> None:
        super().send(attrs.evolve(mail, images=()))


# Mail composers


class EscapesNothing(PlainMailComposer):
    """A name is markup in HTML."""

    def compose(self, mail: TicketMail) -> MailContent:
        content = super().compose(mail)
        return attrs.evolve(content, html=unescape(content.html))


class LeavesATicketOut(PlainMailComposer):
    """The first ticket is mailed, the others are not."""

    def compose(self, mail: TicketMail) -> MailContent:
        return super().compose(attrs.evolve(mail, tickets=mail.tickets[:1]))


@attrs.frozen(eq=False)
class ComposesAnew(PlainMailComposer):
    """A repeated mail says something else."""

    _tries: count[int] = attrs.field(factory=count, repr=False)

    def compose(self, mail: TicketMail) -> MailContent:
        content = super().compose(mail)
        return attrs.evolve(content, text=f"{content.text}{next(self._tries)}\n")


# Seals and images


class VerifiesNothing(HmacSeal):
    """A text is believed."""

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = qr_text.read(text)
        return code if isinstance(code, TicketNotAuthentic) else code.claim


class CutsItsSignature(HmacSeal):
    """Half of the signature is enough."""

    def _mac(self, signed: bytes) -> bytes:
        half = super()._mac(signed)[:32]
        return half + bytes(32)

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = qr_text.read(text)
        if isinstance(code, TicketNotAuthentic) or code.signature[:32] != self._mac(code.signed)[:32]:
            return TicketNotAuthentic()
        return code.claim


class ReadsSmallLetters(HmacSeal):
    """Upper and lower case are the same."""

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        return super().open(text.upper() if text.isascii() else text)


class SealsAtRandom(HmacSeal):
    """A claim has another text each time, and every one opens."""

    def _mac(self, signed: bytes) -> bytes:
        return super()._mac(signed)[:-8] + SystemIds().new(8)

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = qr_text.read(text)
        if isinstance(code, TicketNotAuthentic) or code.signature[:-8] != self._mac(code.signed)[:-8]:
            return TicketNotAuthentic()
        return code.claim


@attrs.define(eq=False)
class StampsImages(TextImages):
    """An image tells when it was drawn."""

    _drawn: count[int] = attrs.field(factory=count, repr=False)

    def draw(self, text: str) -> bytes:
        png = super().draw(text)
        return png[:-12] + f"drawn as number {next(self._drawn)}".encode() + png[-12:]


class DrawsAnything(TextImages):
    """What cannot be drawn is drawn as something else."""

    def draw(self, text: str) -> bytes:
        try:
            return super().draw(text)
        except ValueError:
            return super().draw("A TICKET")


# Time, randomness, observers


class NaiveClock(Clock):
    """Its times have no offset."""

    def now(self) -> datetime:
        return datetime(2027, 1, 1)  # That is what is wrong with it.


@attrs.define(eq=False)
class FineClock(Clock):
    """Its times have microseconds."""

    _ticks: count[int] = attrs.field(factory=count, repr=False)

    def now(self) -> datetime:
        return datetime(2027, 1, 1, tzinfo=UTC) + timedelta(microseconds=next(self._ticks))


class LocalClock(Clock):
    """Its times are somewhere else's."""

    def now(self) -> datetime:
        return datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=-3)))


@attrs.define(eq=False)
class RepeatingIds(Ids):
    """They come again after a while."""

    _next: count[int] = attrs.field(factory=count, repr=False)

    def new(self, size: int) -> bytes:
        return (next(self._next) % 1000).to_bytes(4, "big").rjust(size, b"\1")[-size:]


class ShorterIds(SystemIds):
    """There is a byte less than was asked for."""

    def new(self, size: int) -> bytes:
        return super().new(size)[1:]


class PaddedIds(SystemIds):
    """Half of the bytes can be guessed."""

    def new(self, size: int) -> bytes:
        return super().new(-(-size // 2)).ljust(size, b"\0")


class RaisingObserver(Observer):
    """It knows one act only."""

    def observe(self, occurrence: Occurrence) -> None:
        {"reserve": 1}[occurrence.act]


class ObservesOrders(Observer):
    """It expects every occurrence to be about an order."""

    def observe(self, occurrence: Occurrence) -> None:
        assert occurrence.digest is not None
