"""Each law can be broken, and says so: without that, nothing that keeps them all would prove anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import attrs
import pytest

from tests.crashes import beginnings
from tests.crashes.broken import part
from tests.crashes.enumeration import play
from tests.crashes.laws import in_the_end
from tests.crashes.memory import ledger_of, on_memory
from tests.crashes.process import Desk
from tests.crashes.stories import STORIES
from tests.wrong.ledger_ports import AdmitsEverybody
from ticketcore import Order, OrderStatus
from ticketcore.domain.attempts import AttemptStatus
from ticketcore_memory import MemoryFiles, MemoryLedger, MemoryMailer
from ticketcore_simulated_payments import MemoryCharges, SimulatedPaymentGateway


def _event(ledger: MemoryLedger, **changed: int) -> None:
    [event] = ledger.events.values()
    ledger.events[event.id] = attrs.evolve(event, **changed)  # type: ignore[arg-type]  # Each is a whole number's name.


def _order(ledger: MemoryLedger) -> Order:
    [order] = ledger.orders.values()
    return order


def _order_set_back(ledger: MemoryLedger) -> None:
    ledger.replace(attrs.evolve(_order(ledger), status=OrderStatus.RESERVED))


def _ticket_gone(ledger: MemoryLedger) -> None:
    del ledger.tickets[ledger.tickets_of_order[_order(ledger).id].pop()]


def _ticket_valid_again(ledger: MemoryLedger) -> None:
    for ticket in ledger.tickets.values():
        ledger.tickets[ticket.id] = attrs.evolve(ticket, admission=None)


def _attempt_pending(ledger: MemoryLedger) -> None:
    [attempt] = ledger.attempts.values()
    ledger.attempts[attempt.order_id] = attrs.evolve(attempt, status=AttemptStatus.PENDING)


def _twice_in_the_journal(ledger: MemoryLedger) -> None:
    ledger.write(ledger.journal[_order(ledger).id][0])


def _key_gone(ledger: MemoryLedger) -> None:
    ledger.keys.clear()


#: What is done to the ledger of an order that was fulfilled and of whose tickets one was let in, and what is said of it.
_IN_THE_LEDGER: dict[str, Callable[[MemoryLedger], None]] = {
    "places are not conserved": lambda ledger: _event(ledger, held=1),
    "an event is": lambda ledger: _event(ledger, revision=0),
    "an event's change was undone": lambda ledger: _event(ledger, capacity=11),
    "an order was answered as paid and is reserved": _order_set_back,
    "nobody did what leads there": _order_set_back,
    "a ticket that somebody has seen is gone": _ticket_gone,
    "it has 1 tickets for 2 places": _ticket_gone,
    "no longer used by that scan": _ticket_valid_again,
    "its attempt is": _attempt_pending,
    "an API key is None": _key_gone,
    "the journal says 2 times reserved": _twice_in_the_journal,
    "a message was never published": lambda ledger: ledger.put_in_outbox(_order(ledger).id),
}


def _no_money(desk: Desk) -> None:
    assert isinstance(desk.outside.payment_gateway, SimulatedPaymentGateway)
    assert isinstance(desk.outside.payment_gateway.charges, MemoryCharges)
    desk.outside.payment_gateway.charges.charges.clear()


def _mailer(desk: Desk) -> MemoryMailer:
    assert isinstance(desk.outside.mailer, MemoryMailer)
    return desk.outside.mailer


def _no_files(desk: Desk) -> None:
    assert isinstance(desk.outside.files, MemoryFiles)
    desk.outside.files.contents.clear()


#: What is done to the other parts.
_ELSEWHERE: dict[str, Callable[[Desk], None]] = {
    "money was kept 0 times for 1 paid orders": _no_money,
    "1 waiting": lambda desk: desk.ports.payment_queue.publish([desk.facts.order.id], desk.clock.now()),
    "the counter says None": lambda desk: desk.ports.inventory.drop(desk.facts.event_id),
    "a mail brought tickets that do not count": lambda desk: _mailer(desk).sent.append(
        attrs.evolve(_mailer(desk).sent[0], images=())
    ),
    "in 0 mails": lambda desk: _mailer(desk).sent.clear(),
    "its images are not those of its tickets": _no_files,
}


@pytest.mark.parametrize("said", [*_IN_THE_LEDGER, *_ELSEWHERE])
def test_each_law_can_be_broken(said: str) -> None:
    """What one hand does to the parts of an order in good order is noticed."""
    with on_memory() as stage:
        desk = stage.desk()
        beginnings.admitted(desk)
        beginnings.with_key(desk)
        assert not [*in_the_end(desk, stage.books, STORIES["validate again"])]
        if said in _ELSEWHERE:
            _ELSEWHERE[said](desk)
        else:
            _IN_THE_LEDGER[said](ledger_of(desk.outside))
        assert said in "\n".join(in_the_end(desk, stage.books, STORIES["validate again"]))


def test_one_order_too_many_is_noticed() -> None:
    """A key that makes a second order breaks a law even if everything else is right."""
    with on_memory() as stage:
        desk = stage.desk()
        beginnings.fulfilled(desk)
        desk.sell()
        assert "there are 2 orders" in "\n".join(in_the_end(desk, stage.books, STORIES["validate"]))


def test_a_second_admission_is_noticed() -> None:
    """The gates of the last law find a ticket that is let in at both."""
    run = play(partial(on_memory, part("tickets", AdmitsEverybody)), "validate", None)
    assert "was let in 2 times" in "\n".join(run.violations)
