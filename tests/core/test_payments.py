"""An order whose charge succeeded ends with exactly one of its tickets and its money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import (
    ATTEMPT,
    CODE,
    DEADLINE,
    DOORS,
    MILLISECOND,
    NOW,
    ORDER,
    ORDER_ID,
    ORDERS,
    RECORDS,
    TICKET,
    statuses_but,
)
from ticketcore.domain import deliveries, journal, payments
from ticketcore.domain.attempts import Attempt, AttemptStatus
from ticketcore.domain.decisions import Decision, OrderRecord, PlaceShift, place_shift
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import AttemptId, TicketCode, TicketId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import OrderStatus, Problem
from ticketcore.domain.refusals import (
    OrderNotPaid,
    OrderNotPayable,
    PaymentDeclined,
    Refusal,
    ReservationExpired,
    SalesClosed,
    TicketAlreadyUsed,
)
from ticketcore.domain.reservations import as_of, cancel
from ticketcore.domain.tickets import Admission

LATE = DEADLINE + timedelta(days=1)
TICKETS = (TICKET, attrs.evolve(TICKET, id=TicketId("another"), number=2))
OTHER_CODE = TicketCode("00000-00000")
RESERVED, PROCESSING, PAID = (
    RECORDS[status] for status in (OrderStatus.RESERVED, OrderStatus.PROCESSING, OrderStatus.PAID)
)


def start(record: OrderRecord, now: datetime = NOW) -> Decision | payments.StartRefusal:
    return payments.start(record, ATTEMPT.id, "tok_approved", now)


def capture(record: OrderRecord) -> Decision:
    return payments.capture(record, TICKETS, CODE, NOW)


def with_event(record: OrderRecord, status: EventStatus) -> OrderRecord:
    return attrs.evolve(record, event_status=status)


def with_attempt(record: OrderRecord, status: AttemptStatus) -> OrderRecord:
    return attrs.evolve(record, attempt=attrs.evolve(ATTEMPT, status=status))


# Every sequence of decisions


@attrs.frozen
class Life:
    """An order's record, whether the gateway has charged it, and whether its buyer has valid tickets."""

    record: OrderRecord
    charged: bool = False
    has_tickets: bool = False

    @property
    def money_goes_back(self) -> bool:
        attempt = self.record.attempt
        return attempt is not None and attempt.status in {AttemptStatus.REFUNDING, AttemptStatus.REFUNDED}

    def after(self, decision: Decision, *, charged: bool = False) -> Life:
        """Return what a decision makes of it; revisions are left out, so that the lives are finitely many."""
        record = attrs.evolve(self.record.after(decision), revision=0)
        has_tickets = (self.has_tickets or bool(decision.issued)) and not decision.voids
        return Life(record, self.charged or charged, has_tickets)


Happening = Callable[[OrderRecord], Decision | Refusal]

#: All that can happen to an order, in any order and any number of times.
HAPPENINGS: dict[str, Happening] = {
    "start": start,
    "start again": lambda record: payments.start(record, AttemptId("another"), "tok_declined", NOW),
    "start, late": lambda record: start(record, LATE),
    "capture": capture,
    "decline": lambda record: payments.decline(record, NOW),
    "start refund": lambda record: payments.start_refund(record, TICKETS, NOW),
    "finish refund": lambda record: payments.finish_refund(record, NOW),
    "finish cancellation": lambda record: payments.finish_cancellation(record, NOW),
    "expire": lambda record: attrs.evolve(record.unchanged(), order=as_of(record.order, LATE)),
    "cancel": lambda record: cancel(record, NOW),
}

BEGINNING = Life(attrs.evolve(RESERVED, revision=0))


def happen(life: Life, name: str, event_status: EventStatus = EventStatus.ON_SALE) -> Life:
    """Return the life after one happening, while its event has this status."""
    known = attrs.evolve(life, record=with_event(life.record, event_status))
    outcome = HAPPENINGS[name](known.record)
    # A gateway charges an order that has an attempt.
    charged = name == "capture" and life.record.attempt is not None
    return known.after(outcome, charged=charged) if isinstance(outcome, Decision) else known


