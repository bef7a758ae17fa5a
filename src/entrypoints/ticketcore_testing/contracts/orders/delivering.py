"""The mail that a decision asks for is written with it."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.events import Event
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.refusals import OrderNotPaid
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase
from ticketcore_testing.ledgers import event_of, nothing_changes, order_in, order_of, record_of


class DeliveringContract(OrdersBase):
    """Hold ``Orders.write`` to its contract for mails."""

    @pytest.mark.parametrize("before", DeliveryStatus)
    def test_a_mail_that_is_asked_for_again_replaces_the_one_before(
        self, ledger: Ledger, show: Event, before: DeliveryStatus
    ) -> None:
        """Whatever became of it: the new one is due at once, with a journal entry; the event's places do not change."""
        order = order_in(ledger, show, OrderStatus.PAID)
        mail = ledger.deliveries.claim(LATER)
        assert mail is not None
        if before is not DeliveryStatus.PENDING:
            after = attrs.evolve(mail, status=before, due_at=None)
            assert ledger.deliveries.settle(mail, after, journal.mailed(mail, LATER))
        places = event_of(ledger, show.id)
        revision = record_of(ledger, order.id).revision
        assert changes.resend(ledger.orders, order.id, LONG_AFTER) == Change(order)
        assert order_of(ledger, order.id) == order
        assert event_of(ledger, show.id) == places
        again = ledger.deliveries.claim(LONG_AFTER)
        assert again is not None
        assert (again.number, again.asked_at, again.tries) == (revision, LONG_AFTER, 1)
        assert ledger.orders.journal(order.id)[-1] == journal.mail_asked(again, LONG_AFTER)
        assert ledger.deliveries.claim(LONG_AFTER) is None

    @pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.PAID}))
    def test_no_other_order_is_mailed_again(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Only a paid order has tickets to mail."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            assert changes.resend(ledger.orders, order.id, LATER) == OrderNotPaid(status.value)

    def test_a_mail_is_no_revision(self, ledger: Ledger, show: Event) -> None:
        """What becomes of a mail overtakes no decision about its order."""
        record = record_of(ledger, order_in(ledger, show, OrderStatus.PAID).id)
        mail = ledger.deliveries.claim(LATER)
        assert mail is not None
        ledger.deliveries.settle(mail, mail.delivered(), journal.mailed(mail, LATER))
        delivered = attrs.evolve(record.order, delivery=DeliveryStatus.DELIVERED)
        assert record_of(ledger, record.order.id) == attrs.evolve(record, order=delivered)
