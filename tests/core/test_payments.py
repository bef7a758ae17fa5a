"""An order whose charge succeeded ends with exactly one of its tickets and its money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

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
from ticketcore.domain.attempts import (
    ActionType,
    Attempt,
    AttemptStatus,
    Payment,
    PaymentAction,
    PaymentMethod,
    PaymentStatus,
    Refund,
)
from ticketcore.domain.decisions import Decision, OrderRecord, PlaceShift, place_shift
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import AttemptId, TicketCode, TicketId
from ticketcore.domain.journal import Step
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.refusals import (
    InvalidRequest,
    OrderNotPaid,
    OrderNotPayable,
    PaymentDeclined,
    Refusal,
    ReservationExpired,
    SalesClosed,
    TicketAlreadyUsed,
    TicketNotFound,
)
from ticketcore.domain.reservations import as_of, cancel
from ticketcore.domain.tickets import Admission
from ticketcore_testing import changes

LATE = DEADLINE + timedelta(days=1)
TICKETS = (TICKET, attrs.evolve(TICKET, id=TicketId("another"), number=2))
OTHER_CODE = TicketCode("00000-00000")
RESERVED, PROCESSING, PAID = (
    RECORDS[status] for status in (OrderStatus.RESERVED, OrderStatus.PROCESSING, OrderStatus.PAID)
)


def paid_by_gateway(
    status: PaymentStatus, refunded: int, action: PaymentAction | None = None, until: datetime | None = None
) -> Payment:
    money = Money(refunded, ORDER.total.currency)
    return Payment(status, action, until, method=PaymentMethod.GATEWAY, refunded=money)


def start(record: OrderRecord, now: datetime = NOW) -> Decision | payments.StartRefusal:
    return payments.start(record, ATTEMPT.id, "tok_approved", now)


def capture(record: OrderRecord) -> Decision:
    return payments.capture(record, TICKETS, CODE, NOW)


def with_event(record: OrderRecord, status: EventStatus) -> OrderRecord:
    return attrs.evolve(record, event_status=status)


def with_attempt(record: OrderRecord, status: AttemptStatus) -> OrderRecord:
    attempt = attrs.evolve(ATTEMPT, status=status)
    if status in {AttemptStatus.REFUNDING, AttemptStatus.REFUNDED}:
        attempt = owing(ATTEMPT)
    if status is AttemptStatus.REFUNDED:
        attempt = attempt.after_refund()
    return attrs.evolve(record, order=attrs.evolve(record.order, payment=attempt.payment), attempt=attempt)


def owing(attempt: Attempt) -> Attempt:
    """Return an attempt all of whose money is on its way back."""
    return attempt.owing(attempt.amount.minor)


def decided(order: Order, attempt: Attempt, **rest: Any) -> Decision:
    """Return a decision whose order shows the payment of its attempt."""
    return Decision(attrs.evolve(order, payment=attempt.payment), attempt, **rest)


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
    "finish refund": lambda record: payments.finish_refund(record, changes.requested(record), NOW),
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

    assert start(RESERVED) == decided(
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


def test_a_refusal_that_tells_a_time_knows_the_zone_of_the_event() -> None:
    """Of an order that was not paid in time, and of a ticket that was used."""
    there = attrs.evolve(RESERVED, timezone="America/Sao_Paulo")
    used = attrs.evolve(TICKETS[0], admission=Admission(NOW, "north", "scan-1"))
    refused = start(there, LATE), payments.start_refund(attrs.evolve(PAID, timezone="America/Sao_Paulo"), (used,), LATE)

    for each in refused:
        assert isinstance(each, ReservationExpired | TicketAlreadyUsed)
        assert each.timezone == "America/Sao_Paulo"


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


def test_an_order_of_nothing_needs_no_token_and_no_gateway() -> None:
    """A token that comes all the same is not kept."""
    nothing = Money(0, ORDER.total.currency)
    record = attrs.evolve(RESERVED, order=attrs.evolve(ORDER, total=nothing))

    for token in (None, "tok_declined"):
        decision = payments.start(record, ATTEMPT.id, token, NOW)
        assert isinstance(decision, Decision)
        assert decision.attempt == Attempt(ATTEMPT.id, ORDER_ID, None, nothing, method=PaymentMethod.FREE)
        assert decision.enqueues
        assert decision.entries[0].step is Step.FREE


def test_an_order_that_costs_something_needs_a_token() -> None:
    """The refusal names the field, and comes after all that is wrong with the order itself."""
    refusal = payments.start(RESERVED, ATTEMPT.id, None, NOW)

    assert isinstance(refusal, InvalidRequest)
    assert [fault.field for fault in refusal.errors] == ["payment_token"]
    assert payments.start(RESERVED, ATTEMPT.id, None, LATE) == ReservationExpired(DEADLINE)
    assert payments.start(PAID, ATTEMPT.id, None, NOW) == PAID.unchanged()


def test_cash_is_an_attempt_without_a_gateway() -> None:
    """The total stays, and the journal names the key that took it."""
    decision = payments.start(RESERVED, ATTEMPT.id, None, NOW, method=PaymentMethod.CASH, by="box office")

    assert isinstance(decision, Decision)
    assert decision.attempt == attrs.evolve(ATTEMPT, token=None, method=PaymentMethod.CASH)
    assert decision.order.total == ORDER.total
    assert "box office" in decision.entries[0].sentence


def test_a_complimentary_order_costs_nothing() -> None:
    """Its total and its attempt's amount are 0 in its currency."""
    decision = payments.start(RESERVED, ATTEMPT.id, None, NOW, method=PaymentMethod.COMPLIMENTARY, by="box office")

    assert isinstance(decision, Decision)
    assert decision.attempt is not None
    assert decision.order.total == decision.attempt.amount == Money(0, ORDER.total.currency)


