"""Contract suite of deliveries.  That decisions ask for mails is tested with the orders."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from ticketcore.domain import journal
from ticketcore.domain.deliveries import LEASE, Delivery, DeliveryBacklog, DeliveryKind, DeliveryStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.announcing import AnnouncingContract
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import add_show, nothing_changes, order_in, order_of, reserve, start_payment
from ticketcore_testing.samples import MILLISECOND, NOW, new_code, new_show, new_tickets

LATER = NOW + timedelta(hours=1)
REASON = "SMTP reply 450"


def paid_orders(ledger: Ledger, number: int) -> list[Order]:
    """Return so many new orders, each paid a millisecond after the one before."""
    show = add_show(ledger, new_show(100))
    return [_pay(ledger, reserve(ledger, show), NOW + index * MILLISECOND) for index in range(number)]


def _pay(ledger: Ledger, order: Order, now: datetime) -> Order:
    start_payment(ledger, order)
    return changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), now).order


def claim(ledger: Ledger, now: datetime = LATER) -> Delivery:
    """Claim a delivery, which must be due."""
    claimed = ledger.deliveries.claim(now)
    assert claimed is not None
    return claimed


def postpone(ledger: Ledger, claimed: Delivery, now: datetime = LATER) -> Delivery:
    """Settle a claimed delivery as postponed, and return it as it then is."""
    after = claimed.postponed(now)
    assert ledger.deliveries.settle(claimed, after, journal.mail_postponed(after, now, REASON))
    return after


class DeliveriesContract(AnnouncingContract):
    """Hold ``Deliveries`` to its contract."""

    # claim

    def test_nothing_is_due_before_a_sale(self, ledger: Ledger) -> None:
        """Orders of any other status have no mail."""
        show = add_show(ledger, new_show())
        for status in OrderStatus:
            if status not in {OrderStatus.PAID, OrderStatus.REFUNDED}:
                assert order_in(ledger, show, status).delivery is None
        assert ledger.deliveries.claim(LATER) is None
        assert list(ledger.deliveries.due(LATER, 10)) == []
        assert ledger.deliveries.backlog() == DeliveryBacklog(0, 0, None)

    def test_a_delivery_is_claimed_as_the_sale_asked_for_it(self, ledger: Ledger) -> None:
        """It is the first try of the tickets' mail, and the order stays pending."""
        [order] = paid_orders(ledger, 1)
        claimed = claim(ledger)
        assert claimed == Delivery(order.id, DeliveryKind.TICKETS, claimed.number, NOW, LATER + LEASE, tries=1)
        assert order_of(ledger, order.id).delivery is DeliveryStatus.PENDING

    def test_the_soonest_is_claimed_first(self, ledger: Ledger) -> None:
        """Deliveries have the order of their schedule."""
        orders = paid_orders(ledger, 4)
        assert [claim(ledger).order_id for _ in orders] == [order.id for order in orders]

    def test_a_delivery_is_due_at_its_moment(self, ledger: Ledger) -> None:
        """It is not due a millisecond before."""
        [order] = paid_orders(ledger, 1)
        assert ledger.deliveries.claim(NOW - MILLISECOND) is None
        assert list(ledger.deliveries.due(NOW - MILLISECOND, 10)) == []
        assert list(ledger.deliveries.due(NOW, 10)) == [order.id]
        assert claim(ledger, NOW).order_id == order.id

    def test_a_claimed_delivery_is_hidden_until_its_lease_ends(self, ledger: Ledger) -> None:
        """A worker that dies delays its mail by the lease; the next try is counted."""
        paid_orders(ledger, 1)
        first = claim(ledger, NOW)
        assert ledger.deliveries.claim(NOW + LEASE - MILLISECOND) is None
        again = claim(ledger, NOW + LEASE)
        assert again == attrs.evolve(first, tries=2, due_at=NOW + 2 * LEASE)

    # settle

    def test_a_delivered_mail_is_done(self, ledger: Ledger) -> None:
        """Its order says so, the journal has the entry, and it is never due again."""
        [order] = paid_orders(ledger, 1)
        claimed = claim(ledger)
        entry = journal.mailed(claimed, LATER)
        assert ledger.deliveries.settle(claimed, claimed.delivered(), entry)
        assert order_of(ledger, order.id) == attrs.evolve(order, delivery=DeliveryStatus.DELIVERED)
        assert ledger.orders.journal(order.id)[-1] == entry
        assert ledger.deliveries.claim(LATER + timedelta(days=365)) is None
        assert ledger.deliveries.backlog() == DeliveryBacklog(0, 0, None)

    def test_an_undelivered_mail_is_counted_and_not_tried(self, ledger: Ledger) -> None:
        """Its order says so, and the journal why."""
        [order] = paid_orders(ledger, 1)
        claimed = claim(ledger)
        entry = journal.mail_refused(claimed, LATER, REASON)
        assert ledger.deliveries.settle(claimed, claimed.given_up(), entry)
        assert order_of(ledger, order.id) == attrs.evolve(order, delivery=DeliveryStatus.UNDELIVERED)
        assert ledger.orders.journal(order.id)[-1] == entry
        assert ledger.deliveries.claim(LATER + timedelta(days=365)) is None
        assert ledger.deliveries.backlog() == DeliveryBacklog(0, 1, None)

    def test_a_postponed_mail_is_due_later(self, ledger: Ledger) -> None:
        """It keeps its tries and the time of its beginning."""
        [order] = paid_orders(ledger, 1)
        after = postpone(ledger, claim(ledger))
        assert after.due_at is not None
        assert order_of(ledger, order.id) == order
        assert ledger.deliveries.claim(after.due_at - MILLISECOND) is None
        assert claim(ledger, after.due_at) == after.claimed(after.due_at)

    def test_repeating_an_outcome_changes_nothing(self, ledger: Ledger) -> None:
        """An outcome that was written, perhaps with its response lost, is not written again."""
        [order] = paid_orders(ledger, 1)
        claimed = claim(ledger)
        postpone(ledger, claimed)
        ledger.deliveries.settle(claimed, claimed.delivered(), journal.mailed(claimed, LATER))
        with nothing_changes(ledger, order):
            assert not ledger.deliveries.settle(claimed, claimed.delivered(), journal.mailed(claimed, LATER))

    def test_the_outcome_of_an_ended_lease_is_not_written(self, ledger: Ledger) -> None:
        """The claim after it has the last word."""
        [order] = paid_orders(ledger, 1)
        slow = claim(ledger, LATER)
        again = claim(ledger, LATER + LEASE)
        with nothing_changes(ledger, order):
            assert not ledger.deliveries.settle(slow, slow.given_up(), journal.mail_refused(slow, LATER, REASON))
            assert not ledger.deliveries.withdraw(slow)
        assert ledger.deliveries.settle(again, again.delivered(), journal.mailed(again, LATER))

    def test_the_outcome_of_a_mail_that_was_asked_for_again_is_not_written(self, ledger: Ledger) -> None:
        """The new mail is due at once, with tries of its own, and another key."""
        [order] = paid_orders(ledger, 1)
        before = claim(ledger)
        changes.resend(ledger.orders, order.id, LATER)
        with nothing_changes(ledger, order):
            assert not ledger.deliveries.settle(before, before.delivered(), journal.mailed(before, LATER))
        again = claim(ledger)
        assert (again.tries, again.asked_at) == (1, LATER)
        assert again.key != before.key

    # withdraw

    def test_a_withdrawn_mail_is_gone(self, ledger: Ledger) -> None:
        """Its order has no delivery, and its journal says nothing."""
        [order] = paid_orders(ledger, 1)
        before = list(ledger.orders.journal(order.id))
        claimed = claim(ledger)
        assert ledger.deliveries.withdraw(claimed)
        assert order_of(ledger, order.id) == attrs.evolve(order, delivery=None)
        assert list(ledger.orders.journal(order.id)) == before
        assert ledger.deliveries.claim(LATER + timedelta(days=365)) is None
        assert not ledger.deliveries.withdraw(claimed)

    # of_order

    def test_an_order_has_its_deliveries_by_kind(self, ledger: Ledger) -> None:
        """A refund asks for a mail of its own beside that of the tickets, due at once; other orders have theirs."""
        order, other = paid_orders(ledger, 2)
        changes.start_refund(ledger, order.id, LATER)
        found = list(ledger.deliveries.of_order(order.id))
        assert [(each.kind, each.asked_at, each.due_at) for each in found] == [
            (DeliveryKind.REFUND, LATER, LATER),
            (DeliveryKind.TICKETS, NOW, NOW),
        ]
        assert all(each.order_id == order.id and each.status is DeliveryStatus.PENDING for each in found)
        assert len({each.key for each in found}) == len(found)
        assert [each.order_id for each in ledger.deliveries.of_order(other.id)] == [other.id]
        assert list(ledger.deliveries.of_order(OrderId("no-such-order"))) == []

    # due, backlog

    def test_at_most_limit_due_deliveries_are_returned_and_none_is_claimed(self, ledger: Ledger) -> None:
        """The soonest are within the limit; looking twice returns the same."""
        orders = [order.id for order in paid_orders(ledger, 3)]
        for limit in (1, 2, 3, 4):
            assert list(ledger.deliveries.due(LATER, limit)) == orders[:limit]
        claim(ledger)
        assert list(ledger.deliveries.due(LATER, 10)) == orders[1:]

    def test_the_backlog_has_the_oldest_pending_mail(self, ledger: Ledger) -> None:
        """Claimed and postponed mails are pending; the age is that of the asking."""
        paid_orders(ledger, 3)
        assert ledger.deliveries.backlog() == DeliveryBacklog(3, 0, NOW)
        first = claim(ledger)
        postpone(ledger, claim(ledger))
        assert ledger.deliveries.backlog() == DeliveryBacklog(3, 0, NOW)
        ledger.deliveries.settle(first, first.delivered(), journal.mailed(first, LATER))
        assert ledger.deliveries.backlog() == DeliveryBacklog(2, 0, NOW + MILLISECOND)

    # races

    def test_two_claims_are_atomic(self, ledger: Ledger) -> None:
        """Two workers never get the same delivery."""

        def race() -> Race:
            paid_orders(ledger, 1)

            def look() -> int:
                return sum(_claimed(ledger) for _ in range(3))

            return Race(lambda: _claimed(ledger), lambda: _claimed(ledger), look)

        assert_atomic(ledger.deliveries, race)

    def test_two_outcomes_of_one_claim_are_atomic(self, ledger: Ledger) -> None:
        """One of them is written."""

        def race() -> Race:
            [order] = paid_orders(ledger, 1)
            mail = claim(ledger)
            return Race(
                lambda: ledger.deliveries.settle(mail, mail.delivered(), journal.mailed(mail, LATER)),
                lambda: ledger.deliveries.settle(mail, mail.given_up(), journal.mail_refused(mail, LATER, REASON)),
                lambda: (order_of(ledger, order.id).delivery, len(ledger.orders.journal(order.id))),
            )

        assert_atomic(ledger.deliveries, race)


def _claimed(ledger: Ledger) -> bool:
    return ledger.deliveries.claim(LATER) is not None
