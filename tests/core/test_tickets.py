"""Tickets: one admission each."""

from __future__ import annotations

import attrs
from hypothesis import given

from tests.core.examples import NOW, TICKET
from ticketcore.domain.ids import TicketId
from ticketcore.domain.tickets import Admission, TicketStatus
from ticketcore_testing.strategies import ticket_ids


def test_a_refund_makes_void_what_was_not_used() -> None:
    """A used ticket stays used, and making void twice is once."""
    used = attrs.evolve(TICKET, admission=Admission(NOW, "north", "scan-1"))
    void = attrs.evolve(TICKET, is_refunded=True)

    assert TICKET.refunded() == void
    assert used.refunded() == attrs.evolve(used, is_refunded=True)
    assert used.refunded().status is TicketStatus.USED
    assert void.refunded() == void


@given(ticket_ids, ticket_ids)
def test_an_images_name_stands_for_one_ticket_and_hides_it(one: TicketId, other: TicketId) -> None:
    """Each ticket has its own file, whose name does not give the ticket's id away."""
    name = attrs.evolve(TICKET, id=one).image_name

    assert one not in name
    assert name.startswith("qr/")
    assert name.endswith(".png")
    assert (name == attrs.evolve(TICKET, id=other).image_name) == (one == other)
