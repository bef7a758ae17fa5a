"""Refunds of whole events: requested at once, and done in the background, piece by piece."""

from __future__ import annotations

import attrs
import pytest

from tests.use_cases.harness import Office, office
from ticketcore import BoxOffice, EventChange, EventStatus, Order, OrderStatus, accepted
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.errors import GatewayUnavailable, Unavailable
from ticketcore.domain.ids import EventId
from ticketcore.domain.money import Money
from ticketcore.domain.refusals import EventNotFound, InvalidRequest
from ticketcore.ports import Change, Conflict
from ticketcore_memory import MemoryOrders
from ticketcore_simulated_payments import SimulatedPaymentGateway


@attrs.define(eq=False)
class FailingOrders(MemoryOrders):
    """Orders of a ledger that is away at the third write."""

    writes: int = 3

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        self.writes -= 1
        if self.writes == 0:
            raise Unavailable("ledger", "away")
        return super().write(record, decision)


@attrs.define(eq=False)
class AwayGateway(SimulatedPaymentGateway):
    """A gateway that returns no money while it is away."""

    is_away: bool = True

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        if self.is_away:
            raise GatewayUnavailable("away")
        super().refund(attempt, amount, refund_id)


def _sweep_to_the_end(place: Office) -> list[int]:
    """Sweep until no order is left to refund, and return how many each sweep has started."""
    started: list[int] = []
    while not started or started[-1]:
        started.append(place.box_office.sweep().refunds)
    return started


def _finish(place: Office) -> None:
    while place.box_office.work().done or place.box_office.deliver().done:
        pass


def test_every_paid_order_is_refunded_in_the_background() -> None:
    """With its money, its places and a mail; the request itself returns at once and changes no order."""
    place = office()
    sold = [place.sold(2) for _ in range(3)]
    reserved = place.reserve()

    assert place.organiser.refund_event(place.event_id) == 3

    assert [place.order(order).status for order in sold] == [OrderStatus.PAID] * 3
    assert _sweep_to_the_end(place) == [3, 0]
    _finish(place)
    assert [place.order(order).status for order in sold] == [OrderStatus.REFUNDED] * 3
    assert place.order(reserved).status is OrderStatus.RESERVED
    assert place.charged == 0
    assert place.available == 9
    for order in sold:
        assert DeliveryKind.REFUND in {each.kind for each in place.box_office.ports.deliveries.of_order(order.id)}
    place.check()


def test_used_tickets_are_refunded_and_keep_their_places() -> None:
    """The whole event is refunded: there is money for all, and a person on the place."""
    place = office()
    order = place.sold(2)
    [first, _] = accepted(place.box_office.tickets_of(accepted(place.box_office.order(order.id))))
    accepted(place.box_office.validate(first.qr_code, "north"))

    place.organiser.refund_event(place.event_id)
    _sweep_to_the_end(place)
    _finish(place)

    assert place.order(order).status is OrderStatus.REFUNDED
    assert place.charged == 0
    assert place.available == 9
    place.check()


def test_what_is_refunded_in_part_is_refunded_whole() -> None:
    """Each ticket's money goes back once."""
    place = office()
    order = place.sold(3)
    accepted(place.organiser.refund(order.id, tickets=[2]))

    assert place.organiser.refund_event(place.event_id) == 1
    _sweep_to_the_end(place)
    _finish(place)

    assert place.order(order).status is OrderStatus.REFUNDED
    assert place.charged == 0
    place.check()


def test_repeating_a_refund_that_is_done_refunds_nothing() -> None:
    """It returns 0, and is no act."""
    place = office()
    place.sold()
    place.organiser.refund_event(place.event_id, by="office")
    _sweep_to_the_end(place)
    before = accepted(place.organiser.list_acts()).items

    assert place.organiser.refund_event(place.event_id, by="office") == 0

    assert _sweep_to_the_end(place) == [0]
    assert accepted(place.organiser.list_acts()).items == before


def test_a_refund_of_an_event_can_be_repeated_while_it_is_under_way() -> None:
    """It returns how many are left, and each order is refunded once."""
    place = office()
    for _ in range(3):
        place.sold()
    assert place.organiser.refund_event(place.event_id) == 3
    assert place.organiser.refund_event(place.event_id) == 3

    assert _sweep_to_the_end(place) == [3, 0]
    _finish(place)
    assert place.charged == 0
    place.check()


