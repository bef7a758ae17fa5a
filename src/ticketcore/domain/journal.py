"""The journal: the history of an order, one entry for each step, kept beside it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import attrs

from ticketcore.domain import printable_text, timestamps
from ticketcore.domain.attempts import Payment, PaymentMethod
from ticketcore.domain.deliveries import Delivery, DeliveryKind, DeliveryStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.texts import Text, plural_text
from ticketcore.domain.tickets import Admission, Ticket
from ticketcore.domain.validation import Scan


class Step(enum.StrEnum):
    """The kinds of journal entries."""

    RESERVED = "reserved"
    PAYMENT_STARTED = "payment_started"
    PAYMENT_WAITING = "payment_waiting"
    FREE = "free"
    CASH_TAKEN = "cash_taken"
    GIVEN_AWAY = "given_away"
    FAILED = "failed"
    REMINDED = "reminded"
    PAID = "paid"
    DECLINED = "declined"
    MAILED = "mailed"
    MAIL_POSTPONED = "mail_postponed"
    MAIL_REFUSED = "mail_refused"
    MAIL_GIVEN_UP = "mail_given_up"
    MAIL_ASKED = "mail_asked"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NOT_SOLD = "not_sold"
    GIVEN_UP = "given_up"
    PAYMENT_CANCELLED = "payment_cancelled"
    LATE_CHARGE = "late_charge"
    REFUND_STARTED = "refund_started"
    PART_REFUND_STARTED = "part_refund_started"
    REFUNDED = "refunded"
    ADMITTED = "admitted"
    ADMITTED_OFFLINE = "admitted_offline"
    ADMISSION_UNDONE = "admission_undone"
    FORGOTTEN = "forgotten"
    CORRECTED = "corrected"


#: What an entry knows beside its step; stores keep it as JSON (``facts_to_json``).
Fact = int | str | datetime | Money | DeliveryKind

_SENTENCES = {
    Step.RESERVED: plural_text(
        "%(quantity)s place was reserved until %(until)s.",
        "%(quantity)s places were reserved until %(until)s.",
        "quantity",
    ),
    Step.PAYMENT_STARTED: Text(
        "The buyer confirmed the payment of %(total)s; the places stay held until the gateway answers."
    ),
    Step.PAYMENT_WAITING: Text("The gateway waits for the buyer until %(until)s; the places stay held."),
    Step.FREE: Text("The buyer confirmed the order, which is free; its tickets are to be issued."),
    Step.CASH_TAKEN: Text("%(total)s were taken in cash (key: %(key)s); the tickets are to be issued."),
    Step.GIVEN_AWAY: Text("The order was made free of charge (key: %(key)s); its tickets are to be issued."),
    Step.FAILED: Text("It could not be processed (%(reason)s); it goes back to the queue."),
    Step.REMINDED: Text("Nothing had happened for a long time; a new message is on its way."),
    Step.PAID: plural_text(
        "It is paid: %(quantity)s ticket was issued under the code %(code)s.",
        "It is paid: %(quantity)s tickets were issued under the code %(code)s.",
        "quantity",
    ),
    Step.DECLINED: plural_text(
        "The payment was declined; %(quantity)s place was given back.",
        "The payment was declined; %(quantity)s places were given back.",
        "quantity",
    ),
    Step.MAILED: Text("Mailed to the buyer: %(mail)s."),
    Step.MAIL_POSTPONED: Text("Not mailed yet: %(mail)s (%(reason)s); the next try is on %(due)s."),
    Step.MAIL_REFUSED: Text("Not mailed: %(mail)s; the mail was refused for good (%(reason)s)."),
    Step.MAIL_GIVEN_UP: Text("Not mailed: %(mail)s; the mail was given up (%(reason)s)."),
    Step.MAIL_ASKED: Text("To be mailed again: %(mail)s."),
    Step.EXPIRED: plural_text(
        "The reservation was not paid in time; %(quantity)s place was given back.",
        "The reservation was not paid in time; %(quantity)s places were given back.",
        "quantity",
    ),
    Step.CANCELLED: plural_text(
        "The buyer cancelled; %(quantity)s place was given back.",
        "The buyer cancelled; %(quantity)s places were given back.",
        "quantity",
    ),
    Step.NOT_SOLD: plural_text(
        "The payment succeeded, but the event was cancelled: what was paid goes back, %(quantity)s place was given back.",
        "The payment succeeded, but the event was cancelled: what was paid goes back, %(quantity)s places were given back.",
        "quantity",
    ),
    Step.GIVEN_UP: plural_text(
        "The payment was given up: no money is kept, %(quantity)s place was given back.",
        "The payment was given up: no money is kept, %(quantity)s places were given back.",
        "quantity",
    ),
    Step.PAYMENT_CANCELLED: Text("The gateway cancelled the payment; nothing was charged."),
    Step.LATE_CHARGE: Text("A charge succeeded after the order had ended; the money goes back."),
    Step.REFUND_STARTED: plural_text(
        "A refund of %(total)s began: unused tickets are void, %(quantity)s place was given back.",
        "A refund of %(total)s began: unused tickets are void, %(quantity)s places were given back.",
        "quantity",
    ),
    Step.PART_REFUND_STARTED: plural_text(
        "A refund of %(total)s began, %(tickets)s: %(quantity)s place was given back.",
        "A refund of %(total)s began, %(tickets)s: %(quantity)s places were given back.",
        "quantity",
    ),
    Step.REFUNDED: Text("The gateway has returned %(total)s."),
    Step.FORGOTTEN: Text("The buyer's address was forgotten."),
    Step.CORRECTED: Text("The buyer's address was corrected."),
    Step.ADMITTED: Text("Ticket %(number)s was admitted at %(gate)s (key: %(key)s)."),
    Step.ADMITTED_OFFLINE: Text(
        "Ticket %(number)s was admitted at %(gate)s without network, on %(scanned)s (key: %(key)s)."
    ),
    Step.ADMISSION_UNDONE: Text("The admission of ticket %(number)s at %(gate)s was taken back (key: %(key)s)."),
}

#: What the steps say that an admin's key has taken.
_BY_KEY = {
    Step.CORRECTED: Text("The buyer's address was corrected by the key %(key)s."),
    Step.MAIL_ASKED: Text("To be mailed again, as the key %(key)s asked: %(mail)s."),
    Step.GIVEN_UP: plural_text(
        "The payment was given up by the key %(key)s: no money is kept, %(quantity)s place was given back.",
        "The payment was given up by the key %(key)s: no money is kept, %(quantity)s places were given back.",
        "quantity",
    ),
    Step.REFUND_STARTED: plural_text(
        "A refund of %(total)s by the key %(key)s began: unused tickets are void, %(quantity)s place was given back.",
        "A refund of %(total)s by the key %(key)s began: unused tickets are void, %(quantity)s places were given back.",
        "quantity",
    ),
    Step.PART_REFUND_STARTED: plural_text(
        "A refund of %(total)s by the key %(key)s began, %(tickets)s: %(quantity)s place was given back.",
        "A refund of %(total)s by the key %(key)s began, %(tickets)s: %(quantity)s places were given back.",
        "quantity",
    ),
}

#: What the steps say of an order that cost nothing, without and with an admin's key.
_OF_NOTHING = {
    (Step.REFUND_STARTED, False): plural_text(
        "The order, which cost nothing, was taken back: unused tickets are void, %(quantity)s place was given back.",
        "The order, which cost nothing, was taken back: unused tickets are void, %(quantity)s places were given back.",
        "quantity",
    ),
    (Step.REFUND_STARTED, True): plural_text(
        "The order, which cost nothing, was taken back by the key %(key)s: unused tickets are void, %(quantity)s place was given back.",
        "The order, which cost nothing, was taken back by the key %(key)s: unused tickets are void, %(quantity)s places were given back.",
        "quantity",
    ),
    (Step.PART_REFUND_STARTED, False): plural_text(
        "A part that cost nothing was taken back, %(tickets)s: %(quantity)s place was given back.",
        "A part that cost nothing was taken back, %(tickets)s: %(quantity)s places were given back.",
        "quantity",
    ),
    (Step.PART_REFUND_STARTED, True): plural_text(
        "A part that cost nothing was taken back by the key %(key)s, %(tickets)s: %(quantity)s place was given back.",
        "A part that cost nothing was taken back by the key %(key)s, %(tickets)s: %(quantity)s places were given back.",
        "quantity",
    ),
}

_DECLINED_FOR = plural_text(
    "The payment was declined (%(reason)s); %(quantity)s place was given back.",
    "The payment was declined (%(reason)s); %(quantity)s places were given back.",
    "quantity",
)

#: The tickets of a refund, by their numbers.
_OF_TICKETS = plural_text("of the ticket %(numbers)s", "of the tickets %(numbers)s", "count")

_STEP_OF_METHOD = {
    PaymentMethod.GATEWAY: Step.PAYMENT_STARTED,
    PaymentMethod.FREE: Step.FREE,
    PaymentMethod.CASH: Step.CASH_TAKEN,
    PaymentMethod.COMPLIMENTARY: Step.GIVEN_AWAY,
}

_STEP_OF_STATUS = {
    OrderStatus.RESERVED: Step.RESERVED,
    OrderStatus.PROCESSING: Step.PAYMENT_STARTED,
    OrderStatus.PAID: Step.PAID,
    OrderStatus.DECLINED: Step.DECLINED,
    OrderStatus.EXPIRED: Step.EXPIRED,
    OrderStatus.CANCELLED: Step.CANCELLED,
    OrderStatus.REFUNDED: Step.REFUND_STARTED,
}


@attrs.frozen
class Entry:
    """One step of an order's history, with the facts that its sentence needs."""

    order_id: OrderId
    at: datetime
    step: Step
    facts: Mapping[str, Fact] = attrs.field(factory=dict, hash=False)

    @property
    def sentence(self) -> Text:
        """The step as a sentence."""
        return self._sentence.with_values(**{name: _in_sentence(name, fact) for name, fact in self.facts.items()})

    @property
    def _sentence(self) -> Text:
        if self.step is Step.DECLINED and "reason" in self.facts:
            return _DECLINED_FOR
        total = self.facts.get("total")
        if isinstance(total, Money) and not total.minor and (self.step, "key" in self.facts) in _OF_NOTHING:
            return _OF_NOTHING[self.step, "key" in self.facts]
        by_key = _BY_KEY.get(self.step) if "key" in self.facts else None
        return by_key or _SENTENCES[self.step]

    def __str__(self) -> str:
        return f"{timestamps.text_of(self.at)}  {self.sentence}"


