"""The delivery of a paid order advances step by step."""

from __future__ import annotations

import attrs

from ticketcore.domain import journal
from ticketcore.domain.events import Event
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Change, Delivery, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase
from ticketcore_testing.ledgers import (
    event_of,
    nothing_changes,
    order_in,
    order_of,
    steps_of,
)


class DeliveringContract(OrdersBase):
    """Hold ``Orders.write`` to its contract for delivery."""

    def test_delivery_advances_step_by_step(self, ledger: Ledger, show: Event) -> None:
        """Each step is stored and has a journal entry; the event's places do not change."""
        order = order_in(ledger, show, OrderStatus.PAID)
        before = event_of(ledger, show.id)
        for moment, step in ((LATER, Delivery.STORED), (LONG_AFTER, Delivery.DELIVERED)):
            after = attrs.evolve(order, delivery=step)
            assert changes.advance(ledger.orders, order.id, step, moment) == Change(after)
            assert order_of(ledger, order.id) == after
            assert ledger.orders.journal(order.id)[-1] == journal.advanced(after, moment)
        assert event_of(ledger, show.id) == before
        assert steps_of(ledger, order.id)[-2:] == [Step.STORED, Step.DELIVERED]

    def test_repeating_a_step_changes_nothing(self, ledger: Ledger, show: Event) -> None:
        """Two workers may finish the same step."""
        order = order_in(ledger, show, OrderStatus.PAID)
        stored = changes.advance(ledger.orders, order.id, Delivery.STORED, LATER).order
        with nothing_changes(ledger, stored):
            assert changes.advance(ledger.orders, order.id, Delivery.STORED, LONG_AFTER) == Change(stored)
