"""Races of everything at once."""

from __future__ import annotations

from itertools import cycle

from ticketcore.domain.orders import OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing.contracts.races.base import Ledgers, RacesBase, all_at_once, assert_conserved
from ticketcore_testing.ledgers import add_show, audit_of, event_of, order_in
from ticketcore_testing.samples import DEADLINE, MILLISECOND, fresh, new_show


class MixedLoadRaces(RacesBase):
    """Run whole lives of orders beside each other."""

    def test_all_processes_make_one_secret(self, ledgers: Ledgers) -> None:
        """Eight processes that start at once have the same secret."""
        secrets = all_at_once(ledgers, [lambda ledger: ledger.keys.secret("order-ids", fresh(32))] * 8)
        assert len(set(secrets)) == 1

    def test_a_busy_evening_ends_in_order(self, ledgers: Ledgers) -> None:
        """Whole lives of orders of two events beside sweeps, locks and reads raise no error, and every place is accounted for."""
        shows = [add_show(ledgers[0], new_show(20)), add_show(ledgers[0], new_show(20))]
        ends = [OrderStatus.PAID, OrderStatus.DECLINED, OrderStatus.REFUNDED, OrderStatus.CANCELLED]

        ended: list[Ledger] = []

        def live(ledger: Ledger) -> None:
            try:
                for event, end in zip(cycle(shows), ends, strict=False):
                    order_in(ledger, event, end)
            finally:
                ended.append(ledger)

        def sweep(ledger: Ledger) -> None:
            for event in cycle(shows):
                ledger.orders.expire_due(None, DEADLINE - MILLISECOND, 10)
                with ledger.events.locked(event.id) as locked:
                    assert locked is not None
                assert audit_of(ledger, event.id).is_conserved
                if len(ended) == 10:
                    return

        all_at_once(ledgers, [*[live] * 10, *[sweep] * 2])
        for event in shows:
            assert_conserved(ledgers[0], event)
        assert sum(event_of(ledgers[0], event.id).sold for event in shows) == 10
