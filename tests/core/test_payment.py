"""An order whose charge succeeded ends with exactly one of its tickets and its money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import ATTEMPT, CODE, DEADLINE, MILLISECOND, NOW, ORDER, ORDERS, statuses_but
from ticketcore.domain import payments
from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import TicketCode
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.payments import Attempt, AttemptStatus, Settlement
from ticketcore.domain.refusals import OrderNotPaid, OrderNotPayable, PaymentDeclined, ReservationExpired, SalesClosed
from ticketcore.domain.reservations import as_of, cancel

LATE = DEADLINE + timedelta(days=1)


@attrs.frozen
class State:
    """An order, its attempt if it has one, and whether the gateway has charged."""

    order: Order
    attempt: Attempt | None = None
    charged: bool = False

    @property
    def has_tickets(self) -> bool:
        return self.order.status is OrderStatus.PAID

    @property
    def money_goes_back(self) -> bool:
        return self.attempt is not None and self.attempt.status in {AttemptStatus.REFUNDING, AttemptStatus.REFUNDED}

    def settled(self, outcome: Settlement, *, charged: bool) -> State:
        return State(outcome.order, outcome.attempt, charged)


def start(state: State, now: datetime, event_status: EventStatus) -> State:
    outcome = payments.start(state.order, event_status, now)
    if not isinstance(outcome, Order):
        return state
    return attrs.evolve(state, order=outcome, attempt=state.attempt or ATTEMPT)


def capture(state: State, event_status: EventStatus) -> State:
    if state.attempt is None:
        return state
    return state.settled(payments.capture(state.order, state.attempt, event_status, CODE), charged=True)


def decline(state: State) -> State:
    if state.attempt is None:
        return state
    return state.settled(payments.decline(state.order, state.attempt), charged=state.charged)


def refund(state: State) -> State:
    outcome = payments.refund(state.order, state.attempt, NOW)
    return state.settled(outcome, charged=state.charged) if isinstance(outcome, Settlement) else state


def money_returned(state: State) -> State:
    if state.attempt is None or state.attempt.status is not AttemptStatus.REFUNDING:
        return state
    return attrs.evolve(state, attempt=state.attempt.to(AttemptStatus.REFUNDED))


def expire(state: State) -> State:
    return attrs.evolve(state, order=as_of(state.order, LATE))


def give_up(state: State) -> State:
    outcome = cancel(state.order, NOW)
    return attrs.evolve(state, order=outcome) if isinstance(outcome, Order) else state


#: All that can happen to an order, in any order and any number of times.
HAPPENINGS: dict[str, Callable[[State], State]] = {
    "start": lambda state: start(state, NOW, EventStatus.ON_SALE),
    "start, sales closed": lambda state: start(state, NOW, EventStatus.CLOSED),
    "start, event cancelled": lambda state: start(state, NOW, EventStatus.CANCELLED),
    "start, late": lambda state: start(state, LATE, EventStatus.ON_SALE),
    "capture": lambda state: capture(state, EventStatus.ON_SALE),
    "capture, event cancelled": lambda state: capture(state, EventStatus.CANCELLED),
    "decline": decline,
    "refund": refund,
    "money returned": money_returned,
    "expire": expire,
    "cancel": give_up,
}

BEGINNING = State(ORDER)


def reachable() -> set[State]:
    """Return every state that a sequence of happenings can reach."""
    seen = {BEGINNING}
    fresh = [BEGINNING]
    while fresh:
        state = fresh.pop()
        following = {happen(state) for happen in HAPPENINGS.values()} - seen
        seen |= following
        fresh += following
    return seen


def test_every_sequence_ends_in_a_known_state() -> None:
    """Of all pairs of an order's and its attempt's status, ten can come about."""
    pairs = {(state.order.status.value, state.attempt and state.attempt.status.value) for state in reachable()}

    assert pairs == {
        ("reserved", None),
        ("expired", None),
        ("cancelled", None),
        ("processing", "pending"),
        ("paid", "captured"),
        ("declined", "declined"),
        ("declined", "refunding"),
        ("declined", "refunded"),
        ("refunded", "refunding"),
        ("refunded", "refunded"),
    }


def test_a_charge_ends_in_exactly_one_of_tickets_and_money() -> None:
    """In every state that can come about, charged means one of the two, and not charged means neither."""
    for state in reachable():
        assert state.has_tickets + state.money_goes_back == state.charged


@pytest.mark.parametrize("name", HAPPENINGS)
def test_repeating_changes_nothing(name: str) -> None:
    """Whatever happens twice in a row, in every state that can come about, might have happened once."""
    happen = HAPPENINGS[name]

    for state in reachable():
        assert happen(happen(state)) == happen(state)


@given(
    st.sampled_from(["capture", "capture, event cancelled", "decline"]), st.lists(st.sampled_from(sorted(HAPPENINGS)))
)
def test_an_answer_may_come_again_at_any_time(answer: str, meanwhile: list[str]) -> None:
    """An answer of the gateway that was heard before changes nothing, however much has happened since."""
    state = BEGINNING
    for name in ["start", answer, *meanwhile]:
        state = HAPPENINGS[name](state)

    assert HAPPENINGS[answer](state) == state


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (OrderStatus.RESERVED, ORDERS[OrderStatus.PROCESSING]),
        (OrderStatus.PROCESSING, ORDERS[OrderStatus.PROCESSING]),
        (OrderStatus.PAID, ORDERS[OrderStatus.PAID]),
        (OrderStatus.EXPIRED, ReservationExpired(DEADLINE)),
        (OrderStatus.CANCELLED, OrderNotPayable("cancelled")),
        (OrderStatus.DECLINED, PaymentDeclined()),
        (OrderStatus.REFUNDED, OrderNotPayable("refunded")),
    ],
)
def test_starting_answers_by_the_orders_status(status: OrderStatus, answer: object) -> None:
    """A reserved order begins to be processed, one under way is answered as it is, an ended one refuses."""
    assert payments.start(ORDERS[status], EventStatus.ON_SALE, NOW) == answer


def test_payment_can_start_until_the_deadline() -> None:
    """One millisecond before it is early enough, at it the reservation has expired."""
    assert payments.start(ORDER, EventStatus.ON_SALE, DEADLINE - MILLISECOND) == ORDERS[OrderStatus.PROCESSING]
    assert payments.start(ORDER, EventStatus.ON_SALE, DEADLINE) == ReservationExpired(DEADLINE)


@pytest.mark.parametrize("event_status", EventStatus)
def test_only_a_cancelled_event_keeps_a_reservation_from_being_paid(event_status: EventStatus) -> None:
    """Who has reserved may pay after sales have closed."""
    refused = event_status is EventStatus.CANCELLED
    expected = SalesClosed("cancelled") if refused else ORDERS[OrderStatus.PROCESSING]

    assert payments.start(ORDER, event_status, NOW) == expected


def test_an_approved_charge_pays_the_order() -> None:
    """The order is paid under the code it was given, and the attempt captured."""
    outcome = payments.capture(ORDERS[OrderStatus.PROCESSING], ATTEMPT, EventStatus.ON_SALE, CODE)

    assert outcome == Settlement(ORDERS[OrderStatus.PAID], ATTEMPT.to(AttemptStatus.CAPTURED))


def test_a_repeated_capture_keeps_the_first_code() -> None:
    """The tickets and the code of the first capture stay."""
    paid = payments.capture(ORDERS[OrderStatus.PROCESSING], ATTEMPT, EventStatus.ON_SALE, CODE)

    assert payments.capture(paid.order, paid.attempt, EventStatus.CANCELLED, TicketCode("00000-00000")) == paid


def test_a_capture_for_a_cancelled_event_sends_the_money_back() -> None:
    """The order is refunded and says why."""
    outcome = payments.capture(ORDERS[OrderStatus.PROCESSING], ATTEMPT, EventStatus.CANCELLED, CODE)

    assert outcome.order == ORDERS[OrderStatus.PROCESSING].to(OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED)
    assert outcome.attempt.status is AttemptStatus.REFUNDING
    assert outcome.order.ticket_code is None


@pytest.mark.parametrize("status", statuses_but(OrderStatus.PROCESSING))
def test_a_late_capture_sends_the_money_back(status: OrderStatus) -> None:
    """An order that is no longer processing stays as it is, and the charge is returned."""
    outcome = payments.capture(ORDERS[status], ATTEMPT, EventStatus.ON_SALE, CODE)

    assert outcome == Settlement(ORDERS[status], ATTEMPT.to(AttemptStatus.REFUNDING))


def test_a_capture_after_a_decline_sends_the_money_back() -> None:
    """A gateway that changes its mind does not bring a declined order back to life."""
    declined = payments.decline(ORDERS[OrderStatus.PROCESSING], ATTEMPT)
    outcome = payments.capture(declined.order, declined.attempt, EventStatus.ON_SALE, CODE)

    assert outcome == Settlement(ORDERS[OrderStatus.DECLINED], declined.attempt.to(AttemptStatus.REFUNDING))


def test_a_declined_attempt_never_pays_an_order() -> None:
    """Even if the order were still processing, tickets come of an attempt that was never declined."""
    declined = ATTEMPT.to(AttemptStatus.DECLINED)
    outcome = payments.capture(ORDERS[OrderStatus.PROCESSING], declined, EventStatus.ON_SALE, CODE)

    assert outcome == Settlement(ORDERS[OrderStatus.PROCESSING], declined.to(AttemptStatus.REFUNDING))


@pytest.mark.parametrize("known", [status for status in AttemptStatus if status is not AttemptStatus.PENDING])
def test_a_decline_ends_nothing_but_a_pending_attempt(known: AttemptStatus) -> None:
    """What is known of a charge is not unlearned, whatever the order's status."""
    attempt = attrs.evolve(ATTEMPT, status=known)

    for order in ORDERS.values():
        assert payments.decline(order, attempt) == Settlement(order, attempt)