# wait


UNTIL = NOW + timedelta(hours=1)
ACTION = PaymentAction(ActionType.REDIRECT, "https://pay.example/1")


def wait(record: OrderRecord, now: datetime = NOW) -> Decision:
    return payments.wait(record, "ref", ACTION, UNTIL, now)


def test_a_payment_that_waits_shows_its_buyer_what_to_do() -> None:
    """The order is processing, with its action and deadline; the journal says so once."""
    first = wait(PROCESSING)
    waiting = PROCESSING.after(first)
    again = wait(waiting, NOW + timedelta(minutes=1))

    assert first == decided(
        PROCESSING.order,
        ATTEMPT.waiting("ref", ACTION, UNTIL, NOW),
        entries=(journal.payment_waiting(ORDER_ID, UNTIL, NOW),),
    )
    assert waiting.order.payment == paid_by_gateway(PaymentStatus.PENDING, 0, ACTION, UNTIL)
    assert again.entries == ()
    assert not payments.is_overdue(waiting, UNTIL - MILLISECOND)
    assert payments.is_overdue(waiting, UNTIL)
    assert not payments.is_overdue(PROCESSING, LATE)


def test_a_payment_that_has_waited_ends_as_any_other() -> None:
    """Captured under the gateway's reference, declined, or given up."""
    waiting = PROCESSING.after(wait(PROCESSING))

    captured = payments.capture(waiting, TICKETS, CODE, NOW, "ref")
    assert captured.attempt == attrs.evolve(ATTEMPT.to(AttemptStatus.CAPTURED, "ref"), polls=1)
    assert payments.decline(waiting, NOW, "too late").entries == (
        journal.declined(ORDERS[OrderStatus.DECLINED], NOW, "too late"),
    )
    assert payments.give_up(waiting, NOW).order.payment == paid_by_gateway(PaymentStatus.REFUNDING, 0)


@pytest.mark.parametrize("known", [status for status in AttemptStatus if status is not AttemptStatus.PENDING])
@pytest.mark.parametrize("status", OrderStatus)
def test_nothing_waits_once_a_payment_has_ended(status: OrderStatus, known: AttemptStatus) -> None:
    """An answer that comes late changes nothing."""
    for record in (with_attempt(RECORDS[status], known), attrs.evolve(RECORDS[status], attempt=None)):
        assert wait(record) == record.unchanged()
    if status is not OrderStatus.PROCESSING:
        record = with_attempt(RECORDS[status], AttemptStatus.PENDING)
        assert wait(record) == record.unchanged()


# capture


