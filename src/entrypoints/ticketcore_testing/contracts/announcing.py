"""Contract of ``Deliveries.announce``: that a change of an event asks for a mail of each of its paid orders."""

from __future__ import annotations

from datetime import timedelta

from ticketcore.domain import journal
from ticketcore.domain.deliveries import Delivery, DeliveryKind, DeliveryStatus
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract, add_show, order_in
from ticketcore_testing.samples import MILLISECOND, NOW, new_show

_LATER = NOW + timedelta(hours=1)
_MOVED = EventChange(location="The Globe")
_CANCELLED = EventChange(status=EventStatus.CANCELLED)
#: What changes announce.
_ANNOUNCED = (
    (_MOVED, DeliveryKind.CHANGED),
    (EventChange(timezone="Europe/London"), DeliveryKind.CHANGED),
    (_CANCELLED, DeliveryKind.CANCELLED),
)
#: Changes of which no buyer has to hear.
_SILENT = (
    EventChange(name="Lear", description="Five acts.", capacity=50, price="1.00", max_per_order=3),
    EventChange(status=EventStatus.CLOSED),
    EventChange(location="The Globe", notify_buyers=False),
    EventChange(status=EventStatus.CANCELLED, notify_buyers=False),
)


def change(ledger: Ledger, show: Event, wanted: EventChange) -> Event:
    """Change an event, which must be accepted."""
    changed = ledger.events.change(show.id, wanted, None, NOW)
    assert isinstance(changed, Event), changed
    return changed


def sold_show(ledger: Ledger, number: int) -> tuple[Event, list[OrderId]]:
    """Return a show with so many paid orders, and with orders that are not paid."""
    show = add_show(ledger, new_show(100))
    paid = [order_in(ledger, show, OrderStatus.PAID).id for _ in range(number)]
    for status in set(OrderStatus) - {OrderStatus.PAID}:
        order_in(ledger, show, status)
    return show, paid


def other_mails(ledger: Ledger, order_id: OrderId) -> list[Delivery]:
    """Return an order's mails but that of its tickets."""
    return [each for each in ledger.deliveries.of_order(order_id) if each.kind is not DeliveryKind.TICKETS]


