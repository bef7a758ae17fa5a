"""The machine comes to whatever can happen to an order and a ticket."""

from __future__ import annotations

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.harnesses import MemoryMachine
from tests.laws.test_box_office import ORDINARY
from tests.wrong.finding import finding
from ticketcore import OrderStatus, TicketStatus

_MILESTONES = {
    *(f"an order is {status}" for status in OrderStatus),
    *(f"a ticket is {status}" for status in TicketStatus),
    "an order was charged too late",
    "there are dead letters",
    "places are held at a wipe",
    "change event: capacity_in_use",
    "reserve: sold_out",
    "reserve: sales_closed",
    "reserve: sales_not_open",
    "reserve: idempotency_conflict",
    "pay: reservation_expired",
    "pay: order_not_payable",
    "pay: payment_declined",
    "cancel: order_not_cancellable",
    "refund: order_not_paid",
    "a message is given back",
    "validate: wrong_event",
    "validate: ticket_void",
    "validate: too_early",
    "validate: ticket_already_used",
    "validate: ticket_not_authentic",
    "validate: ticket_not_found",
    "an address is forgotten",
    "an address is kept: reserved",
    "an address is kept: processing",
    "an address is kept: settling",
    "an address is kept: coming",
    "refund event: 1",
    "refund a part: paid",
    "refund a part: ticket_not_found",
    "a buyer decides",
    "correct: paid",
    "correct: reserved",
    "correct: reservation_expired",
    "correct: order_not_payable",
    "list: orders",
    "summary: admitted",
    "undo: valid",
    "undo: nothing_to_undo",
}


class _Enough(Exception):
    """Every milestone was reached."""


def test_ordinary_histories_come_to_every_state() -> None:
    """Every status of orders and tickets, every refusal, money back, dead letters, wipes while places are held."""
    missing = {*_MILESTONES}

    class Machine(MemoryMachine):
        def reach(self, milestone: str) -> None:
            missing.discard(milestone)
            super().reach(milestone)

        def teardown(self) -> None:
            super().teardown()
            if not missing:
                raise _Enough

    with pytest.raises(_Enough):
        run_state_machine_as_test(Machine, settings=finding(ORDINARY))
