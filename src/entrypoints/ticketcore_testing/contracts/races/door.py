"""Races of gates for one ticket."""

from __future__ import annotations

from ticketcore.domain.journal import Step
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import TicketAlreadyUsed, TicketVoid
from ticketcore.domain.tickets import TicketStatus
from ticketcore.domain.validation import Admitted
from ticketcore_testing.contracts.races.base import (
    Ledgers,
    RacesBase,
    admitting,
    all_at_once,
    assert_conserved,
    of_type,
    refunding,
)
from ticketcore_testing.ledgers import add_show, order_in, steps_of
from ticketcore_testing.samples import NOW, new_show


class DoorRaces(RacesBase):
    """Admit one ticket at many gates."""

    def test_a_ticket_is_admitted_once(self, ledgers: Ledgers) -> None:
        """One of sixteen gates admits it, and the others are told which."""
        order = order_in(ledgers[0], add_show(ledgers[0], new_show()), OrderStatus.PAID)
        (ticket,) = ledgers[0].tickets.of_order(order.id)
        outcomes = all_at_once(ledgers, [admitting(ticket, f"gate {number}") for number in range(16)])
        used = ledgers[0].tickets.get(ticket.id)
        assert used is not None
        assert used.admission is not None
        assert [each.ticket for each in of_type(outcomes, Admitted)] == [used]
        assert of_type(outcomes, TicketAlreadyUsed) == [TicketAlreadyUsed(NOW, used.admission.gate)] * 15
        assert steps_of(ledgers[0], order.id).count(Step.ADMITTED) == 1

    def test_a_repeated_scan_is_admitted_once(self, ledgers: Ledgers) -> None:
        """Every repetition of the scan returns the same ticket, admitted once."""
        order = order_in(ledgers[0], add_show(ledgers[0], new_show()), OrderStatus.PAID)
        (ticket,) = ledgers[0].tickets.of_order(order.id)
        outcomes = all_at_once(ledgers, [admitting(ticket, "gate")] * 16)
        admitted = of_type(outcomes, Admitted)
        assert [each.ticket for each in admitted] == [ledgers[0].tickets.get(ticket.id)] * 16
        assert sorted(each.is_repeated for each in admitted) == [False] + [True] * 15
        assert steps_of(ledgers[0], order.id).count(Step.ADMITTED) == 1

    def test_a_ticket_is_admitted_or_refunded(self, ledgers: Ledgers) -> None:
        """A ticket is admitted or void, never both."""
        event = add_show(ledgers[0], new_show(100))
        for evenly in (True, False) * 3:
            order = order_in(ledgers[0], event, OrderStatus.PAID)
            (ticket,) = ledgers[0].tickets.of_order(order.id)
            calls = [*[refunding(order)] * 4, *[admitting(ticket, f"gate {number}") for number in range(4)]]
            outcomes = all_at_once(ledgers, calls if evenly else calls[::-1])
            after = ledgers[0].tickets.get(ticket.id)
            assert after is not None
            used = [after.admission] if after.status is TicketStatus.USED else []
            assert [each.ticket.admission for each in of_type(outcomes, Admitted)] == used
            assert len(of_type(outcomes, TicketVoid)) == (0 if after.status is TicketStatus.USED else 4)
        assert_conserved(ledgers[0], event)
