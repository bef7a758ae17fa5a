"""The journal describes an order's life in plain words."""

from __future__ import annotations

import json

import attrs
import pytest

from tests.core.examples import DEADLINE, NOW, ORDER, ORDER_ID, ORDERS, TICKET
from ticketcore.domain import deliveries, journal
from ticketcore.domain.attempts import ActionType, Payment, PaymentAction, PaymentMethod, PaymentStatus
from ticketcore.domain.deliveries import DeliveryKind, DeliveryStatus
from ticketcore.domain.journal import Entry, Step
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.texts import in_english
from ticketcore.domain.tickets import Admission, Ticket
from ticketcore.domain.validation import Scan

EVERY_FACT = dict.fromkeys(
    ["quantity", "total", "until", "code", "reason", "number", "gate", "key", "mail", "due", "tickets", "scanned"],
    "a fact",
)
PAID = ORDERS[OrderStatus.PAID]
WAITING = Payment(
    PaymentStatus.PENDING,
    PaymentAction(ActionType.QR_CODE, "text"),
    DEADLINE,
    method=PaymentMethod.GATEWAY,
    refunded=Money(0, PAID.total.currency),
)
MAIL = deliveries.asked(ORDER_ID, DeliveryKind.TICKETS, 3, NOW)
NOT_SOLD = ORDERS[OrderStatus.PROCESSING].to(OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED)

NARRATED = {
    OrderStatus.RESERVED: "2 places were reserved until 2027-05-01 at 12:15:00 UTC.",
    OrderStatus.PROCESSING: (
        "The buyer confirmed the payment of 90.00 BRL; the places stay held until the gateway answers."
    ),
    OrderStatus.PAID: "It is paid: 2 tickets were issued under the code 7QXK2-M3PTV.",
    OrderStatus.DECLINED: "The payment was declined; 2 places were given back.",
    OrderStatus.EXPIRED: "The reservation was not paid in time; 2 places were given back.",
    OrderStatus.CANCELLED: "The buyer cancelled; 2 places were given back.",
    OrderStatus.REFUNDED: "A refund of 90.00 BRL began: unused tickets are void, 2 places were given back.",
}


REFUND_MAIL = deliveries.asked(ORDER_ID, DeliveryKind.REFUND, 4, NOW)


def part(*numbers: int) -> Entry:
    tickets = [attrs.evolve(TICKET, number=number) for number in numbers]
    return journal.refund_started(ORDER, ORDER.total, tickets, len(numbers), NOW)


def test_a_refund_mail_is_about_what_no_mail_before_told() -> None:
    """Of one refund, of several since the last mail, or of the rest of an order."""
    mailed, refused = journal.mailed(REFUND_MAIL, NOW), journal.mail_refused(REFUND_MAIL, NOW, "550")
    rest = journal.refund_started(ORDER, ORDER.total, (), 1, NOW)

    assert journal.newly_refunded([part(2)], [2]) == (2,)
    assert journal.newly_refunded([part(2), mailed, part(1, 4)], [1, 2, 4]) == (1, 4)
    assert journal.newly_refunded([part(2), refused, part(1)], [1, 2]) == (1, 2)
    assert journal.newly_refunded([part(2), journal.mailed(MAIL, NOW), part(1)], [1, 2]) == (1, 2)
    assert journal.newly_refunded([part(2), mailed, rest], [1, 2, 3]) == (1, 3)
    assert journal.newly_refunded([rest, mailed], [1, 2]) == (1, 2)


def made() -> list[Entry]:
    """Return an entry of every kind, as the rules make them."""
    return [
        *(journal.transition(order, NOW) for order in ORDERS.values()),
        journal.transition(NOT_SOLD, NOW),
        journal.given_up(ORDER, NOW),
        journal.given_up(ORDER, NOW, "office"),
        journal.refund_started(ORDER, ORDER.total, (), 2, NOW, "office"),
        journal.refund_started(ORDER, ORDER.total, (TICKET,), 1, NOW),
        journal.refund_started(ORDER, ORDER.total, (TICKET,), 1, NOW, "office"),
        *(journal.payment_started(ORDER, method, NOW, "office") for method in PaymentMethod),
        journal.payment_waiting(ORDER_ID, DEADLINE, NOW),
        journal.declined(ORDER, NOW, "no money\nleft"),
        journal.payment_cancelled(ORDER_ID, NOW),
        journal.late_charge(ORDER, NOW),
        journal.mailed(MAIL, NOW),
        journal.mail_asked(MAIL, NOW),
        journal.mail_postponed(MAIL, NOW, "no answer"),
        journal.mail_postponed(MAIL.given_up(), NOW, "no answer"),
        journal.failed(ORDER, NOW, "the queue is unavailable"),
        journal.reminded(ORDER_ID, NOW),
        journal.mail_refused(MAIL, NOW, "no such address"),
        journal.money_returned(ORDER_ID, ORDER.total, NOW),
        journal.forgotten(ORDER_ID, NOW),
        journal.corrected(ORDER_ID, NOW),
        journal.corrected(ORDER_ID, NOW, "office"),
        journal.admitted(TICKET, Admission(NOW, "north", "scan-1"), "north door"),
        journal.admitted_offline(TICKET, Scan("north", "scan-1"), DEADLINE, NOW),
        journal.admission_undone(
            attrs.evolve(TICKET, admission=Admission(NOW, "north", "scan-1")), TICKET, "office", NOW
        ),
    ]


