"""Races of time, the buyer and the sweepers for one reservation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle, islice

from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.refusals import ReservationExpired
from ticketcore.ports import Ledger
from ticketcore_testing.contracts.races.base import (
    Ledgers,
    RacesBase,
    all_at_once,
    assert_conserved,
    cancelling,
    paying,
    with_availability,
)
from ticketcore_testing.ledgers import add_show, event_of, order_in, order_of, outbox_of, reserve
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, new_show

LONG_AFTER = NOW + timedelta(days=1)


class EndingRaces(RacesBase):
    """Pay, cancel and expire one reservation."""

    def test_payment_and_expiry_meet_at_the_deadline(self, ledgers: Ledgers) -> None:
        """A payment in the last millisecond, during sweeps, makes the order processing or finds it expired, as its result says."""
        event = add_show(ledgers[0], new_show(100))
        orders = [reserve(ledgers[0], event, quantity) for quantity in islice(cycle([1, 2, 3]), 24)]
        payments = [paying(order, DEADLINE - MILLISECOND) for order in orders]

        def sweep(ledger: Ledger) -> None:
            for _ in range(6):
                ledger.orders.expire_due(event.id, DEADLINE, 3)
                time.sleep(0.001)

        outcomes = all_at_once(ledgers, [*payments, *[sweep] * 4])
        for order, outcome in zip(orders, outcomes, strict=False):
            after = order_of(ledgers[0], order.id)
            paid = outcome == Change(after)
            assert paid or outcome == ReservationExpired(DEADLINE)
            assert after.status is (OrderStatus.PROCESSING if paid else OrderStatus.EXPIRED)
            assert outbox_of(ledgers[0], order.id) == ([order.id] if paid else [])
        assert_conserved(ledgers[0], event)

    def test_a_reservation_expires_once(self, ledgers: Ledgers) -> None:
        """Sweepers skip orders that another one has locked; together they expire every order once."""
        event = add_show(ledgers[0], new_show(30))
        due = {reserve(ledgers[0], event).id for _ in range(30)}

        def sweep(ledger: Ledger) -> Sequence[Change]:
            return [change for _ in range(3) for change in ledger.orders.expire_due(None, DEADLINE, 5)]

        found = [change for changes in all_at_once(ledgers, [sweep] * 8) for change in changes]
        found += ledgers[0].orders.expire_due(None, DEADLINE, 100)
        assert sorted(change.order.id for change in found) == sorted(due)
        assert sorted(change.availability.version for change in found if change.availability) == list(range(31, 61))
        assert event_of(ledgers[0], event.id).available == 30
        assert_conserved(ledgers[0], event)

    def test_an_order_is_reminded_of_once(self, ledgers: Ledgers) -> None:
        """Sweepers that look at the same time put one row in the outbox for each stalled order together."""
        event = add_show(ledgers[0], new_show(100))
        stalled = {order_in(ledgers[0], event, OrderStatus.PROCESSING).id for _ in range(40)}
        ledgers[0].outbox.sent(ledgers[0].outbox.pending(100))

        def sweep(ledger: Ledger) -> int:
            return sum(ledger.orders.remind(NOW, LONG_AFTER, 3) for _ in range(14))

        assert sum(all_at_once(ledgers, [sweep] * 8)) == len(stalled)
        assert sorted(row.order_id for row in ledgers[0].outbox.pending(1000)) == sorted(stalled)

    def test_cancelling_and_paying_meet_on_the_order(self, ledgers: Ledgers) -> None:
        """One of them succeeds; the places are given back once or not at all."""
        event = add_show(ledgers[0], new_show(100))
        for _ in range(5):
            order = reserve(ledgers[0], event, 2)
            outcomes = all_at_once(ledgers, [*[cancelling(order)] * 4, *[paying(order)] * 4])
            cancelled = order_of(ledgers[0], order.id).status is OrderStatus.CANCELLED
            assert len(with_availability(outcomes)) == cancelled
            assert [isinstance(outcome, Change) for outcome in outcomes] == [cancelled] * 4 + [not cancelled] * 4
        assert_conserved(ledgers[0], event)
