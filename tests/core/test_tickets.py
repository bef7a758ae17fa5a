"""Tickets: one admission each."""

from __future__ import annotations

import attrs
from hypothesis import given

from tests.core.examples import CODE, DOORS, EVENT, NOW, ORDERS, TICKET
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import TicketId
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.tickets import Admission, TicketRecord, TicketStatus
from ticketcore_testing.strategies import ticket_ids


def test_a_refund_makes_void_what_was_not_used() -> None:
    """A used ticket stays used, and making void twice is once."""
    used = attrs.evolve(TICKET, admission=Admission(NOW, "north", "scan-1"))
    void = attrs.evolve(TICKET, is_refunded=True)

    assert TICKET.refunded() == void
    assert used.refunded() == attrs.evolve(used, is_refunded=True)
    assert used.refunded().status is TicketStatus.USED
    assert void.refunded() == void


def test_a_record_has_what_gates_need_of_the_order_and_the_event() -> None:
    """Each field is that of the ticket's own order or event."""
    order = attrs.evolve(ORDERS[OrderStatus.PAID], quantity=3)
    event = attrs.evolve(EVENT, status=EventStatus.CLOSED, doors_at=DOORS, timezone="Europe/London")

    assert TicketRecord.of_ticket(order, event, TICKET) == TicketRecord(
        TICKET, 3, CODE, OrderStatus.PAID, "Jazz Night", EventStatus.CLOSED, DOORS, "Europe/London"
    )


@given(ticket_ids, ticket_ids)
def test_an_images_name_stands_for_one_ticket_and_hides_it(one: TicketId, other: TicketId) -> None:
    """Each ticket has its own file, whose name does not give the ticket's id away."""
    name = attrs.evolve(TICKET, id=one).image_name

    assert one not in name
    assert name.startswith("qr/")
    assert name.endswith(".png")
    assert (name == attrs.evolve(TICKET, id=other).image_name) == (one == other)