@pytest.mark.parametrize("step", Step)
def test_every_step_has_a_sentence(step: Step) -> None:
    """Every stored entry can be rendered: a time, and one sentence or more."""
    entry = Entry(ORDER_ID, NOW, step, EVERY_FACT)

    assert str(entry) == f"2027-05-01T12:00:00.000Z  {entry.sentence}"
    assert entry.sentence.endswith(".")
    assert not set(entry.sentence) & set("%{}")


def test_every_step_is_made_by_a_rule() -> None:
    """No kind of entry is without a maker, and every maker gives the facts that its sentence needs."""
    assert {entry.step for entry in made()} == set(Step)
    assert all(str(entry) and entry.order_id == ORDER_ID and entry.at == NOW for entry in made())


def test_an_entry_carries_no_more_facts_than_it_tells() -> None:
    """The data stored with a step are those in its sentence."""
    for entry in made():
        assert all(in_english(fact) in str(entry) for fact in entry.facts.values())


@pytest.mark.parametrize("status", OrderStatus)
def test_a_status_is_narrated_with_what_a_reader_needs(status: OrderStatus) -> None:
    """How many places, how much money, until when, under which code: whatever matters then."""
    assert journal.transition(ORDERS[status], NOW).sentence == NARRATED[status]


def test_a_sale_that_could_not_be_is_not_told_as_a_refund() -> None:
    """Who paid for a cancelled event reads why the money goes back, and of no tickets that there never were."""
    told = journal.transition(NOT_SOLD, NOW).sentence

    assert told == (
        "The payment succeeded, but the event was cancelled: what was paid goes back, 2 places were given back."
    )


@pytest.mark.parametrize("quantity", [1, 2])
def test_a_reservation_is_told_before_there_is_an_order(quantity: int) -> None:
    """A request is described in the same words as the order that results."""
    order = attrs.evolve(ORDER, quantity=quantity)

    assert journal.reserved(ORDER_ID, quantity, DEADLINE, NOW) == journal.transition(order, NOW)


@pytest.mark.parametrize("status", OrderStatus)
def test_one_is_not_written_as_many(status: OrderStatus) -> None:
    """A single place or ticket is in the singular."""
    line = str(journal.transition(attrs.evolve(ORDERS[status], quantity=1), NOW))

    assert "1 places" not in line
    assert "1 tickets" not in line


def test_the_other_steps_are_narrated() -> None:
    """Late charges, deliveries, failures and admissions are described with their reason, ticket and gate."""
    assert [entry.sentence for entry in made()[8:]] == [
        "The payment was given up: no money is kept, 2 places were given back.",
        "The payment was given up by the key office: no money is kept, 2 places were given back.",
        "A refund of 90.00 BRL by the key office began: unused tickets are void, 2 places were given back.",
        "A refund of 90.00 BRL began, of the ticket 1: 1 place was given back.",
        "A refund of 90.00 BRL by the key office began, of the ticket 1: 1 place was given back.",
        "The buyer confirmed the payment of 90.00 BRL; the places stay held until the gateway answers.",
        "The buyer confirmed the order, which is free; its tickets are to be issued.",
        "90.00 BRL were taken in cash (key: office); the tickets are to be issued.",
        "The order was made free of charge (key: office); its tickets are to be issued.",
        "The gateway waits for the buyer until 2027-05-01 at 12:15:00 UTC; the places stay held.",
        "The payment was declined (no money left); 2 places were given back.",
        "The gateway cancelled the payment; nothing was charged.",
        "A charge succeeded after the order had ended; the money goes back.",
        "Mailed to the buyer: the tickets.",
        "To be mailed again: the tickets.",
        "Not mailed yet: the tickets (no answer); the next try is on 2027-05-01 at 12:00:00 UTC.",
        "Not mailed: the tickets; the mail was given up (no answer).",
        "It could not be processed (the queue is unavailable); it goes back to the queue.",
        "Nothing had happened for a long time; a new message is on its way.",
        "Not mailed: the tickets; the mail was refused for good (no such address).",
        "The gateway has returned 90.00 BRL.",
        "The buyer's address was forgotten.",
        "The buyer's address was corrected.",
        "The buyer's address was corrected by the key office.",
        "Ticket 1 was admitted at north (key: north door).",
        "Ticket 1 was admitted at north without network, on 2027-05-01 at 12:15:00 UTC (key: library).",
        "The admission of ticket 1 at north was taken back (key: office).",
    ]