def reachable() -> set[Life]:
    """Return every life that any sequence of happenings leads to."""
    seen = {BEGINNING}
    fresh = [BEGINNING]
    while fresh:
        life = fresh.pop()
        following = {happen(life, name, status) for name in HAPPENINGS for status in EventStatus} - seen
        seen |= following
        fresh += following
    return seen


def test_every_sequence_ends_in_a_known_state() -> None:
    """Of all pairs of an order's and its attempt's status, twelve can come about."""
    records = [life.record for life in reachable()]
    pairs = {(record.order.status.value, record.attempt and record.attempt.status.value) for record in records}

    assert pairs == {
        ("reserved", None),
        ("expired", None),
        ("cancelled", None),
        ("processing", "pending"),
        ("paid", "captured"),
        ("declined", "declined"),
        ("declined", "refunding"),
        ("declined", "refunded"),
        ("refunded", "cancelling"),
        ("refunded", "cancelled"),
        ("refunded", "refunding"),
        ("refunded", "refunded"),
    }


def test_a_charge_ends_in_exactly_one_of_tickets_and_money() -> None:
    """In every state that can come about, charged means one of the two, and not charged means neither."""
    for life in reachable():
        assert life.has_tickets + life.money_goes_back == life.charged


@pytest.mark.parametrize("event_status", EventStatus)
@pytest.mark.parametrize("name", HAPPENINGS)
def test_every_rule_is_idempotent(name: str, event_status: EventStatus) -> None:
    """In every state that can come about, repeating a happening changes nothing."""
    for life in reachable():
        once = happen(life, name, event_status)
        assert happen(once, name, event_status) == once


@pytest.mark.parametrize("name", sorted(HAPPENINGS.keys() - {"expire"}))
def test_every_change_has_one_journal_entry(name: str) -> None:
    """It is the order's, of the moment of the decision; a decision without one writes nothing."""
    for life in reachable():
        outcome = HAPPENINGS[name](life.record)
        if isinstance(outcome, Decision) and outcome != life.record.unchanged():
            (entry,) = outcome.entries
            assert (entry.order_id, entry.at) == (ORDER_ID, NOW)


@given(st.sampled_from(["capture", "decline"]), st.lists(st.sampled_from(sorted(HAPPENINGS))))
def test_a_gateways_answer_may_come_again_at_any_time(answer: str, meanwhile: list[str]) -> None:
    """One that was recorded before changes nothing, however much has happened since."""
    life = BEGINNING
    for name in ["start", answer, *meanwhile]:
        life = happen(life, name)

    assert happen(life, answer) == life


# start


def test_a_confirmation_starts_the_payment() -> None:
    """The order is processing, with a pending attempt over its total, a message and a journal entry."""
    processing = ORDERS[OrderStatus.PROCESSING]

    assert start(RESERVED) == Decision(
        processing, ATTEMPT, enqueues=True, entries=(journal.transition(processing, NOW),)
    )


@pytest.mark.parametrize("now", [NOW, LATE])
@pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.PAID])
def test_a_second_confirmation_changes_nothing(status: OrderStatus, now: datetime) -> None:
    """Its attempt and its token are not recorded, now or long after the deadline, whatever became of the event."""
    for event_status in EventStatus:
        record = with_event(RECORDS[status], event_status)

        assert payments.start(record, AttemptId("another"), "tok_declined", now) == record.unchanged()


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (OrderStatus.EXPIRED, ReservationExpired(DEADLINE)),
        (OrderStatus.CANCELLED, OrderNotPayable("cancelled")),
        (OrderStatus.DECLINED, PaymentDeclined()),
        (OrderStatus.REFUNDED, OrderNotPayable("refunded")),
    ],
)
def test_an_order_that_has_ended_cannot_be_paid(status: OrderStatus, refusal: Refusal) -> None:
    """The refusal says why, whatever the event's status and the time."""
    for event_status in EventStatus:
        for now in (NOW, LATE):
            assert start(with_event(RECORDS[status], event_status), now) == refusal


