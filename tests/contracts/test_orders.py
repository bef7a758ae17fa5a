"""What the port of orders promises, over every ledger: each decision, its boundaries, and what a repetition does."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.contracts.ledgers import (
    DEADLINE,
    MILLISECOND,
    NOW,
    SHOWTIME,
    STRANGE_IDS,
    TEXTS,
    Ledger,
    add_show,
    attempt_of,
    audit_of,
    capture,
    event_of,
    label,
    new_attempt,
    new_code,
    new_order_id,
    new_reservation,
    new_show,
    new_tickets,
    nothing_changes,
    order_in,
    order_of,
    outbox_of,
    reserve,
    steps_of,
)
from ticketcore import ids, journal
from ticketcore.events import MAX_PER_ORDER, MAX_PRICE, Event, EventChange, EventStatus
from ticketcore.ids import EventId, OrderId
from ticketcore.journal import Step
from ticketcore.money import MAX_MINOR_UNITS, Currency, Money
from ticketcore.orders import Change, Fulfilment, Order, OrderStatus, Problem
from ticketcore.payment import Attempt, AttemptStatus
from ticketcore.ports import TicketCodeTaken
from ticketcore.refusals import (
    EventNotFound,
    Fault,
    InvalidRequest,
    OrderNotCancellable,
    OrderNotFound,
    OrderNotPaid,
    OrderNotPayable,
    PaymentDeclined,
    Refusal,
    ReservationExpired,
    SalesClosed,
    SoldOut,
)
from ticketcore.reservation import Reservation
from ticketcore.tickets import TicketStatus
from ticketcore.validation import Scan

NOBODY = OrderId("a" * 26)
LATER = NOW + timedelta(seconds=1)
LONG_AFTER = DEADLINE + timedelta(days=365)


@pytest.fixture
def show(ledger: Ledger) -> Event:
    """Answer an event of ten places that the ledger has."""
    return add_show(ledger, new_show(10))


def moved_to(change: object, status: OrderStatus, ledger: Ledger) -> Order:
    """Answer the order of a change that moved it, after looking that the change tells what the ledger then has."""
    assert isinstance(change, Change)
    assert change.order.status is status
    assert change.order == order_of(ledger, change.order.id)
    event = event_of(ledger, change.order.event_id)
    assert change.stock == event.stock
    assert audit_of(ledger, event.id).is_conserved
    return change.order


def places_of(ledger: Ledger, event: Event) -> tuple[int, int, int, int]:
    now = event_of(ledger, event.id)
    return now.available, now.held, now.sold, now.version


def cancel_event(ledger: Ledger, event: Event) -> None:
    assert isinstance(ledger.events.change(event.id, EventChange(status=EventStatus.CANCELLED), None), Event)


# reserve


def test_a_reservation_holds_its_places(ledger: Ledger, show: Event) -> None:
    """The order is as the rule makes it; held and version of the event rise, and the stock is the row's."""
    wanted = new_reservation(show, 3)
    order = moved_to(ledger.orders.reserve(wanted, NOW), OrderStatus.RESERVED, ledger)
    assert order == Order(
        wanted.order_id, show.id, "ann@example.com", 3, show.price.times(3), OrderStatus.RESERVED, NOW, DEADLINE
    )
    assert places_of(ledger, show) == (7, 3, 0, 1)
    assert list(ledger.orders.journal(order.id)) == [journal.moved(order, NOW)]
    assert ledger.orders.attempt(order.id) is None
    assert outbox_of(ledger, order.id) == []


def test_the_last_place_can_be_reserved_and_no_more(ledger: Ledger, show: Event) -> None:
    """A reservation fits exactly or not at all; the refusal tells how many places are left and writes nothing."""
    reserve(ledger, show, 8)
    too_many = new_reservation(show, 3)
    assert ledger.orders.reserve(too_many, NOW) == SoldOut(2)
    reserve(ledger, show, 2)
    full = event_of(ledger, show.id)
    assert ledger.orders.reserve(new_reservation(show, 1), NOW) == SoldOut(0)
    assert event_of(ledger, show.id) == full
    assert ledger.orders.get(too_many.order_id) is None
    assert list(ledger.orders.journal(too_many.order_id)) == []


def test_a_refused_reservation_can_be_tried_again(ledger: Ledger, show: Event) -> None:
    """A refusal leaves nothing of the order's id behind."""
    taken = reserve(ledger, show, 10)
    wanted = new_reservation(show, 1)
    assert ledger.orders.reserve(wanted, NOW) == SoldOut(0)
    ledger.orders.cancel(taken.id, NOW)
    moved_to(ledger.orders.reserve(wanted, LATER), OrderStatus.RESERVED, ledger)