def _in_sentence(name: str, fact: Fact) -> object:
    if name == "tickets":
        return _OF_TICKETS.with_values(count=len(str(fact).split(",")), numbers=fact)
    return fact.word if isinstance(fact, DeliveryKind) else fact


def facts_to_json(facts: Mapping[str, Fact]) -> dict[str, int | str]:
    """Return the facts as values that JSON has."""
    return {name: _to_json(fact) for name, fact in facts.items()}


def _to_json(fact: Fact) -> int | str:
    match fact:
        case datetime():
            return timestamps.text_of(fact)
        case Money():
            return str(fact)
        case _:
            return fact


def facts_from_json(stored: Mapping[str, int | str]) -> dict[str, Fact]:
    """Return the facts that ``facts_to_json`` has written."""
    return {name: _FROM_JSON[name](fact) if name in _FROM_JSON else fact for name, fact in stored.items()}


def _money(stored: int | str) -> Money:
    amount, _, currency = str(stored).partition(" ")
    return Money.parse(amount, currency)


_FROM_JSON: Mapping[str, Callable[[int | str], Fact]] = {
    "due": lambda stored: timestamps.parse(str(stored)),
    "mail": lambda stored: DeliveryKind(str(stored)),
    "scanned": lambda stored: timestamps.parse(str(stored)),
    "total": _money,
    "until": lambda stored: timestamps.parse(str(stored)),
}