def test_a_refused_charge_declines_the_order() -> None:
    """The order has ended, says why, and can be told from one whose buyer gave up."""
    outcome = payments.decline(ORDERS[OrderStatus.PROCESSING], ATTEMPT)

    assert outcome == Settlement(ORDERS[OrderStatus.DECLINED], ATTEMPT.to(AttemptStatus.DECLINED))
    assert outcome.order.problem is Problem.PAYMENT_DECLINED


def test_a_decline_after_the_capture_changes_nothing() -> None:
    """What was charged stays charged."""
    captured = ATTEMPT.to(AttemptStatus.CAPTURED)

    assert payments.decline(ORDERS[OrderStatus.PAID], captured) == Settlement(ORDERS[OrderStatus.PAID], captured)


def test_a_refund_ends_a_paid_order() -> None:
    """The order is refunded, its money on the way back, and doing it again changes nothing."""
    outcome = payments.refund(ORDERS[OrderStatus.PAID], ATTEMPT.to(AttemptStatus.CAPTURED), NOW)

    assert isinstance(outcome, Settlement)
    assert outcome.order == ORDERS[OrderStatus.REFUNDED]
    assert outcome.attempt.status is AttemptStatus.REFUNDING
    assert payments.refund(outcome.order, outcome.attempt, LATE) == outcome