def test_repeating_a_reservation_answers_the_order(ledger: Ledger, show: Event) -> None:
    """Without stock, later, and even if the event has no place left."""
    wanted = new_reservation(show, 3)
    first = ledger.orders.reserve(wanted, NOW)
    assert isinstance(first, Change)
    reserve(ledger, show, 7)
    with nothing_changes(ledger, first.order):
        assert ledger.orders.reserve(wanted, LATER) == Change(first.order)
        assert ledger.orders.reserve(wanted, LONG_AFTER) == Change(first.order)


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_that_exists_is_answered_as_it_is(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """Whatever became of it, and whatever the repetition asks for."""
    order = order_in(ledger, show, status, 2)
    other = add_show(ledger, new_show())
    with nothing_changes(ledger, order):
        for event_id, quantity in ((show.id, 2), (show.id, 999), (other.id, 1), (EventId("nowhere"), 1)):
            wanted = Reservation(order.id, event_id, "bob@example.com", quantity, LONG_AFTER)
            assert ledger.orders.reserve(wanted, LATER) == Change(order)
    assert event_of(ledger, other.id) == other


def test_an_unknown_event_has_no_places(ledger: Ledger) -> None:
    """There is nothing to reserve."""
    wanted = new_reservation(new_show())
    assert ledger.orders.reserve(wanted, NOW) == EventNotFound()
    assert ledger.orders.get(wanted.order_id) is None


@pytest.mark.parametrize("status", sorted(set(EventStatus) - {EventStatus.ON_SALE}))
def test_an_event_that_is_not_on_sale_is_closed(ledger: Ledger, status: EventStatus) -> None:
    """The refusal tells the event's status, before anything about places or quantity."""
    event = add_show(ledger, new_show(1, status=status))
    assert ledger.orders.reserve(new_reservation(event, 999), NOW) == SalesClosed(status.value)
    assert event_of(ledger, event.id) == event


def test_sales_end_when_the_event_begins(ledger: Ledger, show: Event) -> None:
    """At its date an event has begun; a millisecond earlier it has not."""
    assert ledger.orders.reserve(new_reservation(show), SHOWTIME) == SalesClosed("begun")
    assert ledger.orders.reserve(new_reservation(show), LONG_AFTER) == SalesClosed("begun")
    assert isinstance(ledger.orders.reserve(new_reservation(show), SHOWTIME - MILLISECOND), Change)


@pytest.mark.parametrize("quantity", [-1, 0, 4, 11, 2**40])
def test_a_quantity_the_event_does_not_sell_is_a_fault(ledger: Ledger, quantity: int) -> None:
    """From 1 to the event's most per order, also when there are not that many places."""
    event = add_show(ledger, new_show(10, max_per_order=3))
    fault = Fault("quantity", "must be from 1 to 3 for this event")
    assert ledger.orders.reserve(new_reservation(event, quantity), NOW) == InvalidRequest((fault,))
    assert event_of(ledger, event.id) == event


def test_a_due_reservation_holds_its_places_until_it_is_expired(ledger: Ledger, show: Event) -> None:
    """Reserving expires nothing by itself."""
    order = reserve(ledger, show, 10)
    with nothing_changes(ledger, order):
        assert ledger.orders.reserve(new_reservation(show), DEADLINE) == SoldOut(0)
    ledger.orders.expire_due(show.id, DEADLINE, 10)
    assert isinstance(ledger.orders.reserve(new_reservation(show), DEADLINE), Change)


def test_places_that_came_free_can_be_reserved(ledger: Ledger) -> None:
    """A larger capacity is for sale at once."""
    event = add_show(ledger, new_show(1))
    reserve(ledger, event)
    ledger.events.change(event.id, EventChange(capacity=2), None)
    reserve(ledger, event)
    assert places_of(ledger, event) == (0, 2, 0, 3)


@pytest.mark.parametrize("minor", [0, 1, 2**31, MAX_PRICE])
def test_the_total_is_exact(ledger: Ledger, minor: int) -> None:
    """The largest order of free tickets and of the dearest ones alike comes to its sum."""
    price = Money(minor, Currency("JPY"))
    event = add_show(ledger, new_show(MAX_PER_ORDER, price=price, max_per_order=MAX_PER_ORDER))
    order = reserve(ledger, event, MAX_PER_ORDER)
    assert order.total == price.times(MAX_PER_ORDER)
    assert order_of(ledger, order.id) == order


@pytest.mark.parametrize("text", TEXTS, ids=label)
def test_an_address_comes_back_letter_by_letter(ledger: Ledger, show: Event, text: str) -> None:
    """The ledger keeps what it was given."""
    wanted = attrs.evolve(new_reservation(show), customer_email=text)
    ledger.orders.reserve(wanted, NOW)
    assert order_of(ledger, wanted.order_id).customer_email == text


# get, find


@pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
def test_an_unknown_order_is_none(ledger: Ledger, show: Event, strange: str) -> None:
    """Any text may be asked for, and only the ids and digests of orders have one."""
    reserve(ledger, show)
    assert ledger.orders.get(OrderId(strange)) is None
    assert ledger.orders.find(strange) is None
    assert ledger.orders.attempt(OrderId(strange)) is None
    assert list(ledger.orders.journal(OrderId(strange))) == []


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_is_found_by_its_digest(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """Found as it is; the id itself is not its digest, nor is a part of the digest."""
    order = order_in(ledger, show, status)
    digest = ids.digest(order.id)
    assert ledger.orders.find(digest) == ledger.orders.get(order.id) == order
    assert ledger.orders.find(order.id) is None
    assert ledger.orders.find(digest[:-1]) is None


# start_payment, attempt


def test_a_started_payment_is_recorded_with_its_message(ledger: Ledger, show: Event) -> None:
    """The order is processing, its places stay held, and attempt, journal entry and outbox row are there."""
    order = reserve(ledger, show, 3)
    attempt = new_attempt(order)
    outcome = ledger.orders.start_payment(attempt, LATER)
    assert outcome == order_of(ledger, order.id) == attrs.evolve(order, status=OrderStatus.PROCESSING)
    assert ledger.orders.attempt(order.id) == attempt
    assert list(ledger.orders.journal(order.id))[1:] == [journal.moved(order_of(ledger, order.id), LATER)]
    assert outbox_of(ledger, order.id) == [order.id]
    assert places_of(ledger, show) == (7, 3, 0, 1)


@pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.PAID])
def test_a_second_payment_answers_the_order_as_it_is(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """Its attempt is not recorded, now or long after the deadline; repeating the first is no different."""
    order = order_in(ledger, show, status)
    first = attempt_of(ledger, order.id)
    with nothing_changes(ledger, order):
        for attempt in (first, new_attempt(order, "tok_declined")):
            assert ledger.orders.start_payment(attempt, NOW) == order
            assert ledger.orders.start_payment(attempt, LONG_AFTER) == order


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (OrderStatus.DECLINED, PaymentDeclined()),
        (OrderStatus.EXPIRED, ReservationExpired(NOW + MILLISECOND)),
        (OrderStatus.CANCELLED, OrderNotPayable("cancelled")),
        (OrderStatus.REFUNDED, OrderNotPayable("refunded")),
    ],
)
def test_an_order_that_has_ended_cannot_be_paid(
    ledger: Ledger, show: Event, status: OrderStatus, refusal: Refusal
) -> None:
    """The refusal tells why; the attempt is not recorded."""
    order = order_in(ledger, show, status)
    with nothing_changes(ledger, order):
        assert ledger.orders.start_payment(new_attempt(order), NOW) == refusal