def test_a_fact_with_braces_is_told_as_it_is() -> None:
    """A gate or reason may hold any characters."""
    assert "at {0.__class__} {gate} (key: %(key)s)." in str(
        journal.admitted(TICKET, Admission(NOW, "{0.__class__} {gate}", "scan-1"), "%(key)s")
    )


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (ORDERS[OrderStatus.RESERVED], "It is reserved: to be paid before 2027-05-01 at 12:15:00 UTC."),
        (
            ORDERS[OrderStatus.PROCESSING],
            "It is processing: the gateway's answer is awaited and its places stay held; a redrive repeats a payment that was given up.",
        ),
        (
            attrs.evolve(ORDERS[OrderStatus.PROCESSING], payment=WAITING),
            "The gateway waits for the buyer until 2027-05-01 at 12:15:00 UTC; the places stay held.",
        ),
        (PAID, "It is paid and its tickets are to be mailed."),
        (attrs.evolve(PAID, delivery=DeliveryStatus.DELIVERED), "It is paid and its tickets were mailed."),
        (
            attrs.evolve(PAID, delivery=DeliveryStatus.UNDELIVERED),
            "It is paid, but its tickets could not be mailed; once the cause is mended, have them mailed again.",
        ),
        (
            ORDERS[OrderStatus.EXPIRED],
            "It has ended as expired: The reservation was not paid in time; the places were given back.",
        ),
        (
            ORDERS[OrderStatus.DECLINED],
            "It has ended as declined: The payment was declined; nothing was charged and the places were given back.",
        ),
        (ORDERS[OrderStatus.CANCELLED], "It has ended as cancelled."),
        (ORDERS[OrderStatus.REFUNDED], "It has ended as refunded."),
    ],
)
def test_the_outlook_says_where_an_order_stands(order: Order, sentence: str) -> None:
    """For every status, and every stage of a paid order, a reader learns what happens next."""
    assert journal.outlook(order) == sentence


def test_the_outlook_knows_that_an_event_was_cancelled() -> None:
    """Nothing of its reserved orders is to be paid, and its other orders stand where they stood."""
    said = str(journal.outlook(ORDERS[OrderStatus.RESERVED], is_event_cancelled=True))
    assert said == "It is reserved, and cannot be paid, for its event was cancelled: it expires by itself."
    assert journal.outlook(PAID, is_event_cancelled=True) == journal.outlook(PAID)


def test_facts_survive_a_store() -> None:
    """What a store keeps as JSON comes back with its types: times, money and numbers."""
    for entry in made():
        stored = json.dumps(journal.facts_to_json(entry.facts))
        assert attrs.evolve(entry, facts=journal.facts_from_json(json.loads(stored))) == entry


def test_an_entry_is_a_value() -> None:
    """Equal entries are equal and can be collected in a set."""
    assert len({journal.transition(ORDER, NOW), journal.transition(ORDER, NOW)}) == 1
    assert journal.transition(ORDER, NOW) != journal.failed(ORDER, NOW, "a reason")


@pytest.mark.parametrize(
    ("part", "by", "sentence"),
    [
        ([], None, "The order, which cost nothing, was taken back: unused tickets are void, 2 places were given back."),
        (
            [],
            "office",
            "The order, which cost nothing, was taken back by the key office: unused tickets are void, 2 places were given back.",
        ),
        ([TICKET], None, "A part that cost nothing was taken back, of the ticket 1: 2 places were given back."),
        (
            [TICKET],
            "office",
            "A part that cost nothing was taken back by the key office, of the ticket 1: 2 places were given back.",
        ),
    ],
)
def test_nothing_is_refunded_of_what_cost_nothing(part: list[Ticket], by: str | None, sentence: str) -> None:
    """The journal has no refund of 0.00, whether the price is 0 or an admin gave the order away."""
    entry = journal.refund_started(ORDER, Money(0, ORDER.total.currency), part, 2, NOW, by)
    assert entry.sentence == sentence
