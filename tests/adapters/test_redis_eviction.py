"""Redis may lose any keys of an event: the results are harmless, and afterwards the counter is right again."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.adapters.counters import HOLD, counting, now, raw
from ticketcore.domain.events import Event
from ticketcore.domain.orders import Change
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Ledger, Repeated, Taken, TooFew, Unknown
from ticketcore.ports.inventory import FLIGHT
from ticketcore_memory import memory_ledger
from ticketcore_redis import RedisInventory
from ticketcore_redis.key_names import Keys
from ticketcore_testing.ledgers import add_show, audit_of, event_of
from ticketcore_testing.samples import free_places, new_reservation, new_show


class Sale:
    """One event of ten places with an order in each stage: reserved, and in flight before and after the ledger's part."""

    def __init__(self, inventory: RedisInventory, *, in_flight: bool) -> None:
        self.inventory = inventory
        self.ledger: Ledger = memory_ledger()
        self.event: Event = add_show(self.ledger, new_show(10))
        self.inventory.reset(self.event.availability, self.event.terms, now())
        self.reserved = self.take(2)
        self.sync(self.reserve(self.reserved))
        self.flying: list[tuple[ReservationRequest, Change | None]] = []
        if in_flight:
            early, late = self.take(3), self.take(1)
            self.flying = [(early, None), (late, self.reserve(late))]

    def take(self, quantity: int) -> ReservationRequest:
        wanted = new_reservation(self.event, quantity, now() + HOLD)
        assert not isinstance(self.inventory.take(wanted, now()), TooFew)
        return wanted

    def reserve(self, wanted: ReservationRequest) -> Change:
        change = self.ledger.orders.reserve(wanted, now())
        assert isinstance(change, Change)
        return change

    def sync(self, change: Change) -> None:
        self.inventory.sync(self.event.id, change.order.id, change.availability, keep=True)

    def land(self) -> None:
        """Finish every take in flight."""
        for wanted, change in self.flying:
            self.sync(change or self.reserve(wanted))
        self.flying = []

    def reset(self) -> None:
        self.inventory.reset(event_of(self.ledger, self.event.id).availability, self.event.terms, now())

    def agrees(self) -> bool:
        """Return whether live availability is the ledger's number."""
        shown = free_places(self.inventory, [self.event.id], now())
        return shown == {self.event.id: audit_of(self.ledger, self.event.id).available}

    def keys(self) -> list[str]:
        return Keys(clustered=False).reservation(self.event.id, self.reserved.order_id)


_SUBSETS = [subset for size in range(1, 6) for subset in combinations(range(5), size)]


@pytest.mark.parametrize("in_flight", [False, True], ids=["at rest", "in flight"])
@pytest.mark.parametrize("reset_first", [False, True], ids=["flights end first", "reset first"])
def test_whichever_keys_are_lost_one_reset_is_enough(redis_url: str, in_flight: bool, reset_first: bool) -> None:
    """A full server may evict any keys of an event: the results are harmless, and after one reset the counter follows the ledger."""
    inventory = counting(redis_url)
    for subset in _SUBSETS:
        sale = Sale(inventory, in_flight=in_flight)
        with raw(redis_url) as client:
            client.delete(*[sale.keys()[index] for index in subset])
        answer = inventory.take(sale.reserved, now())
        assert answer in (Unknown(), Repeated(), Taken())
        inventory.sync(
            sale.event.id, sale.reserved.order_id, event_of(sale.ledger, sale.event.id).availability, keep=True
        )
        for step in (sale.reset, sale.land) if reset_first else (sale.land, sale.reset):
            step()
        assert sale.agrees(), subset
        # Later orders are not affected by remaining keys.
        sale.sync(sale.reserve(sale.take(2)))
        assert sale.agrees(), subset
        late = free_places(inventory, [sale.event.id], now() + FLIGHT)
        assert late == free_places(inventory, [sale.event.id], now()), subset