def test_a_reservation_can_be_paid_until_its_deadline() -> None:
    """One millisecond before it is early enough; at it the reservation has expired, whether or not a sweep recorded it."""
    early = start(RESERVED, DEADLINE - MILLISECOND)

    assert isinstance(early, Decision)
    assert early.order == ORDERS[OrderStatus.PROCESSING]
    for late in (DEADLINE, DEADLINE + MILLISECOND, LATE):
        assert start(RESERVED, late) == ReservationExpired(DEADLINE)


@pytest.mark.parametrize("event_status", EventStatus)
def test_only_a_cancelled_event_keeps_a_reservation_from_being_paid(event_status: EventStatus) -> None:
    """A buyer who has reserved may pay after sales have closed."""
    outcome = start(with_event(RESERVED, event_status))

    if event_status is EventStatus.CANCELLED:
        assert outcome == SalesClosed("cancelled")
    else:
        assert outcome == start(RESERVED)


def test_a_reservation_can_be_paid_after_the_event_has_begun() -> None:
    """Its own deadline is the only one."""
    record = attrs.evolve(RESERVED, order=attrs.evolve(ORDER, expires_at=DOORS + timedelta(hours=1)))

    assert isinstance(start(record, DOORS), Decision)


def test_a_due_reservation_of_a_cancelled_event_has_expired() -> None:
    """The deadline is looked at first."""
    assert start(with_event(RESERVED, EventStatus.CANCELLED), DEADLINE) == ReservationExpired(DEADLINE)


# capture


def test_an_approved_charge_is_the_sale() -> None:
    """The order is paid under its code, the attempt captured, the tickets issued and their mail asked for."""
    paid = ORDERS[OrderStatus.PAID]

    assert capture(PROCESSING) == Decision(
        paid,
        ATTEMPT.to(AttemptStatus.CAPTURED),
        issued=TICKETS,
        deliveries=(deliveries.asked(paid.id, DeliveryKind.TICKETS, PROCESSING.revision, NOW),),
        entries=(journal.transition(paid, NOW),),
    )


@pytest.mark.parametrize("event_status", [EventStatus.DRAFT, EventStatus.CLOSED])
def test_a_charge_may_be_approved_after_the_deadline_and_the_end_of_sales(event_status: EventStatus) -> None:
    """Time never ends processing, and neither does the end of sales."""
    decision = payments.capture(with_event(PROCESSING, event_status), TICKETS, CODE, LATE)

    assert (decision.order, decision.issued) == (attrs.evolve(ORDERS[OrderStatus.PAID], paid_at=LATE), TICKETS)


def test_a_repeated_capture_keeps_the_first_code_and_tickets() -> None:
    """Other tickets and another code change nothing, nor does an event that was cancelled since."""
    for event_status in EventStatus:
        record = with_event(PAID, event_status)

        assert payments.capture(record, (TICKET,), OTHER_CODE, LATE) == record.unchanged()


def test_a_capture_for_a_cancelled_event_returns_the_money() -> None:
    """The order is refunded and says why, without code or tickets."""
    refunded = ORDERS[OrderStatus.PROCESSING].to(OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED)
    decision = capture(with_event(PROCESSING, EventStatus.CANCELLED))

    assert decision == Decision(
        refunded, ATTEMPT.to(AttemptStatus.REFUNDING), entries=(journal.transition(refunded, NOW),)
    )
    assert decision.entries[0].step is Step.NOT_SOLD
    assert refunded.ticket_code is None


