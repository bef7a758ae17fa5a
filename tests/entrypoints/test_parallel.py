"""Charges of one batch are made in several threads, in a bounded number of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs
import pytest

from tests.use_cases.harness import Office, office
from ticketcore import BoxOffice, OrderStatus
from ticketcore.application.reports import WorkReport
from ticketcore.domain.attempts import Attempt
from ticketcore.ports import Approved, Declined, Pending
from ticketcore_bootstrap import work_batch
from ticketcore_bootstrap.parallel import CHARGE_THREADS, map_in_threads
from ticketcore_simulated_payments import SimulatedPaymentGateway

TOGETHER = 4


@attrs.define(eq=False)
class MeetingGateway(SimulatedPaymentGateway):
    """A gateway that charges nothing before so many charges are in progress."""

    meeting: threading.Barrier = attrs.field(factory=lambda: threading.Barrier(TOGETHER))

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        self.meeting.wait(5)
        return super().charge(attempt)


def _office_with_payments(gateway: SimulatedPaymentGateway, tokens: list[str]) -> Office:
    place = office(100, payment_gateway=gateway)
    for token in tokens:
        place.box_office.pay(place.reserve(1).id, token)
    return place


@pytest.mark.parametrize(
    ("work", "done"), [(work_batch, 2 * TOGETHER), (BoxOffice.work, 0)], ids=["in threads", "one by one"]
)
def test_a_slow_gateway_does_not_hold_charges_to_one_at_a_time(
    work: Callable[[BoxOffice], WorkReport], done: int
) -> None:
    """A worker of a process charges several orders at the same time; one by one, the first waits for ever."""
    place = _office_with_payments(MeetingGateway(), ["tok_approved"] * 2 * TOGETHER)
    if not done:
        place.box_office.ports.payment_gateway.meeting.abort()  # type: ignore[attr-defined]  # No other one comes.
    assert work(place.box_office).done == done


def test_each_order_hears_of_its_own_charge() -> None:
    """Whichever thread made it: declined ones are declined, and one without an answer is tried again."""
    tokens = ["tok_approved", "tok_declined", "tok_down"] * 5
    place = _office_with_payments(SimulatedPaymentGateway(), tokens)
    report = work_batch(place.box_office)
    assert (report.done, len(report.failures)) == (10, 5)
    ended = {OrderStatus.PAID: 0, OrderStatus.DECLINED: 0, OrderStatus.PROCESSING: 0}
    for order in place.box_office.ports.orders.page(None, 100):
        ended[order.record.order.status] += 1
    assert set(ended.values()) == {5}
    place.check()


def test_results_come_in_the_order_of_the_items_by_a_bounded_number_of_threads() -> None:
    """However many items there are; no item is none too few."""
    threads: set[int] = set()
    everyone = threading.Barrier(CHARGE_THREADS)

    def square(number: int) -> int:
        threads.add(threading.get_ident())
        if number < CHARGE_THREADS:
            everyone.wait(30)
        return number * number

    assert list(map_in_threads(square, range(100))) == [number * number for number in range(100)]
    assert len(threads) == CHARGE_THREADS
    assert list(map_in_threads(square, ())) == []


def test_an_exception_is_raised_where_its_result_is_wanted() -> None:
    """The results before it are returned."""

    def invert(number: int) -> float:
        return 1 / number

    results = iter(map_in_threads(invert, [1, 0]))
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
