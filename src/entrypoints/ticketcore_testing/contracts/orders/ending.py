"""Reservations end by their buyer or by time, to the millisecond."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.orders import Change, OrderStatus, Problem
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LONG_AFTER, OrdersBase, cancel_event, moved_to, places_of
from ticketcore_testing.ledgers import add_show, audit_of, nothing_changes, order_in, order_of, reserve
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, new_show


class EndingContract(OrdersBase):
    """Hold ``Orders.write``, for cancellation, and ``expire_due`` to their contract."""

    # cancel

    def test_a_cancelled_reservation_gives_its_places_back(self, ledger: Ledger, show: Event) -> None:
        """It can be cancelled until a millisecond before its deadline, even if its event has begun or was cancelled."""
        order = reserve(ledger, show, 3)
        cancel_event(ledger, show)
        cancelled = moved_to(
            changes.cancel(ledger.orders, order.id, DEADLINE - MILLISECOND), OrderStatus.CANCELLED, ledger
        )
        assert cancelled == attrs.evolve(order, status=OrderStatus.CANCELLED, places=0)
        assert places_of(ledger, show) == (10, 0, 0, 2)
        assert list(ledger.orders.journal(order.id))[1:] == [journal.transition(cancelled, DEADLINE - MILLISECOND)]

    def test_cancelling_again_changes_nothing(self, ledger: Ledger, show: Event) -> None:
        """The cancelled order is returned without availability, also after the deadline."""
        order = order_in(ledger, show, OrderStatus.CANCELLED)
        with nothing_changes(ledger, order):
            assert changes.cancel(ledger.orders, order.id, NOW) == Change(order)
            assert changes.cancel(ledger.orders, order.id, LONG_AFTER) == Change(order)

    # expire_due

    def test_a_reservation_expires_at_its_deadline(self, ledger: Ledger, show: Event) -> None:
        """A millisecond earlier it does not; then it has its problem and gives its places back."""
        order = reserve(ledger, show, 3)
        with nothing_changes(ledger, order):
            assert list(ledger.orders.expire_due(show.id, DEADLINE - MILLISECOND, 10)) == []
        (change,) = ledger.orders.expire_due(show.id, DEADLINE, 10)
        expired = moved_to(change, OrderStatus.EXPIRED, ledger)
        assert expired == attrs.evolve(order, status=OrderStatus.EXPIRED, places=0, problem=Problem.RESERVATION_EXPIRED)
        assert places_of(ledger, show) == (10, 0, 0, 2)
        assert list(ledger.orders.journal(order.id))[1:] == [journal.transition(expired, DEADLINE)]

    def test_an_expired_order_does_not_expire_again(self, ledger: Ledger, show: Event) -> None:
        """A second sweep finds nothing."""
        order = order_in(ledger, show, OrderStatus.EXPIRED)
        with nothing_changes(ledger, order):
            assert list(ledger.orders.expire_due(show.id, LONG_AFTER, 10)) == []
            assert list(ledger.orders.expire_due(None, LONG_AFTER, 10)) == []

    @pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.RESERVED}))
    def test_time_ends_no_other_order(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Only reserved orders expire."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            assert list(ledger.orders.expire_due(None, LONG_AFTER, 10)) == []

    def test_the_due_reservations_of_one_event_expire(self, ledger: Ledger, show: Event) -> None:
        """Reservations of other events, and ones that are not due yet, stay."""
        due = {reserve(ledger, show, 2).id for _ in range(3)}
        alive = reserve(ledger, show, 1, DEADLINE + MILLISECOND)
        elsewhere = reserve(ledger, add_show(ledger, new_show()))
        expired = ledger.orders.expire_due(show.id, DEADLINE, 10)
        assert {change.order.id for change in expired} == due
        assert places_of(ledger, show)[:3] == (9, 1, 0)
        assert order_of(ledger, alive.id) == alive
        assert order_of(ledger, elsewhere.id) == elsewhere

    def test_the_due_reservations_of_all_events_expire(self, ledger: Ledger) -> None:
        """Without an event every due reservation expires; each change has the availability of its own event."""
        shows = [add_show(ledger, new_show()) for _ in range(3)]
        due = {reserve(ledger, event, 2).id: event.id for event in shows for _ in range(2)}
        expired = ledger.orders.expire_due(None, DEADLINE, 100)
        assert {change.order.id: change.order.event_id for change in expired} == due
        assert all(change.availability and change.availability.event_id == change.order.event_id for change in expired)
        assert [places_of(ledger, event) for event in shows] == [(10, 0, 0, 4)] * 3

    def test_every_expired_order_is_a_change_of_its_own(self, ledger: Ledger, show: Event) -> None:
        """Each raises the version by one and has the row's availability at that version."""
        for _ in range(4):
            reserve(ledger, show, 2)
        expired = ledger.orders.expire_due(show.id, DEADLINE, 10)
        availabilities = [
            (change.availability.version, change.availability.available) for change in expired if change.availability
        ]
        assert availabilities == [(5, 4), (6, 6), (7, 8), (8, 10)]

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_at_most_limit_reservations_expire_at_once(self, ledger: Ledger, show: Event, limit: int) -> None:
        """The others are left for the next call, with an event or without one."""
        for event in (show, add_show(ledger, new_show())):
            due = {reserve(ledger, event).id for _ in range(5)}
            wanted = event.id if event is show else None
            found: list[OrderId] = []
            while expired := ledger.orders.expire_due(wanted, DEADLINE, limit):
                assert len(expired) == min(limit, 5 - len(found))
                found += [change.order.id for change in expired]
                assert audit_of(ledger, event.id).is_conserved
            assert sorted(found) == sorted(due)

    @pytest.mark.parametrize("everywhere", [True, False])
    def test_the_soonest_deadline_expires_first(self, ledger: Ledger, show: Event, everywhere: bool) -> None:
        """Reservations beyond the limit have later deadlines, with an event or without one."""
        orders = [reserve(ledger, show, 1, DEADLINE + late * MILLISECOND) for late in (3, 1, 4, 0, 2)]
        wanted = None if everywhere else show.id
        found = [ledger.orders.expire_due(wanted, LONG_AFTER, limit) for limit in (2, 1, 2)]
        soonest = [orders[index].id for index in (3, 1, 4, 0, 2)]
        assert [change.order.id for expired in found for change in expired] == soonest

    def test_an_unknown_event_has_nothing_to_expire(self, ledger: Ledger, show: Event) -> None:
        """Reservations of other events stay."""
        order = reserve(ledger, show)
        with nothing_changes(ledger, order):
            assert list(ledger.orders.expire_due(EventId("nowhere"), LONG_AFTER, 10)) == []