@pytest.mark.parametrize("event_status", EventStatus)
@pytest.mark.parametrize("status", statuses_but(OrderStatus.PROCESSING))
def test_a_late_charge_is_returned(status: OrderStatus, event_status: EventStatus) -> None:
    """An order that is no longer processing stays as it is, and a charge that was still pending is returned."""
    record = with_event(with_attempt(RECORDS[status], AttemptStatus.PENDING), event_status)

    assert capture(record) == Decision(
        record.order, ATTEMPT.to(AttemptStatus.REFUNDING), entries=(journal.late_charge(record.order, NOW),)
    )


def test_a_charge_after_a_decline_is_returned() -> None:
    """A gateway that changes its mind does not bring a declined order back to life."""
    declined = RECORDS[OrderStatus.DECLINED]
    decision = capture(declined)

    assert decision.order == declined.order
    assert decision.attempt == attrs.evolve(ATTEMPT, status=AttemptStatus.REFUNDING, token=None)
    assert not decision.issued


def test_a_declined_attempt_never_pays_an_order() -> None:
    """Even if the order were still processing, tickets come of an attempt that was never declined."""
    decision = capture(with_attempt(PROCESSING, AttemptStatus.DECLINED))

    assert (decision.order, decision.issued) == (PROCESSING.order, ())
    assert decision.attempt == attrs.evolve(ATTEMPT, status=AttemptStatus.REFUNDING, token=None)


@pytest.mark.parametrize("known", [AttemptStatus.CAPTURED, AttemptStatus.REFUNDING, AttemptStatus.REFUNDED])
@pytest.mark.parametrize("status", OrderStatus)
def test_a_charge_that_was_recorded_is_not_recorded_again(status: OrderStatus, known: AttemptStatus) -> None:
    """Once captured or on its way back, an approval changes nothing, whatever the order's status."""
    record = with_attempt(RECORDS[status], known)

    assert capture(record) == record.unchanged()


@pytest.mark.parametrize("status", OrderStatus)
def test_without_an_attempt_there_is_nothing_to_capture_or_decline(status: OrderStatus) -> None:
    """No rule invents an attempt."""
    record = attrs.evolve(RECORDS[status], attempt=None)

    assert capture(record) == payments.decline(record, NOW) == record.unchanged()


# decline


def test_a_refused_charge_declines_the_order() -> None:
    """The order has ended and says why, and its attempt is declined."""
    declined = ORDERS[OrderStatus.DECLINED]

    assert payments.decline(PROCESSING, NOW) == Decision(
        declined, ATTEMPT.to(AttemptStatus.DECLINED), entries=(journal.transition(declined, NOW),)
    )
    assert declined.problem is Problem.PAYMENT_DECLINED


@pytest.mark.parametrize("event_status", EventStatus)
def test_a_charge_may_be_refused_whatever_became_of_the_event(event_status: EventStatus) -> None:
    """Nothing was charged, so that nothing goes back."""
    assert payments.decline(with_event(PROCESSING, event_status), NOW) == payments.decline(PROCESSING, NOW)


@pytest.mark.parametrize("known", [status for status in AttemptStatus if status is not AttemptStatus.PENDING])
@pytest.mark.parametrize("status", OrderStatus)
def test_a_decline_ends_nothing_but_a_pending_attempt(status: OrderStatus, known: AttemptStatus) -> None:
    """The outcome of a charge is kept, whatever the order's status."""
    record = with_attempt(RECORDS[status], known)

    assert payments.decline(record, NOW) == record.unchanged()


@pytest.mark.parametrize("status", statuses_but(OrderStatus.PROCESSING))
def test_a_decline_ends_nothing_but_a_processing_order(status: OrderStatus) -> None:
    """A refusal that comes late changes nothing, though the attempt be pending."""
    record = with_attempt(RECORDS[status], AttemptStatus.PENDING)

    assert payments.decline(record, NOW) == record.unchanged()


# give_up and finish_cancellation


