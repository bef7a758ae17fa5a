"""The contract of ``get``, ``find``, ``note`` and ``journal``."""

from __future__ import annotations

import pytest

from ticketcore.domain import deliveries, ids, journal
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import Event
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.validation import Scan
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, OrdersBase
from ticketcore_testing.ledgers import event_of, order_in, order_of, reserve, steps_of
from ticketcore_testing.samples import NOW, STRANGE_IDS, TEXTS, label


class ReadingContract(OrdersBase):
    """Hold ``Orders.get``, ``find``, ``note`` and ``journal`` to their contract."""

    # get, find

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_an_unknown_order_is_none(self, ledger: Ledger, show: Event, strange: str) -> None:
        """Any text is accepted as an id or a digest, and an unknown one returns ``None``."""
        reserve(ledger, show)
        assert ledger.orders.get(OrderId(strange)) is None
        assert ledger.orders.find(strange) is None
        assert list(ledger.orders.journal(OrderId(strange))) == []

    @pytest.mark.parametrize("status", OrderStatus)
    def test_an_order_is_found_by_its_digest(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """It is returned unchanged; its id and a part of its digest find nothing."""
        order = order_in(ledger, show, status)
        digest = ids.digest(order.id)
        assert ledger.orders.find(digest) == ledger.orders.get(order.id) == order
        assert ledger.orders.find(order.id) is None
        assert ledger.orders.find(digest[:-1]) is None

    # note, journal

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_a_note_is_stored_exactly(self, ledger: Ledger, show: Event, text: str) -> None:
        """It is appended to its order's journal and changes nothing else."""
        order = reserve(ledger, show)
        mail = deliveries.asked(order.id, DeliveryKind.TICKETS, 1, NOW)
        entries = [journal.failed(order, LATER, text), journal.mail_refused(mail, LATER, text)]
        before = event_of(ledger, show.id)
        for entry in entries:
            ledger.orders.note(entry)
        assert list(ledger.orders.journal(order.id))[1:] == entries
        assert (order_of(ledger, order.id), event_of(ledger, show.id)) == (order, before)

    def test_the_journal_is_returned_oldest_first(self, ledger: Ledger, show: Event) -> None:
        """Entries have the order in which they were written, even within one millisecond; each order has its own."""
        order, other = reserve(ledger, show), reserve(ledger, show)
        for number in range(12):
            ledger.orders.note(journal.failed((order, other)[number % 2], NOW, str(number)))
        reasons = [entry.facts.get("reason") for entry in ledger.orders.journal(order.id)]
        assert reasons == [None, "0", "2", "4", "6", "8", "10"]

    def test_a_whole_life_is_in_the_journal(self, ledger: Ledger, show: Event) -> None:
        """From the reservation to the returned money there is one entry for each transition and admission."""
        order = order_in(ledger, show, OrderStatus.PAID, 2)
        mail = ledger.deliveries.claim(NOW)
        assert mail is not None
        ledger.deliveries.settle(mail, mail.delivered(), journal.mailed(mail, NOW))
        ledger.tickets.admit(ledger.tickets.of_order(order.id)[0].id, Scan("North", "scan"), NOW)
        changes.start_refund(ledger, order.id, NOW)
        changes.finish_refund(ledger.orders, order.id, NOW)
        assert steps_of(ledger, order.id) == [
            Step.RESERVED,
            Step.PAYMENT_STARTED,
            Step.PAID,
            Step.MAILED,
            Step.ADMITTED,
            Step.REFUND_STARTED,
            Step.REFUNDED,
        ]