def transition(order: Order, at: datetime) -> Entry:
    """Return the entry of an order that has just come into its status."""
    facts: dict[str, Fact] = {
        "quantity": order.quantity,
        "total": order.total,
        "until": order.expires_at,
        "code": order.ticket_code or "",
    }
    was_sold = order.status is not OrderStatus.REFUNDED or order.problem is None
    step = _STEP_OF_STATUS[order.status] if was_sold else Step.NOT_SOLD
    return Entry(
        order.id, at, step, {name: fact for name, fact in facts.items() if f"%({name})s" in _SENTENCES[step].message}
    )


def reserved(order_id: OrderId, quantity: int, expires_at: datetime, at: datetime) -> Entry:
    """Return the entry of an order that is being placed, equal to what ``transition`` returns for it."""
    return Entry(order_id, at, Step.RESERVED, {"quantity": quantity, "until": expires_at})


def payment_started(order: Order, method: PaymentMethod, at: datetime, by: str | None = None) -> Entry:
    """Return the entry of an order that is to be paid; ``by`` is the name of an admin's key."""
    step = _STEP_OF_METHOD[method]
    facts: dict[str, Fact] = {"total": order.total, "key": by or "-"}
    return Entry(
        order.id, at, step, {name: fact for name, fact in facts.items() if f"%({name})s" in _SENTENCES[step].message}
    )


