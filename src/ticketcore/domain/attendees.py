"""Attendees: the tickets of an event's paid orders, by order and number, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import attrs

from ticketcore.domain import ids
from ticketcore.domain.checks import Check, cursor, whole
from ticketcore.domain.events import MAX_PER_ORDER
from ticketcore.domain.ids import TicketCode
from ticketcore.domain.orders import Order
from ticketcore.domain.texts import Text
from ticketcore.domain.tickets import Ticket, TicketStatus

#: Where a page ended: when the order of its last ticket was created, the digest of that order, and the ticket's number.
Cursor = tuple[datetime, str, int]

_ORDER: Check = cursor(ids.is_digest)
_NUMBER: Check = whole(MAX_PER_ORDER)


@attrs.frozen
class Attendee:
    """One ticket of a paid order, with what an organiser needs to know of it.

    It is number ``number`` of the ``of`` tickets that its order has under ``ticket_code``.  ``order`` is the digest of the order's
    id: neither the order's nor the ticket's id is part of it, which are credentials of their holders.  A ticket that was refunded while
    others of its order were not is void.  ``validation_date`` and ``gate`` are ``None`` until it is used.
    """

    number: int
    of: int
    ticket_code: TicketCode
    customer_email: str
    status: TicketStatus
    validation_date: datetime | None
    gate: str | None
    paid_at: datetime
    order: str

    @classmethod
    def of_ticket(cls, order: Order, ticket: Ticket) -> Self:
        """Return the attendee of a paid order's ticket."""
        assert order.ticket_code is not None, "a paid order has a ticket code"
        assert order.paid_at is not None, "a paid order was paid at some time"
        admission = ticket.admission
        return cls(
            number=ticket.number,
            of=order.quantity,
            ticket_code=order.ticket_code,
            customer_email=order.customer_email,
            status=ticket.status,
            validation_date=admission.date if admission else None,
            gate=admission.gate if admission else None,
            paid_at=order.paid_at,
            order=ids.digest(order.id),
        )


@attrs.frozen
class AttendeePage:
    """One page of attendees; ``after`` is the cursor of the next page, or ``None`` on the last one."""

    items: tuple[Attendee, ...]
    after: Cursor | None

    @classmethod
    def of(cls, found: Sequence[tuple[datetime, Attendee]], limit: int) -> Self:
        """Return the page of the first ``limit`` of these attendees, of which one more shows that there is another page.

        Each has the time at which its order was created beside it.
        """
        page = found[:limit]
        return cls(tuple(attendee for _, attendee in page), _place_of(*page[-1]) if len(found) > limit else None)


def _place_of(created_at: datetime, attendee: Attendee) -> Cursor:
    return created_at, attendee.order, attendee.number


def cursor_fault(value: object) -> Text | None:
    """Return what is wrong with a cursor, ``None`` if nothing is."""
    match value:
        case (moment, digest, number) if _NUMBER(number) is None:
            return _ORDER((moment, digest))
        case _:
            return Text("must be where the page before ended")
