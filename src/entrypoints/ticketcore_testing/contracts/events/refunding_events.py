"""Requests to refund all of an event."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from ticketcore.domain.acts import AdminAct, AdminActKind
from ticketcore.domain.api_keys import MAX_NAME
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract, acts_on, add_show, order_in, refund
from ticketcore_testing.samples import MILLISECOND, NOW, STRANGE_IDS, TEXTS, label, new_show

_PLACES = [(NOW, "a" * 16), (NOW + MILLISECOND, "b" * 16)]
_BY = [*(text[:MAX_NAME] for text in TEXTS), None]


def sold_show(ledger: Ledger, paid: int) -> Event:
    """Return a show with so many paid orders, and with orders that are not paid."""
    show = add_show(ledger, new_show(100))
    for status in [OrderStatus.PAID] * paid + [each for each in OrderStatus if each is not OrderStatus.PAID]:
        order_in(ledger, show, status)
    return show


class RefundingContract(LedgerContract):
    """Hold ``Events`` to its contract for the refunds of all orders."""

    def test_the_paid_orders_of_an_event_are_counted(self, ledger: Ledger) -> None:
        """Neither those in another status nor those of another event."""
        sold_show(ledger, 2)
        show = sold_show(ledger, 3)
        assert ledger.events.request_refund(EventRefund(show.id, NOW)) == 3

    @pytest.mark.parametrize("by", _BY, ids=lambda by: label(by or "no key"))
    def test_a_request_waits_and_is_an_act(self, ledger: Ledger, by: str | None) -> None:
        """It is returned as it was made, and names the key that made it."""
        show = sold_show(ledger, 1)
        request = EventRefund(show.id, NOW, by)
        ledger.events.request_refund(request)
        assert ledger.events.refund_request() == request
        assert acts_on(ledger, show.id)[0] == AdminAct(NOW, by, AdminActKind.EVENT_REFUNDED, show.id, show.name)

    def test_without_paid_orders_nothing_is_recorded(self, ledger: Ledger) -> None:
        """Neither of an event that sold nothing, nor of one whose orders are all refunded."""
        show = sold_show(ledger, 0)
        refund(ledger, order_in(ledger, show, OrderStatus.PAID))
        before = acts_on(ledger, show.id)
        assert ledger.events.request_refund(EventRefund(show.id, NOW)) == 0
        assert ledger.events.refund_request() is None
        assert acts_on(ledger, show.id) == before

    @pytest.mark.parametrize("event_id", STRANGE_IDS, ids=label)
    def test_an_unknown_event_has_nothing_to_refund(self, ledger: Ledger, event_id: str) -> None:
        """Whatever is taken for its id."""
        assert ledger.events.request_refund(EventRefund(EventId(event_id), NOW)) is None
        assert ledger.events.refund_request() is None

    def test_a_request_moves_on_until_it_is_done(self, ledger: Ledger) -> None:
        """A place that it has come to is kept; then it is gone."""
        request = EventRefund(sold_show(ledger, 1).id, NOW, "office")
        ledger.events.request_refund(request)
        for place in _PLACES:
            assert ledger.events.advance_refund(request, place)
            request = attrs.evolve(request, after=place)
            assert ledger.events.refund_request() == request
        assert ledger.events.advance_refund(request, None)
        assert ledger.events.refund_request() is None

    def test_a_request_that_another_process_moved_stays_as_it_is(self, ledger: Ledger) -> None:
        """Also one that was made again, or is done."""
        request = EventRefund(sold_show(ledger, 1).id, NOW)
        ledger.events.request_refund(request)
        ledger.events.advance_refund(request, _PLACES[0])
        moved = attrs.evolve(request, after=_PLACES[0])
        for place in (_PLACES[1], None):
            assert not ledger.events.advance_refund(request, place)
            assert ledger.events.refund_request() == moved
        again = attrs.evolve(request, requested_at=NOW + MILLISECOND)
        ledger.events.request_refund(again)
        assert not ledger.events.advance_refund(moved, None)
        ledger.events.advance_refund(again, None)
        assert not ledger.events.advance_refund(again, _PLACES[0])
        assert ledger.events.refund_request() is None

    def test_a_second_request_begins_again(self, ledger: Ledger) -> None:
        """It replaces the first one, wherever that had come to."""
        show = sold_show(ledger, 1)
        first = EventRefund(show.id, NOW, "office")
        ledger.events.request_refund(first)
        ledger.events.advance_refund(first, _PLACES[0])
        second = EventRefund(show.id, NOW + timedelta(hours=1), "another")
        assert ledger.events.request_refund(second) == 1
        assert ledger.events.refund_request() == second

    def test_the_lowest_id_is_first(self, ledger: Ledger) -> None:
        """The next event has its turn when the one before is done."""
        requests = [EventRefund(sold_show(ledger, 1).id, NOW) for _ in range(3)]
        for request in reversed(requests):
            ledger.events.request_refund(request)
        for request in sorted(requests, key=lambda each: each.event_id):
            assert ledger.events.refund_request() == request
            ledger.events.advance_refund(request, None)

    def test_two_moves_of_one_request_are_atomic(self, ledger: Ledger) -> None:
        """Only one of two processes records where it has come to."""

        def race() -> Race:
            request = EventRefund(sold_show(ledger, 1).id, NOW)
            ledger.events.request_refund(request)

            def end() -> bool:
                found = ledger.events.refund_request()
                return found is not None and ledger.events.advance_refund(found, None)

            return Race(
                lambda: ledger.events.advance_refund(request, _PLACES[0]),
                lambda: ledger.events.advance_refund(request, _PLACES[1]),
                end,
            )

        assert_atomic(ledger.events, race)