def test_a_reservation_can_be_paid_until_its_deadline(ledger: Ledger, show: Event) -> None:
    """At its deadline it has expired, whether or not somebody swept; a millisecond earlier it has not."""
    order = reserve(ledger, show)
    with nothing_changes(ledger, order):
        for late in (DEADLINE, DEADLINE + MILLISECOND, LONG_AFTER):
            assert ledger.orders.start_payment(new_attempt(order), late) == ReservationExpired(DEADLINE)
    outcome = ledger.orders.start_payment(new_attempt(order), DEADLINE - MILLISECOND)
    assert isinstance(outcome, Order)
    assert outcome.status is OrderStatus.PROCESSING


def test_an_order_of_a_cancelled_event_cannot_be_paid(ledger: Ledger, show: Event) -> None:
    """Sales are closed for it; a reservation past its deadline hears that it has expired."""
    order = reserve(ledger, show)
    cancel_event(ledger, show)
    with nothing_changes(ledger, order):
        assert ledger.orders.start_payment(new_attempt(order), NOW) == SalesClosed("cancelled")
        assert ledger.orders.start_payment(new_attempt(order), DEADLINE) == ReservationExpired(DEADLINE)


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CLOSED])
def test_a_reservation_can_be_paid_after_sales_closed(ledger: Ledger, show: Event, status: EventStatus) -> None:
    """Closed sales end no reservation, nor does the beginning of the event."""
    order = reserve(ledger, show, expires_at=LONG_AFTER)
    ledger.events.change(show.id, EventChange(status=status), None)
    assert isinstance(ledger.orders.start_payment(new_attempt(order), SHOWTIME), Order)


