"""Locks, due places and audits of an event."""

from __future__ import annotations

import threading
from datetime import timedelta

import attrs
import pytest

from ticketcore.domain.availability import Audit
from ticketcore.domain.ids import EventId, text_of
from ticketcore.domain.orders import OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing.ledgers import (
    LedgerContract,
    add_show,
    audit_of,
    event_of,
    expire,
    nothing_changes,
    order_in,
    order_of,
    reserve,
)
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, new_reservation, new_show

UNKNOWN = EventId("a" * 20)


class CountingContract(LedgerContract):
    """Hold ``Events.locked``, ``due`` and ``audit`` to their contract."""

    # locked

    def test_a_locked_event_is_returned_unchanged(self, ledger: Ledger) -> None:
        """The context returns the event, and locking changes nothing."""
        event = add_show(ledger, new_show())
        order = reserve(ledger, event, 2)
        with nothing_changes(ledger, order), ledger.events.locked(event.id) as locked:
            assert locked == attrs.evolve(event, held=2, version=1)

    def test_an_unknown_event_is_locked_as_none(self, ledger: Ledger) -> None:
        """Locking an unknown event returns ``None`` and blocks no other."""
        event = add_show(ledger, new_show())
        with ledger.events.locked(UNKNOWN) as locked:
            assert locked is None
        reserve(ledger, event)

    def test_places_do_not_change_while_the_event_is_locked(self, ledger: Ledger) -> None:
        """A reservation that begins meanwhile is made after the context ends, not before."""
        event = add_show(ledger, new_show())
        wanted = new_reservation(event)
        buyer = threading.Thread(target=ledger.orders.reserve, args=(wanted, NOW), daemon=True)
        with ledger.events.locked(event.id):
            buyer.start()
            buyer.join(0.2)
            assert buyer.is_alive()
        buyer.join(10)
        assert order_of(ledger, wanted.order_id).status is OrderStatus.RESERVED

    def test_an_error_ends_the_lock(self, ledger: Ledger) -> None:
        """An exception under the lock is raised, and the event can be changed again."""
        event = add_show(ledger, new_show())
        with pytest.raises(ZeroDivisionError), ledger.events.locked(event.id):
            _ = 1 // 0
        reserve(ledger, event)

    # due

    def test_due_counts_places_whose_deadline_has_passed(self, ledger: Ledger) -> None:
        """A reservation is due from the millisecond of its deadline on, and counts with all its places."""
        event = add_show(ledger, new_show())
        reserve(ledger, event, 2, DEADLINE)
        reserve(ledger, event, 3, DEADLINE)
        reserve(ledger, event, 4, DEADLINE + MILLISECOND)
        assert ledger.events.due([event.id], DEADLINE - MILLISECOND) == {}
        assert ledger.events.due([event.id], DEADLINE) == {event.id: 5}
        assert ledger.events.due([event.id], DEADLINE + MILLISECOND) == {event.id: 9}

    @pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.RESERVED}))
    def test_only_reserved_orders_are_due(self, ledger: Ledger, status: OrderStatus) -> None:
        """An order in another status has no deadline to pass."""
        event = add_show(ledger, new_show())
        order_in(ledger, event, status)
        assert ledger.events.due([event.id], DEADLINE + timedelta(days=1)) == {}

    def test_due_returns_only_requested_events(self, ledger: Ledger) -> None:
        """Other events, unknown ones and ones with nothing due are left out."""
        first, second, third, quiet = (add_show(ledger, new_show()) for _ in range(4))
        for event in (first, second, third):
            reserve(ledger, event, 2)
        assert ledger.events.due([first.id, third.id, quiet.id, UNKNOWN], DEADLINE) == {first.id: 2, third.id: 2}
        assert ledger.events.due({first.id, first.id}, DEADLINE) == {first.id: 2}
        assert ledger.events.due([], DEADLINE) == {}

    def test_due_takes_as_many_events_as_a_page_has(self, ledger: Ledger) -> None:
        """More than a hundred events can be requested at once."""
        event = add_show(ledger, new_show())
        reserve(ledger, event)
        strangers = [EventId(text_of(number.to_bytes(12))) for number in range(1500)]
        assert ledger.events.due([*strangers, event.id], DEADLINE) == {event.id: 1}

    def test_due_expires_nothing(self, ledger: Ledger) -> None:
        """``due`` is a read."""
        order = reserve(ledger, add_show(ledger, new_show()))
        with nothing_changes(ledger, order):
            ledger.events.due([order.event_id], DEADLINE)

    # audit

    def test_the_audit_of_a_new_event_is_all_free_places(self, ledger: Ledger) -> None:
        """Nothing is held or sold, and the version is 0."""
        event = add_show(ledger, new_show(10))
        assert ledger.events.audit(event.id) == Audit(event.id, 0, 10, 10, 0, 0, 0, 0, 0, 0, 0)

    def test_the_audit_counts_orders_of_every_status(self, ledger: Ledger) -> None:
        """Reserved and processing orders hold their places, paid ones have a ticket for each place, all others have none."""
        event = add_show(ledger, new_show(100))
        other = add_show(ledger, new_show(100))
        for quantity, status in enumerate(OrderStatus, 1):
            order_in(ledger, event, status, quantity)
            order_in(ledger, other, status, 10)
        # Reserved 1, processing 2, paid 3; a move each, and one more for each order that ended or was paid, and a refund.
        assert ledger.events.audit(event.id) == Audit(event.id, 13, 100, 94, 3, 3, 3, 3, 3, 6, 6)
        assert audit_of(ledger, event.id).is_conserved

    def test_the_audit_contains_the_events_row(self, ledger: Ledger) -> None:
        """Version, capacity and places are those of the event."""
        event = add_show(ledger, new_show(10))
        expire(ledger, reserve(ledger, event, 2))
        reserve(ledger, event, 4)
        row, audit = event_of(ledger, event.id), audit_of(ledger, event.id)
        assert (
            (audit.version, audit.capacity, audit.available) == (row.version, row.capacity, row.available) == (3, 10, 6)
        )
        assert (audit.held, audit.sold) == (row.held, row.sold) == (4, 0)

    def test_unused_and_used_tickets_of_paid_orders_are_counted(self, ledger: Ledger) -> None:
        """Tickets of a refunded order are not, as their places are free again."""
        event = add_show(ledger, new_show(10))
        order_in(ledger, event, OrderStatus.REFUNDED, 3)
        order_in(ledger, event, OrderStatus.PAID, 2)
        assert audit_of(ledger, event.id).tickets == 2
