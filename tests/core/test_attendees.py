"""Attendees: what is shown of a ticket, and where a page ends."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.core.examples import CODE, NOW, ORDERS, TICKET
from ticketcore.domain import ids
from ticketcore.domain.attendees import Attendee, AttendeePage, cursor_fault
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.tickets import Admission, TicketStatus

PAID = ORDERS[OrderStatus.PAID]
ATTENDEE = Attendee(1, 2, CODE, "ann@example.com", TicketStatus.VALID, None, None, NOW, ids.digest(PAID.id))


def test_an_attendee_has_what_an_organiser_needs() -> None:
    """Of the order and of the ticket, and the id of neither."""
    assert Attendee.of_ticket(PAID, TICKET) == ATTENDEE
    assert {PAID.id, TICKET.id, TICKET.qr_code} & {*attrs.astuple(ATTENDEE)} == set()


def test_an_attendee_shows_when_and_where_it_was_admitted() -> None:
    """Once the ticket is used; void is void."""
    used = Attendee.of_ticket(PAID, attrs.evolve(TICKET, admission=Admission(NOW, "North", "scan", "key")))
    assert (used.status, used.validation_date, used.gate) == (TicketStatus.USED, NOW, "North")
    assert Attendee.of_ticket(PAID, TICKET.refunded()).status is TicketStatus.VOID


def test_a_page_ends_at_its_last_ticket() -> None:
    """Its cursor says where its order stands, and which ticket it was."""
    second = attrs.evolve(ATTENDEE, number=2)
    found = [(NOW - timedelta(days=1), ATTENDEE), (NOW, second), (NOW, ATTENDEE)]
    assert AttendeePage.of(found, 2) == AttendeePage((ATTENDEE, second), (NOW, ATTENDEE.order, 2))
    assert AttendeePage.of(found, 3).after is None
    assert AttendeePage.of([], 1) == AttendeePage((), None)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "",
        (),
        (NOW, ATTENDEE.order),
        (NOW, PAID.id, 1),
        (NOW, ATTENDEE.order, 0),
        (NOW, ATTENDEE.order, True),
        (NOW, ATTENDEE.order, 1001),
        (NOW.replace(tzinfo=None), ATTENDEE.order, 1),
        ("now", ATTENDEE.order, 1),
    ],
)
def test_only_a_time_a_digest_and_a_number_are_a_cursor(wrong: object) -> None:
    """Anything else has a fault, and never raises."""
    assert cursor_fault((NOW, ATTENDEE.order, 1)) is None
    assert str(cursor_fault(wrong)) == "must be where the page before ended"