def test_an_approved_charge_is_the_sale() -> None:
    """The order is paid under its code, the attempt captured, the tickets issued and their mail asked for."""
    paid = ORDERS[OrderStatus.PAID]

    assert capture(PROCESSING) == decided(
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

    assert decision == decided(refunded, owing(ATTEMPT), entries=(journal.transition(refunded, NOW),))
    assert decision.entries[0].step is Step.NOT_SOLD
    assert refunded.ticket_code is None


@pytest.mark.parametrize("event_status", EventStatus)
@pytest.mark.parametrize("status", statuses_but(OrderStatus.PROCESSING))
def test_a_late_charge_is_returned(status: OrderStatus, event_status: EventStatus) -> None:
    """An order that is no longer processing stays as it is, and a charge that was still pending is returned."""
    record = with_event(with_attempt(RECORDS[status], AttemptStatus.PENDING), event_status)

    assert capture(record) == decided(record.order, owing(ATTEMPT), entries=(journal.late_charge(record.order, NOW),))


def test_a_charge_after_a_decline_is_returned() -> None:
    """A gateway that changes its mind does not bring a declined order back to life."""
    declined = RECORDS[OrderStatus.DECLINED]
    decision = capture(declined)

    assert decision.order == attrs.evolve(declined.order, payment=owing(ATTEMPT).payment)
    assert decision.attempt == owing(ATTEMPT)
    assert not decision.issued


def test_a_declined_attempt_never_pays_an_order() -> None:
    """Even if the order were still processing, tickets come of an attempt that was never declined."""
    decision = capture(with_attempt(PROCESSING, AttemptStatus.DECLINED))

    assert (decision.order, decision.issued) == (attrs.evolve(PROCESSING.order, payment=owing(ATTEMPT).payment), ())
    assert decision.attempt == owing(ATTEMPT)


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

    assert payments.decline(PROCESSING, NOW) == decided(
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

    assert payments.give_up(record, NOW) == decided(
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

    assert decision == decided(
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

    assert capture(record) == decided(
        record.order,
        owing(ATTEMPT),
        entries=(journal.late_charge(record.order, NOW),),
    )


# start_refund and finish_refund


def test_a_refund_ends_a_paid_order() -> None:
    """The order is refunded, unused tickets are void, and a message is on its way to return the money."""
    refunded = ORDERS[OrderStatus.REFUNDED]

    assert payments.start_refund(PAID, TICKETS, NOW) == decided(
        refunded,
        owing(ATTEMPT),
        voids=tuple(ticket.number for ticket in TICKETS),
        enqueues=True,
        deliveries=(deliveries.asked(refunded.id, DeliveryKind.REFUND, PAID.revision, NOW),),
        entries=(journal.refund_started(refunded, ORDER.total, (), len(TICKETS), NOW),),
    )
    assert refunded.places == 0


def test_a_part_of_an_order_is_refunded() -> None:
    """The order stays paid with the other ticket; the money of one goes back, and its place."""
    decision = payments.start_refund(PAID, TICKETS, NOW, numbers=[2], by="office")
    price = ORDER.ticket_price

    assert isinstance(decision, Decision)
    assert PAID.attempt is not None
    assert decision == decided(
        attrs.evolve(PAID.order, places=1),
        PAID.attempt.owing(price.minor),
        voids=(2,),
        enqueues=True,
        deliveries=(deliveries.asked(PAID.order.id, DeliveryKind.REFUND, PAID.revision, NOW),),
        entries=(journal.refund_started(PAID.order, price, TICKETS[1:], 1, NOW, "office"),),
    )
    assert PAID.after(decision).order.payment == paid_by_gateway(PaymentStatus.REFUNDING, price.minor)


def test_the_last_part_refunds_the_order() -> None:
    """What was refunded before is left out; the whole is refunded then, of the rest."""
    first = payments.start_refund(PAID, TICKETS, NOW, numbers=[2])
    assert isinstance(first, Decision)
    record, tickets = PAID.after(first), (TICKETS[0], TICKETS[1].refunded())
    last = payments.start_refund(record, tickets, NOW)

    assert isinstance(last, Decision)
    assert (last.order.status, last.order.places, last.voids) == (OrderStatus.REFUNDED, 0, (1,))
    assert last.attempt is not None
    assert last.attempt.owed == ORDER.total.minor
    assert payments.start_refund(record, tickets, NOW, numbers=[1]) == last
    assert payments.start_refund(record, tickets, NOW, numbers=[2]) == record.unchanged()


def test_a_refund_that_another_has_overtaken_is_decided_again() -> None:
    """Tickets are read after the order: all are refunded, and the order is not, which the ledger knows better."""
    refunded = [ticket.refunded() for ticket in TICKETS]

    assert payments.start_refund(PAID, refunded, NOW) == attrs.evolve(PAID.unchanged(), enqueues=True)


def test_a_used_ticket_is_refunded_once_and_keeps_its_place() -> None:
    """No other refund counts it again."""
    used = attrs.evolve(TICKETS[1], admission=Admission(NOW, "north", "scan-1"))
    tickets = (TICKETS[0], used)
    decision = payments.start_refund(PAID, tickets, NOW, numbers=[2], include_used=True)

    assert isinstance(decision, Decision)
    assert (decision.order.status, decision.order.places) == (OrderStatus.PAID, 2)
    assert (decision.voids, decision.refunds_used) == ((), (2,))
    assert payments.start_refund(PAID, tickets, NOW, numbers=[2]) == TicketAlreadyUsed(NOW, "north")
    after, again = PAID.after(decision), (TICKETS[0], used.refunded())
    assert payments.start_refund(after, again, NOW, numbers=[2]) == after.unchanged()
    whole = payments.start_refund(after, again, NOW)
    assert isinstance(whole, Decision)
    assert (whole.order.status, whole.order.places, whole.refunds_used) == (OrderStatus.REFUNDED, 1, ())


@pytest.mark.parametrize("numbers", [[3], [1, 3], [0]])
def test_a_ticket_that_there_is_not_refuses_a_refund(numbers: list[int]) -> None:
    """Nothing is refunded, of the others either."""
    assert payments.start_refund(PAID, TICKETS, NOW, numbers=numbers) == TicketNotFound()


def test_a_part_of_what_is_processing_cannot_be_refunded() -> None:
    """It has no tickets yet."""
    assert payments.start_refund(PROCESSING, (), NOW, numbers=[1]) == OrderNotPaid("processing")


@pytest.mark.parametrize("method", [PaymentMethod.CASH, PaymentMethod.COMPLIMENTARY, PaymentMethod.FREE])
def test_what_no_gateway_took_no_gateway_returns(method: PaymentMethod) -> None:
    """Cash is returned by hand, and nothing for what cost nothing: no message, and the refund is done."""
    amount = ORDER.total if method is PaymentMethod.CASH else Money(0, ORDER.total.currency)
    assert PAID.attempt is not None
    attempt = attrs.evolve(PAID.attempt, method=method, amount=amount)
    record = attrs.evolve(PAID, order=attrs.evolve(PAID.order, total=amount), attempt=attempt)
    part = payments.start_refund(record, TICKETS, NOW, numbers=[1])
    whole = payments.start_refund(record, TICKETS, NOW)

    assert isinstance(part, Decision)
    assert isinstance(whole, Decision)
    assert not part.enqueues
    assert not whole.enqueues
    half = Money(amount.minor // 2, amount.currency)
    assert part.order.payment == Payment(PaymentStatus.APPROVED, method=method, refunded=half)
    assert whole.order.payment == Payment(PaymentStatus.REFUNDED, method=method, refunded=amount)


def test_a_late_answer_finishes_no_other_refund() -> None:
    """Two workers return the same money; the second's record must not take the next refund for returned."""
    first = payments.start_refund(PAID, TICKETS, NOW, numbers=[1])
    assert isinstance(first, Decision)
    record = PAID.after(first)
    refund = changes.requested(record)
    second = payments.start_refund(record, (TICKETS[0].refunded(), TICKETS[1]), NOW)
    assert isinstance(second, Decision)
    record = record.after(second)
    record = record.after(payments.finish_refund(record, refund, NOW))

    assert payments.finish_refund(record, refund, NOW) == record.unchanged()
    assert record.attempt is not None
    assert record.attempt.refund == Refund("an-attempt-4500", ORDER.ticket_price)


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
    assert decision.entries == (journal.refund_started(decision.order, ORDER.total, (), 1, LATE),)


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
    decision = payments.finish_refund(record, changes.requested(record), NOW)
    after = record.after(decision)

    assert decision == decided(
        record.order,
        owing(ATTEMPT).after_refund(),
        entries=(journal.money_returned(ORDER_ID, ORDER.total, NOW),),
    )
    assert payments.finish_refund(after, changes.requested(after), LATE) == after.unchanged()


@pytest.mark.parametrize("known", [status for status in AttemptStatus if status is not AttemptStatus.REFUNDING])
@pytest.mark.parametrize("status", OrderStatus)
def test_a_refund_that_has_not_begun_cannot_be_finished(status: OrderStatus, known: AttemptStatus) -> None:
    """Nothing changes, whatever the order's status, and without an attempt either."""
    record = with_attempt(RECORDS[status], known)
    without_attempt = attrs.evolve(record, attempt=None)

    assert payments.finish_refund(record, changes.requested(record), NOW) == record.unchanged()
    assert (
        payments.finish_refund(without_attempt, changes.requested(without_attempt), NOW) == without_attempt.unchanged()
    )


@pytest.mark.parametrize("known", AttemptStatus)
def test_money_is_on_its_way_back_while_its_attempt_is_refunding(known: AttemptStatus) -> None:
    """A worker asks this before it calls the gateway."""
    assert payments.is_refunding(with_attempt(PAID, known)) == (known is AttemptStatus.REFUNDING)
    assert not payments.is_refunding(RESERVED)
