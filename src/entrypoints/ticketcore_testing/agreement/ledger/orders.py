"""The history's orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import rule

from ticketcore.domain import ids, journal
from ticketcore.domain.ids import AttemptId, EventId
from ticketcore.domain.orders import Change, Delivery
from ticketcore.domain.payments import Attempt
from ticketcore_simulated_payments import tokens
from ticketcore_testing.agreement.ledger.history import History, chosen, holds, which_one
from ticketcore_testing.ledgers import Ledger
from ticketcore_testing.samples import MILLISECOND, PRICE, fresh, new_code, new_reservation, new_show, new_tickets

_TOKENS = [tokens.APPROVED, tokens.DECLINED, "it's \N{TICKET}"]
_times = st.integers(1, 2)


class OrdersHistory(History):
    """Drive every verb of ``Orders``."""

    @rule(which=which_one, quantity=st.integers(0, 4), hold=holds)
    def reserve(self, which: int, quantity: int, hold: timedelta) -> None:
        event = attrs.evolve(new_show(), id=self.event_id(which))
        wanted = new_reservation(event, quantity, self._free_deadline(hold))
        self.order = wanted.order_id
        outcome = self.all_say(lambda ledger: ledger.orders.reserve(wanted, self.now))
        if isinstance(outcome, Change):
            self.orders.append(wanted)

    def _free_deadline(self, hold: timedelta) -> datetime:
        """Answer a deadline of its own: of equal ones any may be expired first."""
        deadline, taken = self.now + hold, {wanted.expires_at for wanted in self.orders}
        while deadline in taken:
            deadline += MILLISECOND
        return deadline

    @rule(which=which_one, quantity=st.integers(0, 4))
    def reserve_again(self, which: int, quantity: int) -> None:
        wanted = chosen(self.orders, which)
        if wanted:
            another = attrs.evolve(wanted, quantity=quantity)
            self.all_say(lambda ledger: ledger.orders.reserve(another, self.now))

    @rule(which=which_one)
    def find(self, which: int) -> None:
        digest = ids.digest(self.order_id(which))
        self.all_say(lambda ledger: ledger.orders.find(digest))

    @rule(which=which_one, token=st.sampled_from(_TOKENS), times=_times)
    def start_payment(self, which: int, token: str, times: int) -> None:
        attempt = Attempt(AttemptId(ids.text_of(fresh())), self.order_id(which), token, PRICE)
        for _ in range(times):
            self.all_say(lambda ledger: ledger.orders.start_payment(attempt, self.now))

    @rule(which=which_one, other=st.none() | which_one, times=_times)
    def capture(self, which: int, other: int | None, times: int) -> None:
        """Record an approved charge, each time with other tickets; another order may have the ticket code already."""
        taken = None if other is None else self.known_order(other)
        order, attempt = self.known_order(which), self.attempt(which)
        if order is None or attempt is None:
            return
        for _ in range(times):
            code, tickets = (taken and taken.ticket_code) or new_code(), new_tickets(order)
            self.all_say(lambda ledger: ledger.orders.capture(attempt.id, tickets, code, self.now))  # noqa: B023

    @rule(which=which_one, times=_times)
    def decline(self, which: int, times: int) -> None:
        self._with_attempt(which, times, lambda ledger, attempt_id: ledger.orders.decline(attempt_id, self.now))

    @rule(which=which_one, times=_times)
    def finish_refund(self, which: int, times: int) -> None:
        self._with_attempt(which, times, lambda ledger, attempt_id: ledger.orders.finish_refund(attempt_id, self.now))

    def _with_attempt(self, which: int, times: int, ask: Callable[[Ledger, AttemptId], object]) -> None:
        attempt = self.attempt(which)
        if attempt:
            for _ in range(times):
                self.all_say(lambda ledger: ask(ledger, attempt.id))

    @rule(which=which_one, times=_times)
    def start_refund(self, which: int, times: int) -> None:
        order_id = self.order_id(which)
        for _ in range(times):
            self.all_say(lambda ledger: ledger.orders.start_refund(order_id, self.now))

    @rule(which=which_one, times=_times)
    def cancel(self, which: int, times: int) -> None:
        order_id = self.order_id(which)
        for _ in range(times):
            self.all_say(lambda ledger: ledger.orders.cancel(order_id, self.now))

    @rule(which=st.none() | which_one, limit=st.sampled_from([1, 2, 1000]))
    def expire(self, which: int | None, limit: int) -> None:
        self.expire_at(None if which is None else self.event_id(which), self.now, limit)

    def expire_at(self, event_id: EventId | None, now: datetime, limit: int) -> None:
        self.all_say(lambda ledger: list(ledger.orders.expire_due(event_id, now, limit)))

    @rule(which=which_one, step=st.sampled_from([Delivery.ISSUED, Delivery.STORED, Delivery.DELIVERED]))
    def advance(self, which: int, step: Delivery) -> None:
        order = self.known_order(which)
        if order:
            self.all_say(lambda ledger: ledger.orders.advance(order.id, step, self.now))

    @rule(which=which_one)
    def note(self, which: int) -> None:
        order = self.known_order(which)
        if order:
            self.all_say(lambda ledger: ledger.orders.note(journal.failed(order, self.now, "no answer")))