def payment_waiting(order_id: OrderId, until: datetime, at: datetime) -> Entry:
    return Entry(order_id, at, Step.PAYMENT_WAITING, {"until": until})


def declined(order: Order, at: datetime, reason: str | None = None) -> Entry:
    """Return the entry of an order whose payment was declined; ``reason`` is the gateway's, shortened to one line."""
    facts: dict[str, Fact] = {"quantity": order.quantity}
    if reason:
        facts["reason"] = printable_text.shortened(reason)
    return Entry(order.id, at, Step.DECLINED, facts)


def refund_started(
    order: Order, amount: Money, part: Sequence[Ticket], given_back: int, at: datetime, by: str | None = None
) -> Entry:
    """Return the entry of a refund that gives so many places back, of all tickets or of a ``part``.

    ``by`` is the name of an admin's key.
    """
    facts: dict[str, Fact] = {"quantity": given_back, "total": amount, **_key(by)}
    if not part:
        return Entry(order.id, at, Step.REFUND_STARTED, facts)
    facts["tickets"] = ", ".join(str(ticket.number) for ticket in part)
    return Entry(order.id, at, Step.PART_REFUND_STARTED, facts)


def _key(name: str | None) -> dict[str, Fact]:
    return {} if name is None else {"key": name}


def newly_refunded(entries: Sequence[Entry], refunded: Collection[int]) -> tuple[int, ...]:
    """Return which of the tickets that are ``refunded`` its buyer was not yet mailed about, by an order's whole journal.

    All of them, should the journal say that the buyer knows of each.
    """
    known: set[int] = set()
    begun: set[int] = set()
    for entry in entries:
        if entry.step is Step.REFUND_STARTED:
            begun.update(refunded)
        elif entry.step is Step.PART_REFUND_STARTED:
            begun.update(map(int, str(entry.facts["tickets"]).split(", ")))
        elif entry.step is Step.MAILED and entry.facts["mail"] is DeliveryKind.REFUND:
            known |= begun
    return tuple(sorted(set(refunded) - known or refunded))


def failed(order: Order, at: datetime, reason: str) -> Entry:
    return Entry(order.id, at, Step.FAILED, {"reason": reason})


def reminded(order_id: OrderId, at: datetime) -> Entry:
    return Entry(order_id, at, Step.REMINDED)


def mail_asked(mail: Delivery, at: datetime, by: str | None = None) -> Entry:
    """Return the entry of a mail that is to be sent again; ``by`` is the name of an admin's key."""
    return Entry(mail.order_id, at, Step.MAIL_ASKED, {"mail": mail.kind, **_key(by)})


def mailed(mail: Delivery, at: datetime) -> Entry:
    return Entry(mail.order_id, at, Step.MAILED, {"mail": mail.kind})


def mail_refused(mail: Delivery, at: datetime, reason: str) -> Entry:
    return Entry(mail.order_id, at, Step.MAIL_REFUSED, {"mail": mail.kind, "reason": reason})


