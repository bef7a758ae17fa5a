"""The cursor of a delivery moves forward, one step at a time, while the order is paid."""

from __future__ import annotations

from itertools import product

import attrs
import pytest

from tests.core.examples import NOW, RECORDS, statuses_but
from ticketcore.domain import deliveries, journal
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.orders import Delivery, OrderStatus

STEPS = {(Delivery.ISSUED, Delivery.STORED), (Delivery.STORED, Delivery.DELIVERED)}


def paid(reached: Delivery) -> OrderRecord:
    record = RECORDS[OrderStatus.PAID]
    return attrs.evolve(record, order=attrs.evolve(record.order, delivery=reached))


@pytest.mark.parametrize(("reached", "done"), sorted(STEPS))
def test_the_cursor_moves_step_by_step(reached: Delivery, done: Delivery) -> None:
    """Issued, stored, delivered: each step has a journal entry, and nothing else changes."""
    record = paid(reached)
    advanced = attrs.evolve(record.order, delivery=done)

    assert deliveries.advance(record, done, NOW) == Decision(
        advanced, record.attempt, entries=(journal.advanced(advanced, NOW),)
    )


@pytest.mark.parametrize(("reached", "done"), sorted(set(product(Delivery, Delivery)) - STEPS))
def test_every_other_step_changes_nothing(reached: Delivery, done: Delivery) -> None:
    """The cursor never goes back, stays when a step is repeated, and leaves no step out."""
    record = paid(reached)

    assert deliveries.advance(record, done, NOW) == record.unchanged()


@pytest.mark.parametrize(("reached", "done"), sorted(STEPS))
@pytest.mark.parametrize("status", statuses_but(OrderStatus.PAID))
def test_only_a_paid_order_is_delivered(status: OrderStatus, reached: Delivery, done: Delivery) -> None:
    """A refund that came between leaves the cursor where it is."""
    record = attrs.evolve(RECORDS[status], order=attrs.evolve(RECORDS[status].order, delivery=reached))

    assert deliveries.advance(record, done, NOW) == record.unchanged()


def test_a_step_can_be_repeated() -> None:
    """The second time it changes nothing."""
    record = paid(Delivery.ISSUED)
    decision = deliveries.advance(record, Delivery.STORED, NOW)
    after = record.after(decision)

    assert deliveries.advance(after, Delivery.STORED, NOW) == after.unchanged()
