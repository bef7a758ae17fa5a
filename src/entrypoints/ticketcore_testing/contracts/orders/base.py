"""What the suites of orders stand on: an event of ten places, and looks at what a change made of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.payments import Attempt
from ticketcore_testing.contracts.ledger import LedgerContract
from ticketcore_testing.ledgers import Ledger, add_show, attempt_of, audit_of, event_of, order_in, order_of
from ticketcore_testing.samples import DEADLINE, NOW, new_show

NOBODY = OrderId("a" * 26)
LATER = NOW + timedelta(seconds=1)
LONG_AFTER = DEADLINE + timedelta(days=365)


class OrdersGround(LedgerContract):
    """A suite over the orders of one event."""

    @pytest.fixture
    def show(self, ledger: Ledger) -> Event:
        """Answer an event of ten places that the ledger has."""
        return add_show(ledger, new_show(10))


def moved_to(change: object, status: OrderStatus, ledger: Ledger) -> Order:
    """Answer the order of a change that moved it, after looking that the change tells what the ledger then has."""
    assert isinstance(change, Change)
    assert change.order.status is status
    assert change.order == order_of(ledger, change.order.id)
    event = event_of(ledger, change.order.event_id)
    assert change.availability == event.availability
    assert audit_of(ledger, event.id).is_conserved
    return change.order


def places_of(ledger: Ledger, event: Event) -> tuple[int, int, int, int]:
    """Answer how many places are available, held and sold, and the version of the event."""
    now = event_of(ledger, event.id)
    return now.available, now.held, now.sold, now.version


def cancel_event(ledger: Ledger, event: Event) -> None:
    assert isinstance(ledger.events.change(event.id, EventChange(status=EventStatus.CANCELLED), None), Event)


def paying(ledger: Ledger, show: Event, quantity: int = 2) -> tuple[Order, Attempt]:
    """Answer an order in processing and its attempt."""
    order = order_in(ledger, show, OrderStatus.PROCESSING, quantity)
    return order, attempt_of(ledger, order.id)