class AnnouncingContract(LedgerContract):
    """Hold ``Deliveries.announce`` to its contract, and ``Events.change`` for what it announces."""

    # announce

    def test_nothing_is_announced_of_an_event_that_does_not_change(self, ledger: Ledger) -> None:
        """Nor of one that is made, nor of a change without effect."""
        show, [paid] = sold_show(ledger, 1)
        change(ledger, show, EventChange(location=show.location, date=show.date, timezone=show.timezone))
        assert ledger.deliveries.announce(_LATER, 10) is None
        assert other_mails(ledger, paid) == []

    def test_a_change_of_place_or_time_and_a_cancellation_are_announced(self, ledger: Ledger) -> None:
        """Each asks for a mail of its kind, of the event's new revision, due at once."""
        show, _ = sold_show(ledger, 0)
        dates = (EventChange(date=show.date + MILLISECOND), DeliveryKind.CHANGED)
        for wanted, kind in (*_ANNOUNCED, dates):
            show, [paid] = sold_show(ledger, 1)
            changed = change(ledger, show, wanted)
            assert ledger.deliveries.announce(_LATER, 10) == 1
            assert other_mails(ledger, paid) == [Delivery(paid, kind, changed.revision, _LATER, _LATER)]
            assert ledger.deliveries.announce(_LATER, 10) is None

    def test_that_a_cancelled_event_takes_place_after_all_is_announced(self, ledger: Ledger) -> None:
        """It replaces what is still to be announced of the cancellation."""
        show, [paid] = sold_show(ledger, 1)
        change(ledger, show, _CANCELLED)
        reopened = change(ledger, show, EventChange(status=EventStatus.ON_SALE))
        assert ledger.deliveries.announce(_LATER, 10) == 1
        found = [Delivery(paid, DeliveryKind.REOPENED, reopened.revision, _LATER, _LATER)]
        assert other_mails(ledger, paid) == found
        assert ledger.deliveries.announce(_LATER, 10) is None

    def test_other_changes_are_not_announced(self, ledger: Ledger) -> None:
        """Nor those of which buyers are not to be notified."""
        for wanted in _SILENT:
            show, [paid] = sold_show(ledger, 1)
            change(ledger, show, wanted)
            assert ledger.deliveries.announce(_LATER, 10) is None
            assert other_mails(ledger, paid) == []

    def test_each_paid_order_of_the_event_is_asked_for_once(self, ledger: Ledger) -> None:
        """In pieces of the limit, until the announcement is gone; other orders and other events have no mail."""
        for limit, pieces in ((2, [2, 2, 1, None]), (5, [5, 0, None]), (6, [5, None]), (1, [1, 1, 1, 1, 1, 0, None])):
            _, [other] = sold_show(ledger, 1)
            show, paid = sold_show(ledger, 5)
            change(ledger, show, _MOVED)
            seen: list[OrderId] = []
            for piece in pieces:
                before = {order_id for order_id in paid if other_mails(ledger, order_id)}
                assert ledger.deliveries.announce(_LATER, limit) == piece
                after = [order_id for order_id in paid if other_mails(ledger, order_id)]
                seen += [order_id for order_id in after if order_id not in before]
            assert sorted(seen) == sorted(paid)
            assert other_mails(ledger, other) == []
            assert ledger.deliveries.backlog().pending == len(list(ledger.deliveries.due(_LATER, 1000)))

    def test_only_paid_orders_are_asked_for(self, ledger: Ledger) -> None:
        """Whatever other orders the event has."""
        show = add_show(ledger, new_show(100))
        others = [order_in(ledger, show, status).id for status in OrderStatus if status is not OrderStatus.PAID]
        asked_before = {order_id: list(ledger.deliveries.of_order(order_id)) for order_id in others}
        change(ledger, show, _CANCELLED)
        assert ledger.deliveries.announce(_LATER, 10) == 0
        assert {order_id: list(ledger.deliveries.of_order(order_id)) for order_id in others} == asked_before

    def test_a_mail_of_the_same_kind_is_replaced(self, ledger: Ledger) -> None:
        """Whatever became of it: it is pending again, due at once, with tries of its own and another key."""
        show, [paid] = sold_show(ledger, 1)
        change(ledger, show, _MOVED)
        ledger.deliveries.announce(NOW, 10)
        [first] = other_mails(ledger, paid)
        while (claimed := ledger.deliveries.claim(_LATER)) is not None:
            ledger.deliveries.settle(
                claimed, claimed.given_up(), journal.mail_refused(claimed, _LATER, "no such address")
            )
        again = change(ledger, show, EventChange(location="The Rose"))
        assert ledger.deliveries.announce(_LATER, 10) == 1
        assert other_mails(ledger, paid) == [Delivery(paid, DeliveryKind.CHANGED, again.revision, _LATER, _LATER)]
        assert other_mails(ledger, paid)[0].key != first.key
        assert [each.status for each in other_mails(ledger, paid)] == [DeliveryStatus.PENDING]

    def test_a_later_change_begins_again(self, ledger: Ledger) -> None:
        """It replaces what is still to be announced, wherever that had come to; a silent one leaves it as it is."""
        show, paid = sold_show(ledger, 3)
        change(ledger, show, _MOVED)
        assert ledger.deliveries.announce(_LATER, 2) == 2
        change(ledger, show, EventChange(name="Lear"))
        cancelled = change(ledger, show, _CANCELLED)
        assert [ledger.deliveries.announce(_LATER, 2) for _ in range(3)] == [2, 1, None]
        found = [each for order_id in paid for each in other_mails(ledger, order_id)]
        assert sum(each.kind is DeliveryKind.CHANGED for each in found) == 2
        of_cancellation = [each for each in found if each.kind is DeliveryKind.CANCELLED]
        assert [(each.order_id, each.number) for each in of_cancellation] == [
            (each, cancelled.revision) for each in paid
        ]

    def test_a_silent_change_leaves_what_is_to_be_announced(self, ledger: Ledger) -> None:
        """An earlier change is still told of."""
        show, [paid] = sold_show(ledger, 1)
        change(ledger, show, _MOVED)
        change(ledger, show, EventChange(location="The Rose", notify_buyers=False))
        assert ledger.deliveries.announce(_LATER, 10) == 1
        assert [each.kind for each in other_mails(ledger, paid)] == [DeliveryKind.CHANGED]

    def test_two_pieces_at_once_are_atomic(self, ledger: Ledger) -> None:
        """One process asks for all of it."""

        def race() -> Race:
            show, paid = sold_show(ledger, 2)
            change(ledger, show, _MOVED)

            def look() -> list[int]:
                return [len(other_mails(ledger, order_id)) for order_id in paid]

            return Race(
                lambda: ledger.deliveries.announce(_LATER, 10), lambda: ledger.deliveries.announce(_LATER, 10), look
            )

        assert_atomic(ledger.deliveries, race)
