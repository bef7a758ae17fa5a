"""Listings of orders: which ones, newest first, and page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import attrs

from ticketcore.domain import checks, emails, ids
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.ids import EventId, TicketCode
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.refusals import InvalidRequest
from ticketcore.domain.reservations import as_of
from ticketcore.domain.retention import FORGOTTEN

#: Where a page ended: when its last order was created, and the digest of that order.  An id is its buyer's credential, and
#: a cursor stands in addresses, which are logged.
Cursor = tuple[datetime, str]

_EMAIL = checks.optional(checks.readable(emails.parse))
_STATUS = checks.optional(checks.instance_of(OrderStatus))
_FLAG = checks.instance_of(bool)


@attrs.frozen
class OrderFilter:
    """Which orders to list; ``None`` does not filter.

    ``customer_email`` is the address in whatever case, ``status`` that of the moment: a reservation past its deadline is
    expired.  With ``undelivered``, only paid orders whose mail could not be delivered.
    """

    event_id: EventId | None = None
    customer_email: str | None = None
    ticket_code: TicketCode | None = None
    status: OrderStatus | None = None
    undelivered: bool = False

    def refusal(self) -> InvalidRequest | None:
        """Return the refusal that names every fault of this filter, or ``None`` if it has none."""
        return checks.invalid(
            customer_email=_EMAIL(self.customer_email),
            status=_STATUS(self.status),
            undelivered=_FLAG(self.undelivered),
        )

    def well_formed(self) -> OrderFilter:
        """Return this filter with an id and a ticket code as orders have them; others become empty, which no order has."""
        return attrs.evolve(
            self,
            event_id=None if self.event_id is None else ids.event_id(self.event_id),
            ticket_code=None if self.ticket_code is None else ids.read_ticket_code(self.ticket_code),
        )

    def admits(self, order: Order, now: datetime) -> bool:
        """Return whether the order as it is at ``now`` passes this filter; no filter finds a forgotten address."""
        shown = as_of(order, now)
        return (
            self.event_id in {None, shown.event_id}
            and (self.customer_email is None or _has_address(shown, self.customer_email))
            and self.ticket_code in {None, shown.ticket_code}
            and self.status in {None, shown.status}
            and (not self.undelivered or _is_undelivered(shown))
        )


def _has_address(order: Order, customer_email: str) -> bool:
    return order.customer_email != FORGOTTEN and order.customer_email.lower() == customer_email.lower()


def _is_undelivered(order: Order) -> bool:
    return order.status is OrderStatus.PAID and order.delivery is DeliveryStatus.UNDELIVERED


def place_of(order: Order) -> Cursor:
    """Return where an order stands in a listing; the latest place comes first."""
    return order.created_at, ids.digest(order.id)


@attrs.frozen
class OrderPage:
    """One page of orders; ``after`` is the cursor of the next page, or ``None`` on the last one."""

    items: tuple[Order, ...]
    after: Cursor | None

    @classmethod
    def of(cls, found: Sequence[Order], limit: int) -> Self:
        """Return the page of the first ``limit`` of these orders, of which one more shows that there is another page."""
        items = tuple(found[:limit])
        return cls(items, place_of(items[-1]) if len(found) > limit else None)

    def as_of(self, now: datetime) -> OrderPage:
        """Return the page with each order as it is at ``now``."""
        return attrs.evolve(self, items=tuple(as_of(order, now) for order in self.items))