def test_an_unknown_order_cannot_be_paid(ledger: Ledger, show: Event) -> None:
    """Nothing is recorded."""
    order = attrs.evolve(reserve(ledger, show), id=new_order_id())
    assert ledger.orders.start_payment(new_attempt(order), NOW) == OrderNotFound()
    assert ledger.orders.attempt(order.id) is None
    assert outbox_of(ledger, order.id) == []


@pytest.mark.parametrize("text", TEXTS, ids=label)
def test_a_token_comes_back_letter_by_letter(ledger: Ledger, show: Event, text: str) -> None:
    """The ledger keeps what the gateway is to be told."""
    order = reserve(ledger, show)
    attempt = attrs.evolve(new_attempt(order, text), amount=Money(MAX_MINOR_UNITS, Currency("KWD")))
    ledger.orders.start_payment(attempt, NOW)
    assert ledger.orders.attempt(order.id) == attempt


# capture


def paying(ledger: Ledger, show: Event, quantity: int = 2) -> tuple[Order, Attempt]:
    """Answer an order in processing and its attempt."""
    order = order_in(ledger, show, OrderStatus.PROCESSING, quantity)
    return order, attempt_of(ledger, order.id)


def test_a_capture_is_the_sale(ledger: Ledger, show: Event) -> None:
    """The order is paid with its code and without a deadline, held places are sold ones, the tickets are there."""
    order, attempt = paying(ledger, show, 3)
    tickets, code = new_tickets(order), new_code()
    paid = moved_to(ledger.orders.capture(attempt.id, tickets, code, LATER), OrderStatus.PAID, ledger)
    assert paid == attrs.evolve(
        order, status=OrderStatus.PAID, ticket_code=code, expires_at=None, fulfilment=Fulfilment.ISSUED
    )
    assert list(ledger.tickets.of_order(order.id)) == tickets
    assert attempt_of(ledger, order.id) == attempt.to(AttemptStatus.CAPTURED)
    assert places_of(ledger, show) == (7, 0, 3, 2)
    assert list(ledger.orders.journal(order.id))[2:] == [journal.moved(paid, LATER)]


def test_a_capture_puts_nothing_into_the_outbox(ledger: Ledger, show: Event) -> None:
    """The message of the payment goes on to bring the tickets."""
    order, attempt = paying(ledger, show)
    capture(ledger, order, attempt)
    assert outbox_of(ledger, order.id) == [order.id]


def test_repeating_a_capture_keeps_the_first_tickets(ledger: Ledger, show: Event) -> None:
    """Other tickets and another code, even one that is taken, change nothing; there is no stock to follow."""
    other = order_in(ledger, show, OrderStatus.PAID)
    order, attempt = paying(ledger, show)
    paid = capture(ledger, order, attempt)
    assert other.ticket_code is not None
    assert paid.ticket_code is not None
    with nothing_changes(ledger, paid):
        for code in (new_code(), other.ticket_code, paid.ticket_code):
            assert ledger.orders.capture(attempt.id, new_tickets(order), code, LATER) == Change(paid)


def test_a_capture_may_come_after_the_deadline(ledger: Ledger, show: Event) -> None:
    """Time never ends processing, and neither does the end of sales."""
    order, attempt = paying(ledger, show)
    ledger.events.change(show.id, EventChange(status=EventStatus.CLOSED), None)
    assert list(ledger.orders.expire_due(None, LONG_AFTER, 10)) == []
    outcome = ledger.orders.capture(attempt.id, new_tickets(order), new_code(), LONG_AFTER)
    moved_to(outcome, OrderStatus.PAID, ledger)


def test_a_ticket_code_that_is_taken_changes_nothing(ledger: Ledger, show: Event) -> None:
    """The capture can be made with another code and the same tickets; a refunded order keeps its code too."""
    for status in (OrderStatus.PAID, OrderStatus.REFUNDED):
        code = order_in(ledger, show, status).ticket_code
        assert code is not None
        order, attempt = paying(ledger, show)
        tickets = new_tickets(order)
        with nothing_changes(ledger, order):
            assert ledger.orders.capture(attempt.id, tickets, code, NOW) == TicketCodeTaken(code)
            assert ledger.tickets.get(tickets[0].id) is None
        moved_to(ledger.orders.capture(attempt.id, tickets, new_code(), NOW), OrderStatus.PAID, ledger)
        assert list(ledger.tickets.of_order(order.id)) == tickets


