"""Availability: where an event's places are."""

from __future__ import annotations

import attrs

from ticketcore.domain.ids import EventId


@attrs.frozen
class Availability:
    """An event's free places as of its ``version``, the number of changes of its places."""

    event_id: EventId
    version: int
    available: int


@attrs.frozen
class Audit:
    """An event's places as its row has them, beside the sums over its orders and tickets."""

    event_id: EventId
    version: int
    capacity: int
    available: int
    held: int
    sold: int
    held_by_orders: int
    sold_by_orders: int
    tickets: int

    @property
    def is_conserved(self) -> bool:
        """Law 1, and one ticket that is not void for each place sold."""
        return (
            self.capacity == self.available + self.held + self.sold
            and min(self.available, self.held, self.sold) >= 0
            and self.held == self.held_by_orders
            and self.sold == self.sold_by_orders == self.tickets
        )
