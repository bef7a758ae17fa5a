"""Contract suite of the outbox.  How orders add rows is tested with the orders."""

from __future__ import annotations

from collections.abc import Sequence

from ticketcore.domain.ids import OrderId
from ticketcore.ports import Ledger, OutboxRow
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract, add_show, capture, outbox_of, refund, reserve, start_payment
from ticketcore_testing.samples import new_order_id, new_show


def waiting_orders(ledger: Ledger, number: int) -> list[OrderId]:
    """Put a row for each of so many new orders into the outbox and return the orders, oldest row first."""
    event = add_show(ledger, new_show(100))
    orders = [reserve(ledger, event) for _ in range(number)]
    for order in orders:
        start_payment(ledger, order)
    return [order.id for order in orders]


def orders_of(rows: Sequence[OutboxRow]) -> list[OrderId]:
    return [row.order_id for row in rows]


class OutboxContract(LedgerContract):
    """Hold ``Outbox`` to its contract."""

    def test_an_empty_outbox_has_nothing_to_publish(self, ledger: Ledger) -> None:
        """There are no rows of all orders or of one."""
        reserve(ledger, add_show(ledger, new_show()))
        assert list(ledger.outbox.pending(10)) == []
        assert list(ledger.outbox.pending(10, [new_order_id()])) == []

    def test_rows_are_returned_oldest_first(self, ledger: Ledger) -> None:
        """Rows have the order in which they were written."""
        orders = waiting_orders(ledger, 12)
        assert orders_of(ledger.outbox.pending(100)) == orders

    def test_at_most_limit_rows_are_returned(self, ledger: Ledger) -> None:
        """The oldest rows are within the limit."""
        orders = waiting_orders(ledger, 4)
        assert [orders_of(ledger.outbox.pending(limit)) for limit in (1, 3, 4, 5)] == [
            orders[:1],
            orders[:3],
            orders,
            orders,
        ]

    def test_the_rows_of_one_order_are_returned_alone(self, ledger: Ledger) -> None:
        """Rows of other orders are left out and do not count against the limit."""
        first, second, third = waiting_orders(ledger, 3)
        assert outbox_of(ledger, second) == [second]
        assert orders_of(ledger.outbox.pending(1, [third])) == [third]
        assert orders_of(ledger.outbox.pending(1, [first])) == [first]

    def test_the_rows_of_some_orders_are_returned_together(self, ledger: Ledger) -> None:
        """Oldest first, whatever the order in which the orders are named; of no order there are none."""
        first, _, third = waiting_orders(ledger, 3)
        assert orders_of(ledger.outbox.pending(10, [third, new_order_id(), first, first])) == [first, third]
        assert orders_of(ledger.outbox.pending(1, [third, first])) == [first]
        assert list(ledger.outbox.pending(10, [])) == []

    def test_an_order_may_have_several_rows(self, ledger: Ledger) -> None:
        """Payment and refund have a row each, and the limit counts rows."""
        order = reserve(ledger, add_show(ledger, new_show()))
        start_payment(ledger, order)
        capture(ledger, order)
        refund(ledger, order)
        rows = ledger.outbox.pending(10, [order.id])
        assert orders_of(rows) == [order.id, order.id]
        assert len({row.id for row in rows}) == 2
        assert list(ledger.outbox.pending(1, [order.id])) == list(rows[:1])

    def test_pending_removes_nothing(self, ledger: Ledger) -> None:
        """Two callers may see the same rows."""
        waiting_orders(ledger, 3)
        assert list(ledger.outbox.pending(10)) == list(ledger.outbox.pending(10))

    def test_sent_rows_are_forgotten_and_others_stay(self, ledger: Ledger) -> None:
        """Only rows that were published are removed."""
        first, second, third = waiting_orders(ledger, 3)
        ledger.outbox.sent(ledger.outbox.pending(10, [second]))
        assert orders_of(ledger.outbox.pending(10)) == [first, third]
        ledger.outbox.sent(ledger.outbox.pending(10))
        assert list(ledger.outbox.pending(10)) == []

    def test_sending_no_rows_changes_nothing(self, ledger: Ledger) -> None:
        """An empty list is accepted."""
        orders = waiting_orders(ledger, 2)
        ledger.outbox.sent([])
        assert orders_of(ledger.outbox.pending(10)) == orders

    def test_many_rows_can_be_sent_at_once(self, ledger: Ledger) -> None:
        """Rows that no longer exist are ignored."""
        orders = waiting_orders(ledger, 3)
        gone = [OutboxRow(row_id, orders[0]) for row_id in range(1_000_000, 1_001_500)]
        ledger.outbox.sent([*gone, *ledger.outbox.pending(10)])
        assert list(ledger.outbox.pending(10)) == []

    def test_repeating_sent_changes_nothing(self, ledger: Ledger) -> None:
        """Row ids are never reused, so rows that were written since are kept."""
        waiting_orders(ledger, 2)
        rows = ledger.outbox.pending(10)
        ledger.outbox.sent(rows)
        ledger.outbox.sent(rows)
        later = waiting_orders(ledger, 2)
        ledger.outbox.sent(rows)
        assert orders_of(ledger.outbox.pending(10)) == later

    def test_pending_and_sent_are_atomic(self, ledger: Ledger) -> None:
        """Rows that are forgotten while others are read are returned or not, and no other row is lost."""

        def race() -> Race:
            waiting_orders(ledger, 3)
            rows = ledger.outbox.pending(10)
            return Race(
                lambda: len(ledger.outbox.pending(10)),
                lambda: ledger.outbox.sent(rows[:2]),
                lambda: _sent_rest(ledger),
            )

        assert_atomic(ledger.outbox, race)

    def test_two_sent_are_atomic(self, ledger: Ledger) -> None:
        """Each forgets its own rows."""

        def race() -> Race:
            waiting_orders(ledger, 3)
            rows = ledger.outbox.pending(10)
            return Race(
                lambda: ledger.outbox.sent(rows[:2]),
                lambda: ledger.outbox.sent(rows[1:2]),
                lambda: _sent_rest(ledger),
            )

        assert_atomic(ledger.outbox, race)


def _sent_rest(ledger: Ledger) -> int:
    """Forget all rows and return how many there were."""
    rows = ledger.outbox.pending(10)
    ledger.outbox.sent(rows)
    return len(rows)
