"""The cursor of a paid order moves step by step."""

from __future__ import annotations

import attrs
import pytest

from ticketcore import journal
from ticketcore.events import Event
from ticketcore.journal import Step
from ticketcore.orders import Fulfilment, OrderStatus
from ticketcore.testing.contracts.orders.ground import LATER, LONG_AFTER, OrdersGround
from ticketcore.testing.ledgers import Ledger, event_of, nothing_changes, order_in, order_of, steps_of
from ticketcore.testing.values import NOW


class FulfillingContract(OrdersGround):
    """Hold ``Orders.advance`` to its contract."""

    def test_the_cursor_moves_step_by_step(self, ledger: Ledger, show: Event) -> None:
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
    def test_a_cursor_that_is_there_or_further_stays(self, ledger: Ledger, show: Event, reached: Fulfilment) -> None:
        """The order is answered as it is."""
        order = order_in(ledger, show, OrderStatus.PAID)
        steps = [Fulfilment.ISSUED, Fulfilment.STORED, Fulfilment.NOTIFIED]
        behind = steps[: steps.index(reached) + 1]
        for step in behind[1:]:
            ledger.orders.advance(order.id, step, NOW)
        order = order_of(ledger, order.id)
        with nothing_changes(ledger, order):
            assert [ledger.orders.advance(order.id, step, LATER) for step in behind] == [order] * len(behind)

    def test_the_cursor_leaves_no_step_out(self, ledger: Ledger, show: Event) -> None:
        """Tickets are not notified before they are stored."""
        order = order_in(ledger, show, OrderStatus.PAID)
        with nothing_changes(ledger, order):
            assert ledger.orders.advance(order.id, Fulfilment.NOTIFIED, NOW) == order

    @pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.PAID}))
    def test_an_order_that_is_not_paid_has_no_cursor_to_move(
        self, ledger: Ledger, show: Event, status: OrderStatus
    ) -> None:
        """A refund that came between is answered with nothing, as is any other status."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            for step in (Fulfilment.STORED, Fulfilment.NOTIFIED):
                assert ledger.orders.advance(order.id, step, NOW) is None