def test_a_capture_for_a_cancelled_event_returns_the_money(ledger: Ledger, show: Event) -> None:
    """The order ends refunded, says why, gives its places back and has no tickets and no code."""
    order, attempt = paying(ledger, show)
    cancel_event(ledger, show)
    outcome = ledger.orders.capture(attempt.id, new_tickets(order), new_code(), LATER)
    ended = moved_to(outcome, OrderStatus.REFUNDED, ledger)
    assert ended == attrs.evolve(order, status=OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED)
    assert attempt_of(ledger, order.id).status is AttemptStatus.REFUNDING
    assert list(ledger.tickets.of_order(order.id)) == []
    assert steps_of(ledger, order.id)[2:] == [Step.NOT_SOLD]
    assert places_of(ledger, show) == (10, 0, 0, 2)
    with nothing_changes(ledger, ended):
        assert ledger.orders.capture(attempt.id, new_tickets(order), new_code(), LATER) == Change(ended)


def test_a_capture_for_a_declined_order_returns_the_money(ledger: Ledger, show: Event) -> None:
    """The order stays declined, without tickets; the journal tells once of the money on its way back."""
    order, attempt = paying(ledger, show)
    ledger.orders.decline(attempt.id, NOW)
    declined, before = order_of(ledger, order.id), event_of(ledger, show.id)
    for _ in range(2):
        assert ledger.orders.capture(attempt.id, new_tickets(order), new_code(), LATER) == Change(declined)
        assert attempt_of(ledger, order.id).status is AttemptStatus.REFUNDING
    assert event_of(ledger, show.id) == before
    assert steps_of(ledger, order.id) == [Step.RESERVED, Step.PAYMENT_STARTED, Step.DECLINED, Step.LATE_CHARGE]
    assert list(ledger.tickets.of_order(order.id)) == []
    ledger.orders.finish_refund(attempt.id, LATER)
    assert attempt_of(ledger, order.id).status is AttemptStatus.REFUNDED


def test_a_capture_after_a_refund_changes_nothing(ledger: Ledger, show: Event) -> None:
    """A late repetition does not bring the tickets back."""
    order = order_in(ledger, show, OrderStatus.REFUNDED)
    attempt = attempt_of(ledger, order.id)
    with nothing_changes(ledger, order):
        assert ledger.orders.capture(attempt.id, new_tickets(order), new_code(), LATER) == Change(order)


# decline


def test_a_declined_order_gives_its_places_back(ledger: Ledger, show: Event) -> None:
    """It says why it ended; the attempt is declined."""
    order, attempt = paying(ledger, show, 3)
    declined = moved_to(ledger.orders.decline(attempt.id, LATER), OrderStatus.DECLINED, ledger)
    assert declined == attrs.evolve(order, status=OrderStatus.DECLINED, problem=Problem.PAYMENT_DECLINED)
    assert attempt_of(ledger, order.id) == attempt.to(AttemptStatus.DECLINED)
    assert places_of(ledger, show) == (10, 0, 0, 2)
    assert list(ledger.orders.journal(order.id))[2:] == [journal.moved(declined, LATER)]
    assert outbox_of(ledger, order.id) == [order.id]