@pytest.mark.parametrize("event_status", EventStatus)
def test_a_payment_that_is_given_up_ends_the_order(event_status: EventStatus) -> None:
    """The places go back at once, the charge is to be cancelled, and the order says why it has ended."""
    is_cancelled = event_status is EventStatus.CANCELLED
    problem = Problem.SALES_CLOSED if is_cancelled else Problem.PAYMENT_GIVEN_UP
    ended = PROCESSING.order.to(OrderStatus.REFUNDED, problem=problem)
    record = with_event(PROCESSING, event_status)

    assert payments.give_up(record, NOW) == Decision(
        ended,
        attrs.evolve(ATTEMPT, status=AttemptStatus.CANCELLING, token=None),
        enqueues=True,
        entries=(journal.given_up(ended, NOW),),
    )
    assert payments.start_refund(record, TICKETS, NOW) == payments.give_up(record, NOW)
    assert ended.places == 0


@pytest.mark.parametrize("status", statuses_but(OrderStatus.PROCESSING))
def test_only_a_payment_that_is_awaited_can_be_given_up(status: OrderStatus) -> None:
    """Of any other order nothing changes."""
    record = RECORDS[status]

    assert payments.give_up(record, NOW) == record.unchanged()


def given_up() -> OrderRecord:
    decision = payments.give_up(PROCESSING, NOW)
    return PROCESSING.after(decision)


def test_a_cancelled_charge_is_recorded_once() -> None:
    """Nothing else changes; of an attempt that is not being cancelled nothing does."""
    record = given_up()
    decision = payments.finish_cancellation(record, LATE)

    assert decision == Decision(
        record.order,
        attrs.evolve(ATTEMPT, status=AttemptStatus.CANCELLED, token=None),
        entries=(journal.payment_cancelled(record.order.id, LATE),),
    )
    for other in (record.after(decision), PROCESSING, PAID, RESERVED):
        assert payments.finish_cancellation(other, LATE) == other.unchanged()


@pytest.mark.parametrize("was_cancelled", [False, True])
def test_a_charge_that_succeeds_after_it_was_given_up_is_returned(was_cancelled: bool) -> None:
    """Whether or not the gateway said before that it had cancelled the charge."""
    record = given_up()
    if was_cancelled:
        record = record.after(payments.finish_cancellation(record, NOW))

    assert capture(record) == Decision(
        record.order,
        attrs.evolve(ATTEMPT, status=AttemptStatus.REFUNDING, token=None),
        entries=(journal.late_charge(record.order, NOW),),
    )


# start_refund and finish_refund


def test_a_refund_ends_a_paid_order() -> None:
    """The order is refunded, unused tickets are void, and a message is on its way to return the money."""
    refunded = ORDERS[OrderStatus.REFUNDED]

    assert payments.start_refund(PAID, TICKETS, NOW) == Decision(
        refunded,
        attrs.evolve(ATTEMPT, status=AttemptStatus.REFUNDING, token=None),
        voids=tuple(ticket.number for ticket in TICKETS),
        enqueues=True,
        deliveries=(deliveries.asked(refunded.id, DeliveryKind.REFUND, PAID.revision, NOW),),
        entries=(journal.refund_started(refunded, len(TICKETS), NOW),),
    )
    assert refunded.places == 0


def test_a_used_ticket_refuses_a_refund() -> None:
    """The refusal says when and where it was used."""
    used = attrs.evolve(TICKETS[1], admission=Admission(LATE, "north", "scan-1"))

    assert payments.start_refund(PAID, (TICKETS[0], used), LATE) == TicketAlreadyUsed(LATE, "north")


def test_a_refund_of_used_tickets_keeps_their_places() -> None:
    """Their money goes back, and each stays used: only the places of the others are free."""
    used = attrs.evolve(TICKETS[1], admission=Admission(NOW, "north", "scan-1"))
    decision = payments.start_refund(PAID, (TICKETS[0], used), LATE, include_used=True)

    assert isinstance(decision, Decision)
    assert decision.voids == (TICKETS[0].number,)
    assert (decision.order.status, decision.order.places, decision.order.sold) == (OrderStatus.REFUNDED, 1, 1)
    assert place_shift(PAID.order, decision.order) == PlaceShift(0, -1, -2)
    assert decision.entries == (journal.refund_started(decision.order, 1, LATE),)


