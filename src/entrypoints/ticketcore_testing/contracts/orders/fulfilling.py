"""The cursor of a paid order moves step by step."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.events import Event
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Delivery, OrderStatus
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersGround
from ticketcore_testing.ledgers import Ledger, event_of, nothing_changes, order_in, order_of, steps_of
from ticketcore_testing.samples import NOW


class FulfillingContract(OrdersGround):
    """Hold ``Orders.advance`` to its contract."""

    def test_the_cursor_moves_step_by_step(self, ledger: Ledger, show: Event) -> None:
        """Each step is answered, kept and written to the journal; no places move."""
        order = order_in(ledger, show, OrderStatus.PAID)
        before = event_of(ledger, show.id)
        for moment, step in ((LATER, Delivery.STORED), (LONG_AFTER, Delivery.DELIVERED)):
            after = attrs.evolve(order, delivery=step)
            assert ledger.orders.advance(order.id, step, moment) == after == order_of(ledger, order.id)
            assert ledger.orders.journal(order.id)[-1] == journal.advanced(after, moment)
        assert event_of(ledger, show.id) == before
        assert steps_of(ledger, order.id)[-2:] == [Step.STORED, Step.DELIVERED]

    @pytest.mark.parametrize("reached", [Delivery.ISSUED, Delivery.STORED, Delivery.DELIVERED])
    def test_a_cursor_that_is_there_or_further_stays(self, ledger: Ledger, show: Event, reached: Delivery) -> None:
        """The order is answered as it is."""
        order = order_in(ledger, show, OrderStatus.PAID)
        steps = [Delivery.ISSUED, Delivery.STORED, Delivery.DELIVERED]
        behind = steps[: steps.index(reached) + 1]
        for step in behind[1:]:
            ledger.orders.advance(order.id, step, NOW)
        order = order_of(ledger, order.id)
        with nothing_changes(ledger, order):
            assert [ledger.orders.advance(order.id, step, LATER) for step in behind] == [order] * len(behind)

    def test_the_cursor_leaves_no_step_out(self, ledger: Ledger, show: Event) -> None:
        """Tickets are not delivered before they are stored."""
        order = order_in(ledger, show, OrderStatus.PAID)
        with nothing_changes(ledger, order):
            assert ledger.orders.advance(order.id, Delivery.DELIVERED, NOW) == order

    @pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.PAID}))
    def test_an_order_that_is_not_paid_has_no_cursor_to_move(
        self, ledger: Ledger, show: Event, status: OrderStatus
    ) -> None:
        """A refund that came between is answered with nothing, as is any other status."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            for step in (Delivery.STORED, Delivery.DELIVERED):
                assert ledger.orders.advance(order.id, step, NOW) is None