def test_other_events_are_left_alone() -> None:
    """Their orders stay paid."""
    place = office()
    other = place.sold()
    place.organiser.refund_event(place.reserve_elsewhere().event_id)
    _sweep_to_the_end(place)
    assert place.order(other).status is OrderStatus.PAID


def test_a_large_event_is_refunded_by_several_sweeps() -> None:
    """At most 500 orders in each, so that other work of a sweep is not held up."""
    place = office(capacity=1000)
    for _ in range(520):
        place.sold()
    place.organiser.refund_event(place.event_id)
    assert _sweep_to_the_end(place) == [500, 20, 0]
    _finish(place)
    assert place.charged == 0
    place.check()


def test_a_refund_goes_on_where_the_ledger_was_away() -> None:
    """No order is left out, and none is refunded twice."""
    place = office()
    sold = [place.sold() for _ in range(5)]
    place.organiser.refund_event(place.event_id)
    ports = place.box_office.ports
    assert isinstance(ports.orders, MemoryOrders)
    ledger = attrs.evolve(ports.ledger, orders=FailingOrders(ports.orders._ledger))

    with pytest.raises(Unavailable):
        BoxOffice(attrs.evolve(ports, ledger=ledger)).sweep()

    assert {place.order(order).status for order in sold} == {OrderStatus.PAID, OrderStatus.REFUNDED}
    _sweep_to_the_end(place)
    _finish(place)
    assert [place.order(order).status for order in sold] == [OrderStatus.REFUNDED] * 5
    assert place.charged == 0
    place.check()


def test_money_comes_back_when_the_gateway_does() -> None:
    """Orders are refunded at once, and their money is returned by a worker later."""
    gateway = AwayGateway()
    place = office(payment_gateway=gateway)
    order = place.sold()
    place.organiser.refund_event(place.event_id)
    _sweep_to_the_end(place)
    place.box_office.work()
    assert (place.order(order).status, place.charged) == (OrderStatus.REFUNDED, 4500)

    gateway.is_away = False
    place.clock.move(place.box_office.hold)
    _finish(place)
    assert place.charged == 0
    place.check()


def test_a_cancelled_event_is_refunded() -> None:
    """Its buyers hear of both."""
    place = office()
    order = place.sold()
    place.organiser.change_event(place.event_id, EventChange(status=EventStatus.CANCELLED))
    place.organiser.refund_event(place.event_id)
    _sweep_to_the_end(place)
    _finish(place)
    assert place.order(order).status is OrderStatus.REFUNDED
    assert place.charged == 0


def test_the_journal_names_the_key_that_asked_for_it() -> None:
    """In each order's journal, and in the acts."""
    place = office()
    order = place.sold()
    place.organiser.refund_event(place.event_id, by="the office")
    _sweep_to_the_end(place)
    assert any("the office" in entry.facts.values() for entry in place.organiser.explain(order.id))
    assert accepted(place.organiser.list_acts()).items[0].by == "the office"


def test_an_unknown_event_and_a_wrong_name_are_refused() -> None:
    """Nothing is requested."""
    place = office()
    place.sold()
    assert place.organiser.refund_event(EventId("nothing")) == EventNotFound()
    assert isinstance(place.organiser.refund_event(place.event_id, by=""), InvalidRequest)
    assert place.box_office.sweep().refunds == 0


def test_orders_that_are_sold_later_stay_paid() -> None:
    """A sale that goes on after the refunds are done is another one."""
    place = office()
    place.sold()
    place.organiser.refund_event(place.event_id)
    _sweep_to_the_end(place)
    later = place.sold()
    assert isinstance(later, Order)
    _sweep_to_the_end(place)
    assert place.order(later).status is OrderStatus.PAID


def test_a_refund_returns_the_order_as_it_then_is() -> None:
    """The money is back by then, or is on its way while the gateway is away; the payment of an order that was given up is cancelled."""
    gateway = AwayGateway(is_away=False)
    place = office(payment_gateway=gateway)
    sold, waiting = place.sold(2), place.reserve()
    place.box_office.pay(waiting.id, "tok_approved")
    assert place.organiser.refund(sold.id) == place.order(sold)
    assert place.organiser.refund(waiting.id) == place.order(waiting)
    late = place.sold()
    gateway.is_away = True
    assert place.organiser.refund(late.id) == place.order(late)