@pytest.mark.parametrize("status", [OrderStatus.DECLINED, OrderStatus.PAID, OrderStatus.REFUNDED])
def test_declining_what_is_decided_changes_nothing(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """A repetition, or an answer that comes after another one, hears the order as it is."""
    order = order_in(ledger, show, status)
    with nothing_changes(ledger, order):
        assert ledger.orders.decline(attempt_of(ledger, order.id).id, LATER) == Change(order)


# start_refund, finish_refund


def test_a_refund_gives_places_and_money_back(ledger: Ledger, show: Event) -> None:
    """The order is refunded, unused tickets are void, and a message is on its way to return the money."""
    order = order_in(ledger, show, OrderStatus.PAID, 3)
    attempt, tickets = attempt_of(ledger, order.id), list(ledger.tickets.of_order(order.id))
    ledger.tickets.admit(tickets[1].id, Scan("North", "scan"), NOW)
    refunded = moved_to(ledger.orders.start_refund(order.id, LATER), OrderStatus.REFUNDED, ledger)
    assert refunded == attrs.evolve(order, status=OrderStatus.REFUNDED)
    assert [ticket.status for ticket in ledger.tickets.of_order(order.id)] == [
        TicketStatus.VOID,
        TicketStatus.USED,
        TicketStatus.VOID,
    ]
    assert attempt_of(ledger, order.id) == attempt.to(AttemptStatus.REFUNDING)
    assert outbox_of(ledger, order.id) == [order.id, order.id]
    assert places_of(ledger, show) == (10, 0, 0, 3)
    assert ledger.orders.journal(order.id)[-1] == journal.moved(refunded, LATER)


def test_repeating_a_refund_changes_nothing(ledger: Ledger, show: Event) -> None:
    """Before and after the money went back: no second message, no places again."""
    order = order_in(ledger, show, OrderStatus.REFUNDED, 2)
    with nothing_changes(ledger, order):
        assert ledger.orders.start_refund(order.id, LATER) == Change(order)
    ledger.orders.finish_refund(attempt_of(ledger, order.id).id, LATER)
    with nothing_changes(ledger, order):
        assert ledger.orders.start_refund(order.id, LATER) == Change(order)


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.PAID, OrderStatus.REFUNDED}))
def test_an_order_that_is_not_paid_cannot_be_refunded(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """The refusal tells its status."""
    order = order_in(ledger, show, status)
    with nothing_changes(ledger, order):
        assert ledger.orders.start_refund(order.id, LATER) == OrderNotPaid(status.value)


def test_an_unknown_order_cannot_be_refunded(ledger: Ledger) -> None:
    """Nothing is put on its way."""
    assert ledger.orders.start_refund(NOBODY, NOW) == OrderNotFound()
    assert list(ledger.outbox.pending(10)) == []


def test_money_that_went_back_is_recorded_once(ledger: Ledger, show: Event) -> None:
    """The attempt is refunded, with one journal entry; a repetition changes nothing."""
    order = order_in(ledger, show, OrderStatus.REFUNDED)
    attempt = attempt_of(ledger, order.id)
    ledger.orders.finish_refund(attempt.id, LATER)
    assert attempt_of(ledger, order.id) == attempt.to(AttemptStatus.REFUNDED)
    assert ledger.orders.journal(order.id)[-1] == journal.money_returned(order.id, LATER)
    assert order_of(ledger, order.id) == order
    with nothing_changes(ledger, order):
        ledger.orders.finish_refund(attempt.id, LONG_AFTER)


@pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.PAID, OrderStatus.DECLINED])
def test_no_money_goes_back_before_a_refund_has_begun(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """Finishing what was not started changes nothing."""
    order = order_in(ledger, show, status)
    with nothing_changes(ledger, order):
        ledger.orders.finish_refund(attempt_of(ledger, order.id).id, LATER)


# cancel


def test_a_cancelled_reservation_gives_its_places_back(ledger: Ledger, show: Event) -> None:
    """Until a millisecond before its deadline, and even if its event has begun or was cancelled."""
    order = reserve(ledger, show, 3)
    cancel_event(ledger, show)
    cancelled = moved_to(ledger.orders.cancel(order.id, DEADLINE - MILLISECOND), OrderStatus.CANCELLED, ledger)
    assert cancelled == attrs.evolve(order, status=OrderStatus.CANCELLED)
    assert places_of(ledger, show) == (10, 0, 0, 2)
    assert list(ledger.orders.journal(order.id))[1:] == [journal.moved(cancelled, DEADLINE - MILLISECOND)]


def test_cancelling_again_answers_the_cancelled_order(ledger: Ledger, show: Event) -> None:
    """Without stock, also after the deadline."""
    order = order_in(ledger, show, OrderStatus.CANCELLED)
    with nothing_changes(ledger, order):
        assert ledger.orders.cancel(order.id, NOW) == Change(order)
        assert ledger.orders.cancel(order.id, LONG_AFTER) == Change(order)


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.RESERVED, OrderStatus.CANCELLED}))
def test_only_a_reserved_order_can_be_cancelled(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """The refusal tells its status."""
    order = order_in(ledger, show, status)
    with nothing_changes(ledger, order):
        assert ledger.orders.cancel(order.id, NOW) == OrderNotCancellable(status.value)


def test_a_reservation_past_its_deadline_cannot_be_cancelled(ledger: Ledger, show: Event) -> None:
    """At its deadline it has expired; the refusal expires it no further."""
    order = reserve(ledger, show)
    with nothing_changes(ledger, order):
        assert ledger.orders.cancel(order.id, DEADLINE) == OrderNotCancellable("expired")


def test_an_unknown_order_cannot_be_cancelled(ledger: Ledger) -> None:
    """There is no such order."""
    assert ledger.orders.cancel(NOBODY, NOW) == OrderNotFound()


# expire_due


def test_a_reservation_expires_at_its_deadline(ledger: Ledger, show: Event) -> None:
    """It lives until a millisecond before; then it says why it ended and gives its places back."""
    order = reserve(ledger, show, 3)
    with nothing_changes(ledger, order):
        assert list(ledger.orders.expire_due(show.id, DEADLINE - MILLISECOND, 10)) == []
    (change,) = ledger.orders.expire_due(show.id, DEADLINE, 10)
    expired = moved_to(change, OrderStatus.EXPIRED, ledger)
    assert expired == attrs.evolve(order, status=OrderStatus.EXPIRED, problem=Problem.RESERVATION_EXPIRED)
    assert places_of(ledger, show) == (10, 0, 0, 2)
    assert list(ledger.orders.journal(order.id))[1:] == [journal.moved(expired, DEADLINE)]


def test_an_expired_order_does_not_expire_again(ledger: Ledger, show: Event) -> None:
    """A second sweep finds nothing."""
    order = order_in(ledger, show, OrderStatus.EXPIRED)
    with nothing_changes(ledger, order):
        assert list(ledger.orders.expire_due(show.id, LONG_AFTER, 10)) == []
        assert list(ledger.orders.expire_due(None, LONG_AFTER, 10)) == []


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.RESERVED}))
def test_time_ends_no_other_order(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """Only reserved orders expire."""
    order = order_in(ledger, show, status)
    with nothing_changes(ledger, order):
        assert list(ledger.orders.expire_due(None, LONG_AFTER, 10)) == []


def test_the_due_reservations_of_one_event_expire(ledger: Ledger, show: Event) -> None:
    """Other events' reservations, and those that are not due yet, stay."""
    due = {reserve(ledger, show, 2).id for _ in range(3)}
    alive = reserve(ledger, show, 1, DEADLINE + MILLISECOND)
    elsewhere = reserve(ledger, add_show(ledger, new_show()))
    changes = ledger.orders.expire_due(show.id, DEADLINE, 10)
    assert {change.order.id for change in changes} == due
    assert places_of(ledger, show)[:3] == (9, 1, 0)
    assert order_of(ledger, alive.id) == alive
    assert order_of(ledger, elsewhere.id) == elsewhere


def test_the_due_reservations_of_all_events_expire(ledger: Ledger) -> None:
    """Without an event every one that is due goes; each change tells its own event's stock."""
    shows = [add_show(ledger, new_show()) for _ in range(3)]
    due = {reserve(ledger, event, 2).id: event.id for event in shows for _ in range(2)}
    changes = ledger.orders.expire_due(None, DEADLINE, 100)
    assert {change.order.id: change.order.event_id for change in changes} == due
    assert all(change.stock and change.stock.event_id == change.order.event_id for change in changes)
    assert [places_of(ledger, event) for event in shows] == [(10, 0, 0, 4)] * 3


def test_every_expired_order_is_a_change_of_its_own(ledger: Ledger, show: Event) -> None:
    """Each raises the version by one, and its stock is the row's at that moment."""
    for _ in range(4):
        reserve(ledger, show, 2)
    changes = ledger.orders.expire_due(show.id, DEADLINE, 10)
    stocks = [(change.stock.version, change.stock.available) for change in changes if change.stock]
    assert stocks == [(5, 4), (6, 6), (7, 8), (8, 10)]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_at_most_limit_reservations_expire_at_once(ledger: Ledger, show: Event, limit: int) -> None:
    """The others are left for the next call, of one event as of all."""
    for event in (show, add_show(ledger, new_show())):
        due = {reserve(ledger, event).id for _ in range(5)}
        wanted = event.id if event is show else None
        found: list[OrderId] = []
        while changes := ledger.orders.expire_due(wanted, DEADLINE, limit):
            assert len(changes) <= limit
            assert len(changes) == limit or len(found) + len(changes) == 5
            found += [change.order.id for change in changes]
            assert audit_of(ledger, event.id).is_conserved
        assert sorted(found) == sorted(due)


def test_an_unknown_event_has_nothing_to_expire(ledger: Ledger, show: Event) -> None:
    """Nobody's reservations go."""
    order = reserve(ledger, show)
    with nothing_changes(ledger, order):
        assert list(ledger.orders.expire_due(EventId("nowhere"), LONG_AFTER, 10)) == []


# advance


def test_the_cursor_moves_step_by_step(ledger: Ledger, show: Event) -> None:
    """Each step is answered, kept and written to the journal; no places move."""
    order = order_in(ledger, show, OrderStatus.PAID)
    before = event_of(ledger, show.id)
    for moment, step in ((LATER, Fulfilment.STORED), (LONG_AFTER, Fulfilment.NOTIFIED)):
        after = attrs.evolve(order, fulfilment=step)
        assert ledger.orders.advance(order.id, step, moment) == after == order_of(ledger, order.id)
        assert ledger.orders.journal(order.id)[-1] == journal.advanced(after, moment)
    assert event_of(ledger, show.id) == before
    assert steps_of(ledger, order.id)[-2:] == [Step.STORED, Step.NOTIFIED]


@pytest.mark.parametrize("reached", [Fulfilment.ISSUED, Fulfilment.STORED, Fulfilment.NOTIFIED])
def test_a_cursor_that_is_there_or_further_stays(ledger: Ledger, show: Event, reached: Fulfilment) -> None:
    """The order is answered as it is."""
    order = order_in(ledger, show, OrderStatus.PAID)
    steps = [Fulfilment.ISSUED, Fulfilment.STORED, Fulfilment.NOTIFIED]
    behind = steps[: steps.index(reached) + 1]
    for step in behind[1:]:
        ledger.orders.advance(order.id, step, NOW)
    order = order_of(ledger, order.id)
    with nothing_changes(ledger, order):
        assert [ledger.orders.advance(order.id, step, LATER) for step in behind] == [order] * len(behind)


def test_the_cursor_leaves_no_step_out(ledger: Ledger, show: Event) -> None:
    """Tickets are not notified before they are stored."""
    order = order_in(ledger, show, OrderStatus.PAID)
    with nothing_changes(ledger, order):
        assert ledger.orders.advance(order.id, Fulfilment.NOTIFIED, NOW) == order


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.PAID}))
def test_an_order_that_is_not_paid_has_no_cursor_to_move(ledger: Ledger, show: Event, status: OrderStatus) -> None:
    """A refund that came between is answered with nothing, as is any other status."""
    order = order_in(ledger, show, status)
    with nothing_changes(ledger, order):
        for step in (Fulfilment.STORED, Fulfilment.NOTIFIED):
            assert ledger.orders.advance(order.id, step, NOW) is None


