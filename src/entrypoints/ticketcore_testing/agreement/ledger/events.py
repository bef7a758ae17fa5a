"""The rules for events."""

from __future__ import annotations

import hashlib
from datetime import datetime

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import rule

from ticketcore.domain import ids
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.events import NO_LIMIT, Event, EventChange, EventFilter, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.ports import Ledger
from ticketcore_testing.agreement.ledger.history import (
    BEGIN,
    DOORS,
    SALE_ENDS,
    SALE_STARTS,
    UNKNOWN_EVENT,
    History,
    chosen,
    which_one,
)
from ticketcore_testing.samples import MILLISECOND, fresh, new_show

_status = st.sampled_from([EventStatus.ON_SALE, EventStatus.ON_SALE, *EventStatus])
#: The name of the key that acts.
_by = st.sampled_from([None, "one", "two"])
_changes = st.just(EventChange(name=" ", capacity=0, price="x")) | st.builds(
    EventChange,
    name=st.sampled_from([None, "Lear"]),
    date=st.sampled_from([None, BEGIN, BEGIN + MILLISECOND]),
    capacity=st.sampled_from([None, 1, 2, 4, 8]),
    price=st.sampled_from([None, "1.00"]),
    currency=st.sampled_from([None, None, None, "EUR"]),
    status=st.none() | _status,
    max_per_order=st.sampled_from([None, 2, 4]),
    max_per_customer=st.sampled_from([None, None, 2, 6, NO_LIMIT]),
    description=st.sampled_from([None, "", "By William Shakespeare.\n\n\tFive acts."]),
    timezone=st.sampled_from([None, "Europe/London", "America/Sao_Paulo"]),
    notify_buyers=st.sampled_from([True, True, False]),
    sale_starts_at=st.sampled_from([None, None, SALE_STARTS, SALE_ENDS, NO_LIMIT]),
    sale_ends_at=st.sampled_from([None, None, SALE_ENDS, BEGIN + MILLISECOND, NO_LIMIT]),
    doors_at=st.sampled_from([None, None, DOORS, NO_LIMIT]),
    allow_past=st.booleans(),
)


def _event_id(number: int) -> EventId:
    """Return a new id with the same rank in each run of a history, so that a listing can be repeated."""
    return EventId(ids.text_of(hashlib.sha256(str(number).encode()).digest())[:8] + ids.text_of(fresh())[:12])


class EventsHistory(History):
    """Call every method of ``Events``."""

    @rule(capacity=st.integers(1, 6), status=_status, by=_by, timed=st.booleans())
    def add_event(self, capacity: int, status: EventStatus, by: str | None = None, timed: bool = False) -> None:
        """Add an event, perhaps one with a sale and doors of their own."""
        event = attrs.evolve(
            new_show(capacity, date=BEGIN, status=status, max_per_order=3, max_per_customer=6),
            id=_event_id(len(self.events)),
            sale_starts_at=SALE_STARTS if timed else None,
            sale_ends_at=SALE_ENDS if timed else None,
            doors_at=DOORS if timed else None,
        )
        self.events.append(event)
        self.event = event.id
        self.all_return(lambda ledger: ledger.events.add(event, by))

    @rule(which=which_one)
    def add_event_again(self, which: int) -> None:
        event = chosen(self.events, which)
        if event:
            another = attrs.evolve(event, name="Another")
            self.all_return(lambda ledger: ledger.events.add(another))

    @rule(which=which_one, wanted=_changes, revision=st.sampled_from([None, None, None, 1, 2]), times=st.integers(1, 2))
    def change_event(self, which: int, wanted: EventChange, revision: int | None, times: int) -> None:
        event_id = self.event_id(which)
        for _ in range(times):
            self.all_return(lambda ledger: ledger.events.change(event_id, wanted, revision, self.now, "two"))

    @rule(
        status=st.none() | _status, limit=st.integers(1, 5), begin=st.sampled_from([None, BEGIN - MILLISECOND, BEGIN])
    )
    def list_events(self, status: EventStatus | None, limit: int, begin: datetime | None) -> None:
        wanted = EventFilter(status, begin)
        page = self.all_return(lambda ledger: ledger.events.list(wanted, None, limit))
        if page.after:
            self.all_return(lambda ledger: ledger.events.list(wanted, page.after, limit))

    @rule(which=which_one, limit=st.integers(1, 5))
    def list_events_behind_one(self, which: int, limit: int) -> None:
        place = BEGIN, self.event_id(which)
        self.all_return(lambda ledger: ledger.events.list(EventFilter(), place, limit))

    @rule(which=which_one)
    def ask_what_is_due(self, which: int) -> None:
        """Ask for a deadline, the millisecond before it and the one after it."""
        requested, deadline = [UNKNOWN_EVENT, *(event.id for event in self.events)], self.deadline(which)
        for moment in (deadline - MILLISECOND, deadline, deadline + MILLISECOND):
            self.all_return(lambda ledger: dict(ledger.events.due(requested, moment)))  # noqa: B023

    @rule(which=which_one, by=_by)
    def request_refund(self, which: int, by: str | None) -> None:
        """Request the refund of an event's paid orders."""
        request = EventRefund(self.event_id(which), self.now, by)
        self.all_return(lambda ledger: ledger.events.request_refund(request))
        self.all_return(lambda ledger: ledger.events.refund_request())

    @rule(which=which_one, is_last=st.booleans())
    def advance_refund(self, which: int, is_last: bool) -> None:
        """Record twice that the refunds of an event have come to a place, or that all are done."""
        request = self.all_return(lambda ledger: ledger.events.refund_request())
        if request is None:
            return
        after = None if is_last else (self.deadline(which), str(which))
        for _ in range(2):
            self.all_return(lambda ledger: ledger.events.advance_refund(request, after))

    @rule(which=which_one)
    def sum_up(self, which: int) -> None:
        event_id, deadline = self.event_id(which), self.deadline(which)
        for moment in (deadline - MILLISECOND, deadline):
            self.all_return(lambda ledger: ledger.events.summary(event_id, moment))  # noqa: B023

    @rule(which=which_one)
    def lock(self, which: int) -> None:
        event_id = self.event_id(which)

        def look(ledger: Ledger) -> Event | None:
            with ledger.events.locked(event_id) as event:
                return event

        self.all_return(look)

    @rule()
    def check(self) -> None:
        self.all_return(lambda ledger: ledger.events.check())
