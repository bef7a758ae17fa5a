"""Several ledgers give the same answers to the same history, and hold the same afterwards."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from ticketcore.domain.events import EventStatus
from ticketcore_simulated_payments import tokens
from ticketcore_testing.agreement.ledger.events import EventsHistory
from ticketcore_testing.agreement.ledger.history import UNKNOWN_EVENT, holds
from ticketcore_testing.agreement.ledger.orders import OrdersHistory
from ticketcore_testing.agreement.ledger.tickets_outbox_keys import KeysHistory, OutboxHistory, TicketsHistory
from ticketcore_testing.ledgers import all_about, audit_of

__all__ = ["LedgersAgree"]


class LedgersAgree(EventsHistory, OrdersHistory, TicketsHistory, OutboxHistory, KeysHistory):
    """One history of all verbs of the five ports, told to several ledgers at once.

    Each answer is compared with the first ledger's, and so is what they hold: after each step of the event and order that it
    was about, at the end of everything.  Times come to a deadline, to the millisecond before it and to the one after; calls
    are repeated; ids are also ones that nobody has.

    ``open_ledgers`` answers the ledgers by name, the one to be trusted first: new and empty ones for each history, or
    always the same ones, which then agree from history to history.
    """

    @initialize(
        capacity=st.integers(4, 9),
        lives=st.lists(
            st.tuples(st.sampled_from(["reserved", "processing", "paid", "refunded"]), holds), min_size=2, max_size=4
        ),
    )
    def begin(self, capacity: int, lives: list[tuple[str, timedelta]]) -> None:
        """Begin with orders that are worth something: short histories seldom get so far by chance."""
        self.add_event(capacity, EventStatus.ON_SALE)
        for life, hold in lives:
            self.reserve(0, 2, hold)
            if life != "reserved":
                self.start_payment(0, tokens.APPROVED, 1)
            if life in {"paid", "refunded"}:
                self.capture(0, None, 1)
            if life == "refunded":
                self.start_refund(0, 1)

    @invariant()
    def they_hold_the_same(self) -> None:
        self.all_say(lambda ledger: all_about(ledger, self.event, self.order))

    def teardown(self) -> None:
        """Compare everything, and leave nothing that is due or to be published to the next history."""
        order_ids = [wanted.order_id for wanted in self.orders]
        self.all_say(lambda ledger: [all_about(ledger, event.id) for event in self.events])
        self.all_say(lambda ledger: all_about(ledger, UNKNOWN_EVENT, *order_ids))
        for ledger in self.ledgers.values():
            assert all(audit_of(ledger, event.id).is_conserved for event in self.events)
        self.list_keys()
        self.publish_all()
        self.expire_at(None, self.now + timedelta(days=1), 1000)