# note, journal


@pytest.mark.parametrize("text", TEXTS, ids=label)
def test_a_note_is_kept_letter_by_letter(ledger: Ledger, show: Event, text: str) -> None:
    """It goes to the end of its order's journal and changes nothing else."""
    order = reserve(ledger, show)
    entries = [journal.failed(order, LATER, text), journal.mail_refused(order, LATER, text)]
    before = event_of(ledger, show.id)
    for entry in entries:
        ledger.orders.note(entry)
    assert list(ledger.orders.journal(order.id))[1:] == entries
    assert (order_of(ledger, order.id), event_of(ledger, show.id)) == (order, before)


def test_the_journal_is_told_oldest_first(ledger: Ledger, show: Event) -> None:
    """Entries come in the order in which they were written, even within one millisecond; each order has its own."""
    order, other = reserve(ledger, show), reserve(ledger, show)
    for number in range(12):
        ledger.orders.note(journal.failed((order, other)[number % 2], NOW, str(number)))
    told = [entry.facts.get("reason") for entry in ledger.orders.journal(order.id)]
    assert told == [None, "0", "2", "4", "6", "8", "10"]


def test_a_whole_life_is_in_the_journal(ledger: Ledger, show: Event) -> None:
    """From the reservation to the money's return, one entry for each move and admission."""
    order = order_in(ledger, show, OrderStatus.PAID, 2)
    ledger.orders.advance(order.id, Fulfilment.STORED, NOW)
    ledger.orders.advance(order.id, Fulfilment.NOTIFIED, NOW)
    ledger.tickets.admit(ledger.tickets.of_order(order.id)[0].id, Scan("North", "scan"), NOW)
    ledger.orders.start_refund(order.id, NOW)
    ledger.orders.finish_refund(attempt_of(ledger, order.id).id, NOW)
    assert steps_of(ledger, order.id) == [
        Step.RESERVED,
        Step.PAYMENT_STARTED,
        Step.PAID,
        Step.STORED,
        Step.NOTIFIED,
        Step.ADMITTED,
        Step.REFUND_STARTED,
        Step.REFUNDED,
    ]
