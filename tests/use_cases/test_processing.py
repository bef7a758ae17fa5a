"""Processing: charged once, sold once, continued where the last run stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import attrs
import pytest

from tests.use_cases.harness import BrokenQueue, Office, office
from ticketcore import BoxOffice, EventChange, EventStatus, Order, OrderStatus, Problem, accepted
from ticketcore.domain import payments
from ticketcore.domain.attempts import Attempt, AttemptStatus
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.errors import GatewayUnavailable, Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.mail import Mail
from ticketcore.domain.money import Money
from ticketcore.domain.refusals import OrderNotPaid, TicketVoid
from ticketcore.ports import Approved, Change, Conflict, Declined, Pending
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_memory import MemoryEvents, MemoryFiles, MemoryLedger, MemoryMailer, MemoryOrders
from ticketcore_simulated_payments import SimulatedPaymentGateway


@attrs.define(eq=False)
class UnrefundingGateway(SimulatedPaymentGateway):
    """A gateway that gives no answer to the first refund."""

    failures: int = 1

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        if self.failures:
            self.failures -= 1
            raise GatewayUnavailable("down")
        super().refund(attempt, amount, refund_id)


@attrs.define(eq=False)
class BuggyGateway(SimulatedPaymentGateway):
    """A gateway with a bug, which shows once."""

    failures: int = 1

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        if self.failures:
            self.failures -= 1
            raise ValueError("a bug")
        return super().charge(attempt)


@attrs.define(eq=False)
class SlowGateway(SimulatedPaymentGateway):
    """A gateway that takes its time for each charge, and counts what another worker would be given meanwhile."""

    place: Office | None = None
    stolen: int = 0

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        assert self.place is not None
        self.place.clock.move(VISIBILITY / 2)
        self.stolen += len(self.place.box_office.ports.payment_queue.receive(10, self.place.clock.now()))
        return super().charge(attempt)


@attrs.define(eq=False)
class Hesitating(SimulatedPaymentGateway):
    """A gateway that does something before each charge."""

    before: Callable[[Attempt], object] = lambda _: None

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        self.before(attempt)
        return super().charge(attempt)


@attrs.define(eq=False)
class BuggyBatches(MemoryOrders):
    """A ledger with a bug, or out of reach, for whatever is written together with one order."""

    order_id: OrderId | None = None
    error: Exception = attrs.field(factory=lambda: ValueError("a bug"))

    def write_all(self, decided: Sequence[tuple[OrderRecord, Decision]]) -> Sequence[Change | Conflict]:
        if any(record.order.id == self.order_id for record, _ in decided):
            raise self.error
        return super().write_all(decided)

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        if record.order.id == self.order_id:
            raise self.error
        return super().write(record, decision)


@attrs.define(eq=False)
class EventsOutOfReach(MemoryEvents):
    """A ledger that cannot be reached."""

    def check(self) -> None:
        raise Unavailable("ledger", "down")


@attrs.define(eq=False)
class ForgetfulGateway(SimulatedPaymentGateway):
    """A gateway that charges and then times out, once."""

    failures: int = 1

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        answer = super().charge(attempt)
        if self.failures:
            self.failures -= 1
            raise GatewayUnavailable("timed out")
        return answer


def _mails(place: Office) -> list[Mail]:
    mailer = place.box_office.ports.mailer
    assert isinstance(mailer, MemoryMailer)
    return mailer.sent


def _codes(place: Office, order: Order) -> list[str]:
    return [ticket.qr_code for ticket in accepted(place.box_office.tickets_of(place.order(order)))]


def _steps(place: Office, order: Order) -> list[Step]:
    return [entry.step for entry in place.organiser.explain(order.id)]


def _attempt(place: Office, order: Order) -> Attempt:
    record = place.box_office.ports.orders.load(order.id)
    assert record is not None
    assert record.attempt is not None
    return record.attempt


def _all_paying(place: Office, number: int) -> list[Order]:
    """Return new orders whose payment has started."""
    orders = [place.reserve(1) for _ in range(number)]
    for order in orders:
        place.box_office.pay(order.id, "tok_approved")
    return orders


def _work_until_idle(place: Office) -> None:
    for _ in range(20):
        place.box_office.work()
        place.clock.move(timedelta(seconds=5))


def test_an_approved_payment_brings_the_tickets() -> None:
    """A paid order has a code, a ticket for each place, an image for each ticket, and one mail."""
    place = office()

    order = place.sold(3)

    files = place.box_office.ports.files
    assert isinstance(files, MemoryFiles)
    assert order.ticket_code is not None
    assert len(set(_codes(place, order))) == len(files.contents) == 3
    assert [mail.recipient for mail in _mails(place)] == [order.customer_email]
    place.check()


def test_a_declined_payment_gives_the_places_back() -> None:
    """A declined order ends with its problem, its places are free, and nothing is charged."""
    place = office()

    order = place.pay(place.reserve(3), "tok_declined")

    assert (order.status, order.problem) == (OrderStatus.DECLINED, Problem.PAYMENT_DECLINED)
    assert place.available == 10
    assert place.charged == 0
    place.check()


def test_processing_again_changes_nothing() -> None:
    """A message that is delivered ten times sells, charges and mails once."""
    place = office()
    order = place.sold(2)
    codes = _codes(place, order)

    for _ in range(10):
        place.box_office.process(order.id)

    assert _codes(place, order) == codes
    assert place.charged == 9000
    assert len(_mails(place)) == 1


def test_an_unknown_order_needs_no_work() -> None:
    """A message about an order that does not exist is done without any work."""
    office().box_office.process(OrderId("unknown"))


def test_a_transient_failure_goes_back_to_the_queue() -> None:
    """tok_flaky is tried three times and ends paid, and the journal names both failures."""
    place = office()
    order = place.reserve(1)

    assert place.pay(order, "tok_flaky").status is OrderStatus.PROCESSING
    _work_until_idle(place)

    assert place.order(order).status is OrderStatus.PAID
    assert _steps(place, order).count(Step.FAILED) == 2


def test_a_payment_that_never_answers_becomes_a_dead_letter() -> None:
    """tok_down stays processing with its places held, and comes back by redrive."""
    place = office()
    order = place.reserve(4)
    place.pay(order, "tok_down")

    _work_until_idle(place)

    queue = place.box_office.ports.payment_queue
    assert place.order(order).status is OrderStatus.PROCESSING
    assert place.available == 6
    assert queue.depth(place.clock.now()).dead == 1
    assert queue.redrive(place.clock.now()) == 1
    assert place.messages == 1


def test_the_dead_letter_of_an_order_that_was_given_up_ends_with_a_redrive() -> None:
    """There is nothing left to do for it: it is put back, done, and gone."""
    place = office()
    order = place.reserve(4)
    place.pay(order, "tok_down")
    _work_until_idle(place)
    accepted(place.organiser.refund(order.id))
    _work_until_idle(place)

    assert place.organiser.redrive().count == 1
    _work_until_idle(place)

    queue = place.box_office.ports.payment_queue
    assert (queue.depth(place.clock.now()).dead, place.messages) == (0, 0)
    assert place.order(order).status is OrderStatus.REFUNDED
    assert place.available == 10


def test_a_charge_whose_answer_was_lost_is_asked_for_again_under_the_same_key() -> None:
    """A gateway that charged and timed out has charged once when the order is paid."""
    place = office(payment_gateway=ForgetfulGateway())
    order = place.reserve(2)
    place.pay(order)

    _work_until_idle(place)

    assert place.order(order).status is OrderStatus.PAID
    assert place.charged == 9000


def test_one_poisoned_order_harms_no_other() -> None:
    """A batch continues after a message whose processing raises an unexpected exception."""
    place = office(payment_gateway=BuggyGateway())
    first, second = place.reserve(), place.reserve()
    for order in (first, second):
        place.box_office.pay(order.id, "tok_approved")

    report = place.box_office.work()

    assert report.done == 1
    assert [failure.order_id for failure in report.failures] == [first.id]
    assert place.order(second).status is OrderStatus.PAID


def test_an_order_that_is_given_up_during_its_charge_harms_no_other() -> None:
    """The others of its batch are sold; its own charge succeeded too late, and is returned."""
    gateway = Hesitating()
    place = office(payment_gateway=gateway)
    orders = _all_paying(place, 3)
    attempts = {_attempt(place, order).id: order for order in orders}

    def give_up(attempt: Attempt) -> None:
        if attempts[attempt.id] is orders[1]:
            # The gateway does not hear of it: it is charging.
            record = place.box_office.ports.orders.load(orders[1].id)
            assert record is not None
            place.box_office.ports.orders.write(record, payments.give_up(record, place.clock.now()))

    gateway.before = give_up

    assert place.box_office.work().done == 3

    statuses = [place.order(order).status for order in orders]
    assert statuses == [OrderStatus.PAID, OrderStatus.REFUNDED, OrderStatus.PAID]
    assert place.charged == 2 * 4500
    place.check()


def test_a_sale_is_written_before_the_last_order_of_its_batch_is_charged() -> None:
    """Where the gateway is slow, outcomes wait for others for a second at most."""
    gateway = Hesitating()
    place = office(payment_gateway=gateway)
    orders = _all_paying(place, 4)
    seen: list[int] = []

    def hesitate(_: Attempt) -> None:
        seen.append(sum(place.order(order).status is OrderStatus.PAID for order in orders))
        place.clock.move(timedelta(seconds=0.6))

    gateway.before = hesitate

    assert place.box_office.work().done == 4
    assert seen == [0, 0, 2, 2]


@pytest.mark.parametrize("error", [ValueError("a bug"), Unavailable("ledger", "away")], ids=["bug", "away"])
def test_an_order_that_cannot_be_written_harms_no_other_event(error: Exception) -> None:
    """Those of its own event are written one by one after a bug, and tried again where the ledger is away."""
    place = office()
    orders = _all_paying(place, 3)
    elsewhere = place.reserve_elsewhere()
    place.box_office.pay(elsewhere.id, "tok_approved")
    ports = place.box_office.ports
    assert isinstance(ports.orders, MemoryOrders)
    buggy = BuggyBatches(ports.orders._ledger, orders[1].id, error)

    report = BoxOffice(ports.replacing(orders=buggy)).work()

    assert place.order(elsewhere).status is OrderStatus.PAID
    failed = orders if isinstance(error, Unavailable) else orders[1:2]
    assert [failure.order_id for failure in report.failures] == [order.id for order in failed]
    assert report.done == 4 - len(failed)
    _work_until_idle(place)
    assert {place.order(order).status for order in orders} == {OrderStatus.PAID}
    assert place.charged == 4 * 4500


def test_an_order_with_two_messages_is_charged_once() -> None:
    """Both messages are done with it."""
    charged: list[Attempt] = []
    place = office(payment_gateway=Hesitating(before=charged.append))
    [order] = _all_paying(place, 1)
    place.box_office.ports.payment_queue.publish([order.id], place.clock.now())

    assert place.box_office.work().done == 2

    assert len(charged) == 1
    assert place.messages == 0


def test_messages_in_hand_stay_hidden_however_long_the_work_takes() -> None:
    """Neither the order that is charged nor those that wait behind it are given to another worker."""
    gateway = SlowGateway()
    place = gateway.place = office(20, payment_gateway=gateway)
    orders = [place.reserve(4) for _ in range(4)]
    for order in orders:
        place.box_office.pay(order.id, "tok_approved")

    assert place.box_office.work().done == 4

    assert gateway.stolen == 0
    assert {place.order(order).status for order in orders} == {OrderStatus.PAID}


def test_a_ledger_out_of_reach_uses_up_no_deliveries() -> None:
    """However long it is out of reach, no message becomes a dead letter."""
    place = office()
    order = place.reserve()
    place.box_office.pay(order.id, "tok_approved")
    ports = place.box_office.ports
    away = BoxOffice(ports.replacing(events=EventsOutOfReach(MemoryLedger())))

    for _ in range(2 * MAX_RECEIVES):
        with pytest.raises(Unavailable):
            away.work()
        place.clock.move(VISIBILITY)

    assert place.box_office.work().done == 1
    assert place.order(order).status is OrderStatus.PAID


def test_a_payment_does_not_depend_on_the_queue() -> None:
    """With the queue down the payment is accepted, and a later sweep publishes its message."""
    queue = BrokenQueue()
    place = office(payment_queue=queue)
    order = place.reserve()
    place.pay(order)
    assert place.messages == 0

    queue.broken = False
    assert place.box_office.sweep().published == 1
    _work_until_idle(place)

    assert place.order(order).status is OrderStatus.PAID


def test_eight_clicks_on_pay_are_one_payment() -> None:
    """Repeating the payment, before and after it was processed, charges once and issues one set of tickets."""
    place = office()
    order = place.reserve(2)

    for _ in range(4):
        place.box_office.pay(order.id, "tok_approved")
    for _ in range(4):
        place.pay(order)

    assert place.charged == 9000
    assert len(_codes(place, order)) == 2


def test_an_event_cancelled_during_the_payment_gives_the_money_back() -> None:
    """A charge that succeeds for a cancelled event is returned, and the order has the reason."""
    place = office()
    order = place.reserve(2)
    place.box_office.pay(order.id, "tok_approved")
    place.organiser.change_event(place.event_id, EventChange(status=EventStatus.CANCELLED))

    _work_until_idle(place)

    assert (place.order(order).status, place.order(order).problem) == (OrderStatus.REFUNDED, Problem.SALES_CLOSED)
    assert place.charged == 0
    place.check()


def test_a_payment_that_never_arrives_is_given_up_by_an_admin() -> None:
    """Its places are free at once; the gateway cancels the charge, and a redrive charges nothing."""
    place = office()
    order = place.reserve(10)
    place.box_office.pay(order.id, "tok_down")
    place.box_office.work()
    assert place.available == 0

    given_up = place.organiser.refund(order.id)

    assert isinstance(given_up, Order)
    assert (given_up.status, given_up.problem) == (OrderStatus.REFUNDED, Problem.PAYMENT_GIVEN_UP)
    assert place.available == 10
    _work_until_idle(place)
    assert _attempt(place, order).status is AttemptStatus.CANCELLED
    assert place.charged == 0
    place.check()


def test_a_charge_that_succeeded_before_it_was_given_up_is_returned() -> None:
    """A gateway that took the money and whose answer was lost returns it."""
    place = office()
    order = place.reserve(2)
    place.box_office.pay(order.id, "tok_approved")
    place.box_office.ports.payment_gateway.charge(_attempt(place, order))

    place.organiser.refund(order.id)

    assert place.charged == 0
    assert place.order(order).status is OrderStatus.REFUNDED
    assert place.available == 10
    place.check()


def test_cancelling_an_event_gives_up_the_payments_that_it_awaits() -> None:
    """Also those of which the gateway never says anything."""
    place = office()
    order = place.reserve(3)
    place.box_office.pay(order.id, "tok_down")

    place.organiser.change_event(place.event_id, EventChange(status=EventStatus.CANCELLED))

    assert (place.order(order).status, place.order(order).problem) == (OrderStatus.REFUNDED, Problem.SALES_CLOSED)
    assert place.available == 10
    _work_until_idle(place)
    place.check()


def test_a_refund_returns_money_and_places_and_voids_tickets() -> None:
    """After a refund nothing is charged, all places are free, and the ticket is refused."""
    place = office()
    order = place.sold(2)
    [code, _] = _codes(place, order)

    for _ in range(3):
        refunded = place.organiser.refund(order.id)
        assert isinstance(refunded, Order)
        assert refunded.status is OrderStatus.REFUNDED

    assert place.charged == 0
    assert place.available == 10
    assert isinstance(place.box_office.validate(code, "A"), TicketVoid)
    place.check()


def test_a_refund_that_the_gateway_does_not_answer_is_finished_by_the_worker() -> None:
    """The order is refunded at once, and the money as soon as the gateway responds."""
    place = office(payment_gateway=UnrefundingGateway())
    order = place.sold()
    place.organiser.refund(order.id)
    assert place.charged == 4500

    _work_until_idle(place)

    assert _attempt(place, order).status is AttemptStatus.REFUNDED
    assert place.charged == 0


def test_only_a_paid_order_can_be_refunded() -> None:
    """A reserved order has nothing to refund."""
    place = office()

    assert place.organiser.refund(place.reserve().id) == OrderNotPaid("reserved")