@pytest.mark.parametrize("event_status", EventStatus)
def test_a_paid_order_can_be_refunded_whatever_became_of_its_event(event_status: EventStatus) -> None:
    """An event that was cancelled is what most refunds are for."""
    assert payments.start_refund(with_event(PAID, event_status), TICKETS, LATE) == payments.start_refund(
        PAID, TICKETS, LATE
    )


@pytest.mark.parametrize("known", [AttemptStatus.REFUNDING, AttemptStatus.REFUNDED])
def test_a_repeated_refund_changes_nothing(known: AttemptStatus) -> None:
    """Before and after the money went back: no second message, no places again."""
    record = with_attempt(RECORDS[OrderStatus.REFUNDED], known)

    assert payments.start_refund(record, TICKETS, LATE) == record.unchanged()


@pytest.mark.parametrize("attempt", [None, ATTEMPT])
@pytest.mark.parametrize("status", statuses_but(OrderStatus.PROCESSING, OrderStatus.PAID, OrderStatus.REFUNDED))
def test_only_a_paid_order_can_be_refunded(status: OrderStatus, attempt: Attempt | None) -> None:
    """Every other order refuses and says in which status it is, whether or not there was an attempt."""
    record = attrs.evolve(RECORDS[status], attempt=attempt)

    assert payments.start_refund(record, TICKETS, NOW) == OrderNotPaid(status.value)


@pytest.mark.parametrize(("now", "status"), [(DEADLINE - MILLISECOND, "reserved"), (DEADLINE, "expired")])
def test_a_reservation_past_its_deadline_refuses_a_refund_as_expired(now: datetime, status: str) -> None:
    """Whether or not a sweep has recorded it."""
    assert payments.start_refund(RESERVED, (), now) == OrderNotPaid(status)


def test_a_paid_order_without_an_attempt_has_no_money_to_return() -> None:
    """It refuses, rather than to promise money that was never taken."""
    assert payments.start_refund(attrs.evolve(PAID, attempt=None), TICKETS, NOW) == OrderNotPaid("paid")


@pytest.mark.parametrize("status", [OrderStatus.REFUNDED, OrderStatus.DECLINED])
def test_a_refund_is_finished_once(status: OrderStatus) -> None:
    """The attempt is refunded, with one journal entry; the order stays as it is, and repeating changes nothing."""
    record = with_attempt(RECORDS[status], AttemptStatus.REFUNDING)
    decision = payments.finish_refund(record, NOW)
    after = record.after(decision)

    assert decision == Decision(
        record.order,
        attrs.evolve(ATTEMPT, status=AttemptStatus.REFUNDED, token=None),
        entries=(journal.money_returned(ORDER_ID, NOW),),
    )
    assert payments.finish_refund(after, LATE) == after.unchanged()


@pytest.mark.parametrize("known", [status for status in AttemptStatus if status is not AttemptStatus.REFUNDING])
@pytest.mark.parametrize("status", OrderStatus)
def test_a_refund_that_has_not_begun_cannot_be_finished(status: OrderStatus, known: AttemptStatus) -> None:
    """Nothing changes, whatever the order's status, and without an attempt either."""
    record = with_attempt(RECORDS[status], known)
    without_attempt = attrs.evolve(record, attempt=None)

    assert payments.finish_refund(record, NOW) == record.unchanged()
    assert payments.finish_refund(without_attempt, NOW) == without_attempt.unchanged()


@pytest.mark.parametrize("known", AttemptStatus)
def test_money_is_on_its_way_back_while_its_attempt_is_refunding(known: AttemptStatus) -> None:
    """A worker asks this before it calls the gateway."""
    assert payments.is_refunding(with_attempt(PAID, known)) == (known is AttemptStatus.REFUNDING)
    assert not payments.is_refunding(RESERVED)