def mail_postponed(mail: Delivery, at: datetime, reason: str) -> Entry:
    """Return the entry of a mail that could not be sent now, as it is after that try."""
    if mail.due_at is None:
        return Entry(mail.order_id, at, Step.MAIL_GIVEN_UP, {"mail": mail.kind, "reason": reason})
    facts: dict[str, Fact] = {"mail": mail.kind, "reason": reason, "due": mail.due_at}
    return Entry(mail.order_id, at, Step.MAIL_POSTPONED, facts)


def given_up(order: Order, at: datetime, by: str | None = None) -> Entry:
    """Return the entry of an order whose payment is no longer awaited; ``by`` is the name of an admin's key."""
    return Entry(order.id, at, Step.GIVEN_UP, {"quantity": order.quantity} | _key(by))


def payment_cancelled(order_id: OrderId, at: datetime) -> Entry:
    return Entry(order_id, at, Step.PAYMENT_CANCELLED)


def late_charge(order: Order, at: datetime) -> Entry:
    return Entry(order.id, at, Step.LATE_CHARGE)


def money_returned(order_id: OrderId, amount: Money, at: datetime) -> Entry:
    return Entry(order_id, at, Step.REFUNDED, {"total": amount})


def forgotten(order_id: OrderId, at: datetime) -> Entry:
    return Entry(order_id, at, Step.FORGOTTEN)


def corrected(order_id: OrderId, at: datetime, by: str | None = None) -> Entry:
    """Return the entry of an order whose address was corrected, without the address; ``by`` is the name of an admin's key."""
    return Entry(order_id, at, Step.CORRECTED, _key(by))


def admitted(ticket: Ticket, admission: Admission, key: str) -> Entry:
    return _at_gate(ticket, admission, Step.ADMITTED, key, admission.date)


def admitted_offline(ticket: Ticket, scan: Scan, scanned_at: datetime, at: datetime) -> Entry:
    """Return the entry of a scan that a gate made by itself, and that became known at ``at``."""
    facts: dict[str, Fact] = {
        "number": ticket.number,
        "gate": scan.gate,
        "key": scan.holder.name,
        "scanned": scanned_at,
    }
    return Entry(ticket.order_id, at, Step.ADMITTED_OFFLINE, facts)


def admission_undone(before: Ticket, after: Ticket, key: str, at: datetime) -> Entry:
    """Return the entry of what was taken back; the earliest of the scans names the gate."""
    admission = next(each for each in before.admissions if each not in after.admissions)
    return _at_gate(after, admission, Step.ADMISSION_UNDONE, key, at)


def _at_gate(ticket: Ticket, admission: Admission, step: Step, key: str, at: datetime) -> Entry:
    facts: dict[str, Fact] = {"number": ticket.number, "gate": admission.gate, "key": key}
    return Entry(ticket.order_id, at, step, facts)


_MAIL_OUTLOOKS = {
    DeliveryStatus.PENDING: Text("It is paid and its tickets are to be mailed."),
    DeliveryStatus.DELIVERED: Text("It is paid and its tickets were mailed."),
    DeliveryStatus.UNDELIVERED: Text(
        "It is paid, but its tickets could not be mailed; once the cause is mended, have them mailed again."
    ),
}


def outlook(order: Order, *, is_event_cancelled: bool = False) -> Text:
    """Return where the order stands and what happens next."""
    match order.status:
        case OrderStatus.RESERVED if is_event_cancelled:
            return Text("It is reserved, and cannot be paid, for its event was cancelled: it expires by itself.")
        case OrderStatus.RESERVED:
            return Text("It is reserved: to be paid before %(deadline)s.", deadline=order.expires_at)
        case OrderStatus.PROCESSING:
            return _payment_outlook(order.payment)
        case OrderStatus.PAID:
            return _MAIL_OUTLOOKS[order.delivery or DeliveryStatus.PENDING]
        case status if order.problem:
            return Text("It has ended as %(status)s: %(reason)s", status=status.word, reason=order.problem.detail)
        case status:
            return Text("It has ended as %(status)s.", status=status.word)


def _payment_outlook(payment: Payment | None) -> Text:
    if payment and payment.action:
        return _SENTENCES[Step.PAYMENT_WAITING].with_values(until=payment.expires_at)
    return Text(
        "It is processing: the gateway's answer is awaited and its places stay held; "
        "a redrive repeats a payment that was given up."
    )
