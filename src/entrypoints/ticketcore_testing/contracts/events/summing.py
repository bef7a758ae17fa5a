"""Summaries of events."""

from __future__ import annotations

import attrs

from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId
from ticketcore.domain.money import Money
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.summary import EventSummary
from ticketcore.domain.validation import Admitted, Scan
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.ledgers import LedgerContract, add_show, event_of, nothing_changes, order_in, refund, reserve
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, fresh, new_show


def summary_of(ledger: Ledger, event: Event) -> EventSummary:
    found = ledger.events.summary(event.id, NOW)
    assert found is not None
    return found


def admit_all(ledger: Ledger, event: Event, gate: str, quantity: int) -> None:
    """Admit the tickets of a new order at a gate."""
    order = order_in(ledger, event, OrderStatus.PAID, quantity)
    for ticket in ledger.tickets.of_order(order.id):
        outcome = ledger.tickets.admit(ticket.id, Scan(gate, fresh().hex()), NOW)
        assert isinstance(outcome, Admitted)


class SummingContract(LedgerContract):
    """Hold ``Events.summary`` to its contract."""

    def test_a_new_event_has_taken_and_admitted_nothing(self, ledger: Ledger) -> None:
        """All places are free, and no gate is named; an unknown event has no summary."""
        event = add_show(ledger, new_show(10))
        nothing = Money(0, event.price.currency)
        assert ledger.events.summary(event.id, NOW) == EventSummary(event, 0, nothing, nothing, {})
        assert ledger.events.summary(EventId("a" * 20), NOW) is None

    def test_orders_of_every_status_are_summed_up(self, ledger: Ledger) -> None:
        """Money counts once it has come, also if it is to go back; another event has sums of its own."""
        event, other = (add_show(ledger, new_show(100)) for _ in range(2))
        for quantity, status in enumerate(OrderStatus, 1):
            order_in(ledger, event, status, quantity)
            order_in(ledger, other, status, 10)
        quantities = {status: quantity for quantity, status in enumerate(OrderStatus, 1)}
        taken = event.price.times(quantities[OrderStatus.PAID] + quantities[OrderStatus.REFUNDED])
        found = summary_of(ledger, event)
        assert found.event == event_of(ledger, event.id)
        assert (found.takings, found.refunded) == (taken, Money(0, event.price.currency))
        held = quantities[OrderStatus.RESERVED] + quantities[OrderStatus.PROCESSING]
        assert (found.reserved, found.event.sold, found.admitted) == (held, quantities[OrderStatus.PAID], 0)
        assert found.event.capacity == found.available + found.reserved + found.event.sold

    def test_money_is_refunded_when_it_has_gone_back(self, ledger: Ledger) -> None:
        """Not when the refund begins; it stays among the takings."""
        event = add_show(ledger, new_show(10))
        order = order_in(ledger, event, OrderStatus.PAID, 2)
        refund(ledger, order)
        assert summary_of(ledger, event).refunded.minor == 0
        changes.finish_refund(ledger.orders, order.id, NOW)
        found = summary_of(ledger, event)
        assert found.takings == found.refunded == event.price.times(2)

    def test_reservations_past_their_deadline_are_free(self, ledger: Ledger) -> None:
        """From the millisecond of their deadline on."""
        event = add_show(ledger, new_show(10))
        reserve(ledger, event, 2, DEADLINE)
        reserve(ledger, event, 3, DEADLINE + MILLISECOND)
        found = [ledger.events.summary(event.id, DEADLINE + offset) for offset in (-MILLISECOND, 0 * MILLISECOND)]
        assert [(each.due, each.reserved, each.available) for each in found if each] == [(0, 5, 5), (2, 3, 7)]

    def test_used_tickets_are_counted_by_gate(self, ledger: Ledger) -> None:
        """Those of other events and unused ones are not."""
        event, other = (add_show(ledger, new_show(20)) for _ in range(2))
        admit_all(ledger, event, "North", 3)
        admit_all(ledger, event, "São", 1)
        admit_all(ledger, other, "North", 2)
        order_in(ledger, event, OrderStatus.PAID, 4)
        found = summary_of(ledger, event)
        assert (dict(found.gates), found.admitted) == ({"North": 3, "São": 1}, 4)
        assert found.takings == event.price.times(8)

    def test_a_summary_changes_nothing(self, ledger: Ledger) -> None:
        """It is a read."""
        order = reserve(ledger, add_show(ledger, new_show()))
        with nothing_changes(ledger, order):
            ledger.events.summary(order.event_id, DEADLINE)

    def test_an_events_currency_is_that_of_its_sums(self, ledger: Ledger) -> None:
        """Also of one that is not in whole hundredths."""
        show = new_show(10)
        event = add_show(ledger, attrs.evolve(show, price=Money.parse("500", "JPY")))
        order_in(ledger, event, OrderStatus.PAID, 2)
        assert summary_of(ledger, event).takings == Money.parse("1000", "JPY")
