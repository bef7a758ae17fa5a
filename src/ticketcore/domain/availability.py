"""Availability: where an event's places are, and which orders it takes."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.domain.ids import EventId


@attrs.frozen
class Availability:
    """An event's free places as of its ``version``, the number of changes of its places."""

    event_id: EventId
    version: int
    available: int


@attrs.frozen
class SaleTerms:
    """Which orders an event takes as of its ``revision``: of at most ``max_quantity`` places, in ``[starts_at, ends_at)``.

    ``max_quantity`` is 0 while the event is not on sale.  ``limits_customers`` is whether one customer's orders are limited
    altogether, which the ledger has to look up.  ``starts_at`` is ``None`` for a sale that has no start.
    """

    revision: int
    max_quantity: int
    ends_at: datetime
    limits_customers: bool = False
    starts_at: datetime | None = None

    def admit(self, quantity: int, now: datetime) -> bool:
        """Return whether an order of so many places may be placed, if they are free."""
        is_open = self.starts_at is None or self.starts_at <= now
        return 1 <= quantity <= self.max_quantity and is_open and now < self.ends_at


@attrs.frozen
class Audit:
    """An event's places as its row has them, beside the sums over its orders and tickets.

    ``of_customers`` are the places that count for the limit of each customer, as the customers' rows have them.
    """

    event_id: EventId
    version: int
    capacity: int
    available: int
    held: int
    sold: int
    held_by_orders: int
    sold_by_orders: int
    tickets: int
    of_customers: int
    of_customers_by_orders: int

    @property
    def is_conserved(self) -> bool:
        """Law 1, and one ticket that is not void for each place sold."""
        return (
            self.capacity == self.available + self.held + self.sold
            and min(self.available, self.held, self.sold) >= 0
            and self.held == self.held_by_orders
            and self.sold == self.sold_by_orders == self.tickets
            and self.of_customers == self.of_customers_by_orders
        )
