"""A payment is started once, in time, with its message."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.money import MAX_MINOR_UNITS, Currency, Money
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.refusals import (
    OrderNotFound,
    OrderNotPayable,
    PaymentDeclined,
    Refusal,
    ReservationExpired,
    SalesClosed,
)
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersGround, cancel_event, places_of
from ticketcore_testing.ledgers import Ledger, attempt_of, nothing_changes, order_in, order_of, outbox_of, reserve
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, SHOWTIME, TEXTS, label, new_attempt, new_order_id


class PayingContract(OrdersGround):
    """Hold ``Orders.start_payment`` and ``attempt`` to their contract."""

    def test_a_started_payment_is_recorded_with_its_message(self, ledger: Ledger, show: Event) -> None:
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
    def test_a_second_payment_answers_the_order_as_it_is(
        self, ledger: Ledger, show: Event, status: OrderStatus
    ) -> None:
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
        self, ledger: Ledger, show: Event, status: OrderStatus, refusal: Refusal
    ) -> None:
        """The refusal tells why; the attempt is not recorded."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            assert ledger.orders.start_payment(new_attempt(order), NOW) == refusal

    def test_a_reservation_can_be_paid_until_its_deadline(self, ledger: Ledger, show: Event) -> None:
        """At its deadline it has expired, whether or not somebody swept; a millisecond earlier it has not."""
        order = reserve(ledger, show)
        with nothing_changes(ledger, order):
            for late in (DEADLINE, DEADLINE + MILLISECOND, LONG_AFTER):
                assert ledger.orders.start_payment(new_attempt(order), late) == ReservationExpired(DEADLINE)
        outcome = ledger.orders.start_payment(new_attempt(order), DEADLINE - MILLISECOND)
        assert isinstance(outcome, Order)
        assert outcome.status is OrderStatus.PROCESSING

    def test_an_order_of_a_cancelled_event_cannot_be_paid(self, ledger: Ledger, show: Event) -> None:
        """Sales are closed for it; a reservation past its deadline hears that it has expired."""
        order = reserve(ledger, show)
        cancel_event(ledger, show)
        with nothing_changes(ledger, order):
            assert ledger.orders.start_payment(new_attempt(order), NOW) == SalesClosed("cancelled")
            assert ledger.orders.start_payment(new_attempt(order), DEADLINE) == ReservationExpired(DEADLINE)

    @pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CLOSED])
    def test_a_reservation_can_be_paid_after_sales_closed(
        self, ledger: Ledger, show: Event, status: EventStatus
    ) -> None:
        """Closed sales end no reservation, nor does the beginning of the event."""
        order = reserve(ledger, show, expires_at=LONG_AFTER)
        ledger.events.change(show.id, EventChange(status=status), None)
        assert isinstance(ledger.orders.start_payment(new_attempt(order), SHOWTIME), Order)

    def test_an_unknown_order_cannot_be_paid(self, ledger: Ledger, show: Event) -> None:
        """Nothing is recorded."""
        order = attrs.evolve(reserve(ledger, show), id=new_order_id())
        assert ledger.orders.start_payment(new_attempt(order), NOW) == OrderNotFound()
        assert ledger.orders.attempt(order.id) is None
        assert outbox_of(ledger, order.id) == []

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_a_token_comes_back_letter_by_letter(self, ledger: Ledger, show: Event, text: str) -> None:
        """The ledger keeps what the gateway is to be told."""
        order = reserve(ledger, show)
        attempt = attrs.evolve(new_attempt(order, text), amount=Money(MAX_MINOR_UNITS, Currency("KWD")))
        ledger.orders.start_payment(attempt, NOW)
        assert ledger.orders.attempt(order.id) == attempt
