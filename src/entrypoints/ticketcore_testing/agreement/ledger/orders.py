"""The rules for orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import rule

from ticketcore.domain import correcting, ids, journal, payments, reservations, retention
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.events import EventChange, EventStatus
from ticketcore.domain.ids import CustomerDigest, EventId
from ticketcore.domain.order_listing import OrderFilter
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.validation import Scan
from ticketcore_simulated_payments import tokens
from ticketcore_testing import changes
from ticketcore_testing.agreement.ledger.history import HOLD, History, chosen, holds, which_one
from ticketcore_testing.samples import MILLISECOND, new_attempt_id, new_code, new_reservation, new_show, new_tickets

_TOKENS = [tokens.APPROVED, tokens.DECLINED, "it's \N{TICKET}"]
_times = st.integers(1, 2)


class OrdersHistory(History):
    """Call every method of ``Orders``."""

    @rule(which=which_one, quantity=st.integers(0, 4), hold=holds, customer=st.sampled_from(["ann", "bob"]))
    def reserve(self, which: int, quantity: int, hold: timedelta, customer: str = "ann") -> None:
        event = attrs.evolve(new_show(), id=self.event_id(which))
        wanted = new_reservation(event, quantity, self._free_deadline(hold), CustomerDigest(customer))
        self.order = wanted.order_id
        self.all_return(lambda ledger: ledger.orders.would_refuse(wanted, self.now))
        outcome = self.all_return(lambda ledger: ledger.orders.reserve(wanted, self.now))
        if isinstance(outcome, Change):
            self.orders.append(wanted)

    def _free_deadline(self, hold: timedelta) -> datetime:
        """Return a deadline that no other order has: of equal ones any may be expired first."""
        deadline, taken = self.now + hold, {wanted.expires_at for wanted in self.orders}
        while deadline in taken:
            deadline += MILLISECOND
        return deadline

    @rule(which=which_one, quantity=st.integers(0, 4))
    def reserve_again(self, which: int, quantity: int) -> None:
        wanted = chosen(self.orders, which)
        if wanted:
            another = attrs.evolve(wanted, quantity=quantity)
            self.all_return(lambda ledger: ledger.orders.reserve(another, self.now))

    @rule(which=which_one)
    def find(self, which: int) -> None:
        digest = ids.digest(self.order_id(which))
        self.all_return(lambda ledger: ledger.orders.find(digest))

    @rule(which=which_one, token=st.sampled_from(_TOKENS), times=_times)
    def start_payment(self, which: int, token: str, times: int) -> None:
        attempt_id = new_attempt_id()
        self.change_order(which, times, lambda record: payments.start(record, attempt_id, token, self.now))

    @rule(which=which_one, other=st.none() | which_one, times=_times)
    def capture(self, which: int, other: int | None, times: int) -> None:
        """Write an approved charge; another order may have the ticket code already."""
        taken = None if other is None else self.known_order(other)
        code = (taken and taken.ticket_code) or new_code()
        self.change_order(
            which, times, lambda record: payments.capture(record, new_tickets(record.order), code, self.now)
        )

    @rule(which=which_one, times=_times)
    def decline(self, which: int, times: int) -> None:
        self.change_order(which, times, lambda record: payments.decline(record, self.now))

    @rule(which=which_one, times=_times, admit=st.booleans())
    def start_refund(self, which: int, times: int, admit: bool = False) -> None:
        """Write a refund of all tickets; perhaps one of them is admitted after the decision, which is a conflict then."""
        tickets = self.all_return(lambda ledger: list(ledger.tickets.of_order(self.order_id(which))))
        if admit and tickets:
            scan = Scan("late", "late")
            self.all_return(lambda ledger: ledger.tickets.admit(tickets[0].id, scan, self.now))
        self.change_order(
            which, times, lambda record: payments.start_refund(record, tickets, self.now, include_used=True)
        )

    @rule(which=which_one, times=_times)
    def finish_refund(self, which: int, times: int) -> None:
        self.change_order(
            which, times, lambda record: payments.finish_refund(record, changes.requested(record), self.now)
        )

    @rule(which=which_one, times=_times)
    def give_up(self, which: int, times: int) -> None:
        self.change_order(which, times, lambda record: payments.give_up(record, self.now))

    @rule(which=which_one, times=_times)
    def finish_cancellation(self, which: int, times: int) -> None:
        self.change_order(which, times, lambda record: payments.finish_cancellation(record, self.now))

    @rule(limit=st.integers(1, 3))
    def look_for_stranded_orders(self, limit: int) -> None:
        """Compare how many orders are found, for which of them is left open."""
        self.all_return(lambda ledger: len(ledger.orders.stranded(limit)))
        self.all_return(lambda ledger: set(ledger.orders.stranded(1000)))

    @rule(which=which_one, times=_times)
    def forget(self, which: int, times: int) -> None:
        self.change_order(which, times, lambda record: retention.forget(record, (), self.now, self.now))

    @rule(which=which_one, customer=st.sampled_from(["ann", "bob"]), is_overtaken=st.booleans(), times=_times)
    def correct(self, which: int, customer: str, is_overtaken: bool, times: int) -> None:
        """Write a correction, perhaps one to a customer who has reserved since the rule was asked."""
        order_id, digest = self.order_id(which), CustomerDigest(customer)
        record = self.all_return(lambda ledger: ledger.orders.load(order_id))
        if record is None:
            return
        places = self.all_return(lambda ledger: ledger.orders.customer_places(record.order.event_id, digest))
        decision = correcting.correct(record, f"{customer}@example.com", digest, places, self.now)
        if not isinstance(decision, Decision):
            return
        if is_overtaken:
            self.reserve(which, 3, HOLD, customer)
        for _ in range(times):
            self.all_return(lambda ledger: ledger.orders.write(record, decision))
        self.all_return(lambda ledger: ledger.orders.customer_places(record.order.event_id, digest))

    @rule(after=st.none() | which_one, limit=st.integers(1, 3))
    def look_for_addresses(self, after: int | None, limit: int) -> None:
        """Compare the orders that have addresses, of one address and of all."""
        order = None if after is None else self.known_order(after)
        behind, address = (order.id, order.customer_email) if order else (None, None)
        self.all_return(lambda ledger: ledger.orders.addressed(None, self.now, behind, limit))
        self.all_return(lambda ledger: ledger.orders.addressed(address, None, None, 1000))

    @rule(
        event=st.none() | which_one,
        like=st.none() | which_one,
        by_address=st.booleans(),
        status=st.none() | st.sampled_from(OrderStatus),
        undelivered=st.booleans(),
        limit=st.integers(1, 3),
    )
    def list_orders(
        self,
        event: int | None,
        like: int | None,
        by_address: bool,
        status: OrderStatus | None,
        undelivered: bool,
        limit: int,
    ) -> None:
        """Compare two pages of a listing, perhaps of the address or the ticket code of one order."""
        order = None if like is None else self.known_order(like)
        wanted = OrderFilter(
            None if event is None else self.event_id(event),
            order.customer_email if order and by_address else None,
            order.ticket_code if order and not by_address else None,
            status,
            undelivered=undelivered,
        )
        page = self.all_return(lambda ledger: ledger.orders.list(wanted, self.now, None, limit))
        if page.after:
            self.all_return(lambda ledger: ledger.orders.list(wanted, self.now, page.after, limit))

    @rule(after=st.none() | which_one, limit=st.integers(1, 3))
    def read_a_page(self, after: int | None, limit: int) -> None:
        order = None if after is None else self.known_order(after)
        behind = order.id if order else None
        self.all_return(lambda ledger: tuple(ledger.orders.page(behind, limit)))

    @rule(which=which_one, times=_times)
    def cancel(self, which: int, times: int) -> None:
        self.change_order(which, times, lambda record: reservations.cancel(record, self.now))

    def change_order(self, which: int, times: int, decide: Callable[[OrderRecord], object]) -> None:
        """Write one decision, perhaps repeatedly: all but the first time it is a conflict."""
        order_id = self.order_id(which)
        record = self.all_return(lambda ledger: ledger.orders.load(order_id))
        decision = decide(record) if record else None
        if record is None or not isinstance(decision, Decision):
            return
        for _ in range(times):
            self.all_return(lambda ledger: ledger.orders.write(record, decision))

    @rule(
        which=st.lists(which_one, min_size=1, max_size=4, unique=True),
        approved=st.lists(st.booleans(), min_size=4, max_size=4),
        times=_times,
    )
    def settle_charges(self, which: list[int], approved: list[bool], times: int) -> None:
        """Write the outcomes of several charges of one event at once, perhaps repeatedly."""
        wanted = list(dict.fromkeys(self.order_id(each) for each in which))
        records = self.all_return(lambda ledger: dict(ledger.orders.load_all(wanted)))
        of_event = [
            each for each in records.values() if each.order.event_id == next(iter(records.values())).order.event_id
        ]
        decided = [
            (record, decision)
            for record, is_approved in zip(of_event, approved, strict=False)
            if (decision := self._outcome_of_a_charge(record, is_approved=is_approved)) != record.unchanged()
        ]
        for _ in range(times):
            self.all_return(lambda ledger: list(ledger.orders.write_all(decided)))

    def _outcome_of_a_charge(self, record: OrderRecord, *, is_approved: bool) -> Decision:
        if is_approved:
            return payments.capture(record, new_tickets(record.order), new_code(), self.now)
        return payments.decline(record, self.now)

    @rule(which=which_one, status=st.sampled_from(EventStatus), overtaken=st.booleans())
    def write_too_late(self, which: int, status: EventStatus, overtaken: bool) -> None:
        """Write a cancellation for a record that another change or the event's new status has overtaken."""
        order_id = self.order_id(which)
        record = self.all_return(lambda ledger: ledger.orders.load(order_id))
        if record is None:
            return
        if overtaken:
            self.start_payment(which, tokens.APPROVED, 1)
        else:
            self.event = event_id = record.order.event_id
            self.all_return(lambda ledger: ledger.events.change(event_id, EventChange(status=status), None, self.now))
        decision = reservations.cancel(record, self.now)
        if isinstance(decision, Decision):
            self.all_return(lambda ledger: ledger.orders.write(record, decision))

    @rule(which=st.none() | which_one, limit=st.sampled_from([1, 2, 1000]))
    def expire(self, which: int | None, limit: int) -> None:
        self.expire_at(None if which is None else self.event_id(which), self.now, limit)

    def expire_at(self, event_id: EventId | None, now: datetime, limit: int) -> None:
        self.all_return(lambda ledger: list(ledger.orders.expire_due(event_id, now, limit)))

    @rule(which=which_one)
    def note(self, which: int) -> None:
        order = self.known_order(which)
        if order:
            self.all_return(lambda ledger: ledger.orders.note(journal.failed(order, self.now, "no answer")))
