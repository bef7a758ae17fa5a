"""Strategies for events and their places."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
from hypothesis import strategies as st

from ticketcore.application.live_events import LiveEvent
from ticketcore.application.reconciling import Repair
from ticketcore.domain import timestamps
from ticketcore.domain.availability import Audit, Availability, SaleTerms
from ticketcore.domain.event_times import TIMES
from ticketcore.domain.events import (
    MAX_CAPACITY,
    MAX_PER_ORDER,
    MAX_PRICE,
    NO_LIMIT,
    Event,
    EventChange,
    EventDraft,
    EventFilter,
    EventStatus,
)
from ticketcore.domain.money import Money
from ticketcore.domain.summary import EventSummary
from ticketcore_testing.strategies.primitives import (
    clock_times,
    currencies,
    descriptions,
    event_ids,
    moments,
    names,
    timezones,
)

ticket_prices = st.builds(Money, st.integers(0, MAX_PRICE), currencies)
event_statuses = st.sampled_from(EventStatus)

_capacities = st.integers(1, MAX_CAPACITY)
_limits = st.integers(1, MAX_PER_ORDER)
_counts = st.integers(0, 10**9)


@st.composite
def _times(draw: st.DrawFn, moments: st.SearchStrategy[datetime]) -> dict[str, Any]:
    """Return the times of an event, of which some are not set."""
    apart = st.lists(moments, min_size=4, max_size=4, unique_by=timestamps.whole_milliseconds)
    first, second, third, date = sorted(draw(apart))
    return {
        "date": date,
        "sale_starts_at": draw(st.sampled_from([None, first])),
        "sale_ends_at": draw(st.sampled_from([None, second, date])),
        "doors_at": draw(st.sampled_from([None, first, third, date])),
    }


@st.composite
def _events(draw: st.DrawFn) -> Event:
    capacity = draw(_capacities)
    held = draw(st.integers(0, capacity))
    return Event(
        id=draw(event_ids),
        name=draw(names),
        **draw(_times(clock_times)),
        location=draw(names),
        capacity=capacity,
        price=draw(ticket_prices),
        status=draw(event_statuses),
        max_per_order=draw(_limits),
        max_per_customer=draw(st.none() | _limits),
        description=draw(descriptions),
        timezone=draw(timezones),
        created_at=draw(clock_times),
        held=held,
        sold=draw(st.integers(0, capacity - held)),
        version=draw(_counts),
        revision=draw(_counts) + 1,
    )


#: Events in any status, with places held and sold.
events = _events()
live_events = events.flatmap(lambda event: st.builds(LiveEvent, st.just(event), st.integers(0, event.capacity)))


def _draft(price: Money, times: dict[str, Any], **fields: Any) -> EventDraft:
    return EventDraft(price=price.amount, currency=price.currency, **times, **fields)


#: Drafts without a fault.
event_drafts = st.builds(
    _draft,
    price=ticket_prices,
    name=names,
    times=_times(moments),
    location=names,
    capacity=_capacities,
    status=event_statuses,
    max_per_order=_limits,
    max_per_customer=st.none() | _limits,
    description=descriptions,
    timezone=st.none() | timezones,
    allow_past=st.just(True),
)


def _change(draft: EventDraft, fields: frozenset[str]) -> EventChange:
    if "currency" in fields:
        fields |= {"price"}
    if fields & {*TIMES}:
        fields |= {*TIMES, "allow_past"}
    wanted: dict[str, Any] = {name: value for name, value in attrs.asdict(draft).items() if name in fields}
    unset: dict[str, Any] = {name: NO_LIMIT for name in fields & {*TIMES} if wanted[name] is None}
    return EventChange(**(wanted | unset))


#: Changes of any fields, each without a fault by itself; a new currency comes with a price in it,
#: and a time with all others.
event_changes = st.builds(
    _change, event_drafts, st.frozensets(st.sampled_from([field.name for field in attrs.fields(EventChange)]))
)
event_filters = st.builds(EventFilter, st.none() | event_statuses, st.none() | clock_times)

#: Availability of an event at a version.
availabilities = st.builds(Availability, event_ids, _counts, st.integers(0, MAX_CAPACITY))

#: Terms of sale of an event.
sale_terms = st.builds(
    SaleTerms, _counts, st.integers(0, MAX_PER_ORDER), clock_times, st.booleans(), st.none() | clock_times
)


def _audit(event: Event) -> Audit:
    return Audit(
        event_id=event.id,
        version=event.version,
        capacity=event.capacity,
        available=event.available,
        held=event.held,
        sold=event.sold,
        held_by_orders=event.held,
        sold_by_orders=event.sold,
        tickets=event.sold,
        of_customers=event.held + event.sold,
        of_customers_by_orders=event.held + event.sold,
    )


def _summary(event: Event, due: int, more: int, gates: dict[str, int]) -> EventSummary:
    takings, refunded = event.price.times(event.sold + more), event.price.times(more)
    return EventSummary(event, min(due, event.held), takings, refunded, gates)


#: What events have sold, taken and admitted.
event_summaries = st.builds(
    _summary, events, _counts, st.integers(0, 100), st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 9))
)

#: Audits of a consistent ledger.
audits = events.map(_audit)
repairs = st.builds(Repair, event_ids, st.none() | st.integers(-MAX_CAPACITY, MAX_CAPACITY))
