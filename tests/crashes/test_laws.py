"""Each check of a law reports its violation; otherwise a run without violations would prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import attrs
import pytest

from tests.crashes import setups
from tests.crashes.broken import component
from tests.crashes.driver import Driver
from tests.crashes.enumeration import run_scenario
from tests.crashes.laws import in_the_end
from tests.crashes.memory import ledger_of, memory_environment
from tests.crashes.scenarios import SCENARIOS
from tests.wrong.ledger_ports import AdmitsAnyStatus
from ticketcore import AdminActKind, Order, OrderStatus
from ticketcore.domain.attempts import AttemptStatus
from ticketcore_memory import MemoryFiles, MemoryLedger, MemoryMailer
from ticketcore_simulated_payments import MemoryCharges, SimulatedPaymentGateway


def _event(ledger: MemoryLedger, **changed: int) -> None:
    [event] = ledger.events.values()
    ledger.events[event.id] = attrs.evolve(event, **changed)  # type: ignore[arg-type]  # Each is the name of an int.


def _order(ledger: MemoryLedger) -> Order:
    [order] = ledger.orders.values()
    return order


def _order_rolled_back(ledger: MemoryLedger) -> None:
    ledger.replace(_order(ledger), attrs.evolve(_order(ledger), status=OrderStatus.RESERVED))


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


#: Violations, and the change that causes each in the ledger of a delivered order with one admitted ticket.
_IN_THE_LEDGER: dict[str, Callable[[MemoryLedger], None]] = {
    "places are not conserved": lambda ledger: _event(ledger, held=1),
    "an event is": lambda ledger: _event(ledger, revision=0),
    "an event's change was undone": lambda ledger: _event(ledger, capacity=11),
    "an order was returned as paid and is reserved": _order_rolled_back,
    "no request leads to this status": _order_rolled_back,
    "a ticket that its buyer has is gone": _ticket_gone,
    "it has 1 tickets for 2 places": _ticket_gone,
    "no longer used by that scan": _ticket_valid_again,
    "its attempt is": _attempt_pending,
    "an API key is None": _key_gone,
    "the journal says 2 times reserved": _twice_in_the_journal,
    "a message was never published": lambda ledger: ledger.put_in_outbox(_order(ledger).id),
}


def _no_money(driver: Driver) -> None:
    assert isinstance(driver.outside.payment_gateway, SimulatedPaymentGateway)
    assert isinstance(driver.outside.payment_gateway.charges, MemoryCharges)
    driver.outside.payment_gateway.charges.charges.clear()


def _mailer(driver: Driver) -> MemoryMailer:
    assert isinstance(driver.outside.mailer, MemoryMailer)
    return driver.outside.mailer


def _no_files(driver: Driver) -> None:
    assert isinstance(driver.outside.files, MemoryFiles)
    driver.outside.files.contents.clear()


#: The same for the other components.
_ELSEWHERE: dict[str, Callable[[Driver], None]] = {
    "money was kept 0 times for 1 paid orders": _no_money,
    "1 waiting": lambda driver: driver.ports.payment_queue.publish([driver.facts.order.id], driver.clock.now()),
    "the counter says None": lambda driver: driver.ports.inventory.drop(driver.facts.event_id),
    "a mail has other tickets than the order": lambda driver: _mailer(driver).sent.append(
        attrs.evolve(_mailer(driver).sent[0], images=())
    ),
    "was sent 0 times": lambda driver: _mailer(driver).sent.clear(),
    "its images are not those of its tickets": _no_files,
}


@pytest.mark.parametrize("violation", [*_IN_THE_LEDGER, *_ELSEWHERE])
def test_each_violation_is_reported(violation: str) -> None:
    """A single change of a consistent state is noticed."""
    with memory_environment() as environment:
        driver = environment.driver()
        setups.admitted(driver)
        setups.with_key(driver)
        assert not [*in_the_end(driver, environment.inspector, SCENARIOS["validate again"])]
        if violation in _ELSEWHERE:
            _ELSEWHERE[violation](driver)
        else:
            _IN_THE_LEDGER[violation](ledger_of(driver.outside))
        assert violation in "\n".join(in_the_end(driver, environment.inspector, SCENARIOS["validate again"]))


def test_one_order_too_many_is_noticed() -> None:
    """An idempotency key that makes a second order breaks a law even if all else is right."""
    with memory_environment() as environment:
        driver = environment.driver()
        setups.fulfilled(driver)
        driver.sell()
        assert "there are 2 orders" in "\n".join(in_the_end(driver, environment.inspector, SCENARIOS["validate"]))


def test_a_second_admission_is_noticed() -> None:
    """The last check finds a ticket that both gates admit."""
    run = run_scenario(partial(memory_environment, component("tickets", AdmitsAnyStatus)), "validate", None)
    assert "was admitted 2 times" in "\n".join(run.violations)


def _message_gone(ledger: MemoryLedger) -> None:
    ledger.webhook_deliveries.clear()


def _message_pending(ledger: MemoryLedger) -> None:
    for message in [*ledger.webhook_deliveries.values()]:
        ledger.webhook_deliveries[message.id] = message.replayed(message.created_at)


def _message_with_an_id(ledger: MemoryLedger) -> None:
    for message in [*ledger.webhook_deliveries.values()]:
        payload = message.payload.replace("ticket_code", _order(ledger).id)
        ledger.webhook_deliveries[message.id] = attrs.evolve(message, payload=payload)


def _act_gone(ledger: MemoryLedger) -> None:
    ledger.acts[:] = [act for act in ledger.acts if act.kind is not AdminActKind.WEBHOOK_CREATED]


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        (_message_gone, "a webhook has 0 messages of an order that was paid"),
        (_message_pending, "messages to a webhook are ['pending'"),
        (_message_with_an_id, "has an order's id"),
        (_act_gone, "there are acts"),
    ],
)
def test_each_violation_about_webhooks_is_reported(change: Callable[[MemoryLedger], None], violation: str) -> None:
    """Of a webhook that was told of an order."""
    with memory_environment() as environment:
        driver = environment.driver()
        setups.told(driver)
        scenario = SCENARIOS["replay to a webhook"]
        assert not [*in_the_end(driver, environment.inspector, scenario)]
        change(ledger_of(driver.outside))
        assert violation in "\n".join(in_the_end(driver, environment.inspector, scenario))