@pytest.mark.parametrize("status", statuses_but(OrderStatus.PAID, OrderStatus.REFUNDED))
def test_only_a_paid_order_can_be_refunded(status: OrderStatus) -> None:
    """Every other order refuses and says in which status it is, whether or not there was an attempt."""
    assert payments.refund(ORDERS[status], ATTEMPT, NOW) == OrderNotPaid(status.value)
    assert payments.refund(ORDERS[status], None, NOW) == OrderNotPaid(status.value)


def test_a_reservation_past_its_deadline_refuses_a_refund_as_expired() -> None:
    """Independently of the sweeper."""
    assert payments.refund(ORDERS[OrderStatus.RESERVED], None, LATE) == OrderNotPaid("expired")


@pytest.mark.parametrize(("here", "there"), list(product(AttemptStatus, AttemptStatus)))
def test_an_attempt_makes_six_moves_only(here: AttemptStatus, there: AttemptStatus) -> None:
    """Of all pairs of statuses, staying included, every other is a bug."""
    moves = {
        ("pending", "captured"),
        ("pending", "declined"),
        ("pending", "refunding"),
        ("captured", "refunding"),
        ("declined", "refunding"),
        ("refunding", "refunded"),
    }
    attempt = attrs.evolve(ATTEMPT, status=here)

    if (here.value, there.value) in moves:
        assert attempt.to(there).status is there
    else:
        with pytest.raises(InvalidTransition, match=f"from {here.value} to {there.value}"):
            attempt.to(there)


def test_an_attempt_does_not_show_its_token() -> None:
    """The means of payment stays out of logs."""
    assert "tok_approved" not in repr(ATTEMPT)
