"""Base of the suites of orders: an event of ten places, and readers of what a change left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing.ledgers import LedgerContract, add_show, attempt_of, audit_of, event_of, order_in, order_of
from ticketcore_testing.samples import DEADLINE, NOW, new_show

UNKNOWN = OrderId("a" * 26)
LATER = NOW + timedelta(seconds=1)
LONG_AFTER = DEADLINE + timedelta(days=365)


class OrdersBase(LedgerContract):
    """Base of the suites for orders of one event."""

    @pytest.fixture
    def show(self, ledger: Ledger) -> Event:
        """Return an event of ten places that the ledger has."""
        return add_show(ledger, new_show(10))


def moved_to(change: object, status: OrderStatus, ledger: Ledger) -> Order:
    """Return the order of a change to ``status``, after checking that the change is what the ledger then has."""
    assert isinstance(change, Change)
    assert change.order.status is status
    assert change.order == order_of(ledger, change.order.id)
    event = event_of(ledger, change.order.event_id)
    assert change.availability == event.availability
    assert audit_of(ledger, event.id).is_conserved
    return change.order


def places_of(ledger: Ledger, event: Event) -> tuple[int, int, int, int]:
    """Return the available, held and sold places, and the version of the event."""
    now = event_of(ledger, event.id)
    return now.available, now.held, now.sold, now.version


def cancel_event(ledger: Ledger, event: Event) -> None:
    assert isinstance(ledger.events.change(event.id, EventChange(status=EventStatus.CANCELLED), None, NOW), Event)


def processing(ledger: Ledger, show: Event, quantity: int = 2) -> tuple[Order, Attempt]:
    """Return a processing order and its attempt."""
    order = order_in(ledger, show, OrderStatus.PROCESSING, quantity)
    return order, attempt_of(ledger, order.id)
