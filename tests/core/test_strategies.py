"""There is a strategy for every public value, and it draws values that are valid by the rules."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from copy import copy
from datetime import datetime
from typing import NewType

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ticketcore
from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain import events, ids
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.events import CHECKS, Event, EventChange, EventDraft
from ticketcore.domain.ids import EventId
from ticketcore.domain.journal import Step
from ticketcore.domain.mail import Mail
from ticketcore.domain.mime import to_mime
from ticketcore.domain.orders import HOLDING, Order, OrderStatus
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.tickets import Ticket, TicketStatus
from ticketcore.domain.timestamps import whole_milliseconds
from ticketcore.ports import Ledger, Ports
from ticketcore_testing import strategies
from ticketcore_testing.strategies import IDS, VALUES

#: Frozen, but no value: it holds objects with an identity.
NO_VALUES = {ClientLimits, Ledger, Ports}


def core_modules() -> Iterator[str]:
    """Return the core's modules."""
    for module in pkgutil.walk_packages(ticketcore.__path__, "ticketcore."):
        yield module.name


def value_classes() -> set[type]:
    """Return every public class of frozen values that the core defines."""
    return {
        kind
        for name in core_modules()
        for kind in vars(importlib.import_module(name)).values()
        if inspect.isclass(kind) and attrs.has(kind) and kind.__module__.startswith("ticketcore.")
        if kind.__setattr__ is not object.__setattr__ and not kind.__name__.startswith("_")
    }


def test_every_value_has_a_strategy() -> None:
    """A new class without one is found here."""
    assert value_classes() - NO_VALUES == set(VALUES)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_values_are_frozen_and_can_be_compared_and_hashed(kind: type, data: st.DataObject) -> None:
    """Each is of its class, equal to its copy, and nothing in it can be set."""
    value = data.draw(VALUES[kind])
    assert isinstance(value, kind)
    same = copy(value)
    assert same is not value
    assert (same, hash(same)) == (value, hash(value))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        value.anything = 1  # type: ignore[attr-defined]  # It must not be there.


@pytest.mark.parametrize("kind", [*VALUES, *IDS], ids=lambda kind: kind.__name__)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_strategies_are_registered(kind: type, data: st.DataObject) -> None:
    """Hypothesis finds the strategy of a type by itself, as for an argument with this annotation."""
    value = data.draw(st.from_type(kind))
    assert isinstance(value, kind if isinstance(kind, type) else str)


def test_every_type_of_id_has_a_strategy() -> None:
    """A new ``NewType`` without one is found here."""
    found = [kind for name in core_modules() for kind in vars(importlib.import_module(name)).values()]
    types: set[object] = {kind for kind in found if isinstance(kind, NewType)}
    assert types == set(IDS)


@given(event=strategies.events)
def test_events_keep_their_limits(event: Event) -> None:
    """Their places are conserved, and an admin could have written them."""
    assert min(event.held, event.sold, event.available) >= 0
    assert event.capacity == event.held + event.sold + event.available
    assert [check(getattr(event, name)) for name, check in CHECKS.items()] == [None] * len(CHECKS)
    assert 0 <= event.price.minor <= events.MAX_PRICE
    assert whole_milliseconds(event.date) == event.date


@given(draft=strategies.event_drafts, now=strategies.clock_times, event_id=strategies.event_ids)
def test_drafts_have_no_fault(draft: EventDraft, now: datetime, event_id: EventId) -> None:
    """An event comes of each."""
    assert isinstance(events.create(event_id, draft, now), Event)


@given(event=strategies.events, wanted=strategies.event_changes, now=strategies.clock_times)
def test_changes_have_no_fault(event: Event, wanted: EventChange, now: datetime) -> None:
    """Of an event without orders, all but a price in another currency's decimals can be changed."""
    free = attrs.evolve(event, held=0, sold=0)
    price = (wanted.currency and wanted.price) or free.price.amount
    outcome = events.change(free, attrs.evolve(wanted, price=price), now, has_orders=False)
    assert isinstance(outcome, Event)


@given(order=strategies.orders)
def test_orders_are_as_their_moves_leave_them(order: Order) -> None:
    """Each status has exactly the fields that belong to it."""
    sold = order.status is OrderStatus.PAID or (order.status is OrderStatus.REFUNDED and order.problem is None)
    assert (order.ticket_code is not None) == sold
    assert order.places == (order.quantity if order.status in {*HOLDING, OrderStatus.PAID} else 0)
    assert (order.delivery is not None) == sold
    assert (order.problem is None) or order.status not in {*HOLDING, OrderStatus.PAID, OrderStatus.CANCELLED}
    assert 1 <= order.quantity <= events.MAX_PER_ORDER
    assert order.created_at < order.expires_at


@pytest.mark.parametrize("status", OrderStatus)
@given(data=st.data())
def test_orders_can_be_drawn_in_each_status(status: OrderStatus, data: st.DataObject) -> None:
    """In that one only."""
    assert data.draw(strategies.orders_in(status)).status is status


@given(ticket=strategies.tickets)
def test_tickets_tell_of_the_scan_that_used_them_up(ticket: Ticket) -> None:
    """A used one has the time and the gate, any other has neither."""
    assert (ticket.admission is not None) == (ticket.status is TicketStatus.USED)


@given(record=strategies.records)
def test_records_are_of_one_order(record: OrderRecord) -> None:
    """The attempt is its order's, over its total, and is there once the payment has started."""
    unpaid = record.order.status is OrderStatus.RESERVED
    assert (record.attempt is None) == unpaid
    if record.attempt is not None:
        assert (record.attempt.order_id, record.attempt.amount) == (record.order.id, record.order.total)


@pytest.mark.parametrize(
    ("drawn", "size"),
    [
        (strategies.event_ids, ids.EVENT_BYTES),
        (strategies.order_ids, ids.SECRET_BYTES),
        (strategies.ticket_ids, ids.SECRET_BYTES),
        (strategies.attempt_ids, ids.SECRET_BYTES),
        (strategies.key_ids, 5),
    ],
)
@given(data=st.data())
def test_ids_are_ids(drawn: st.SearchStrategy[str], size: int, data: st.DataObject) -> None:
    """Of the size that theirs have."""
    assert ids.is_id(data.draw(drawn), size)


@given(code=strategies.ticket_codes)
def test_ticket_codes_can_be_read_aloud(code: str) -> None:
    """Two times five characters, none of them doubtful."""
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code)


@settings(deadline=None)
@given(mail=strategies.mails)
def test_mails_can_be_sent(mail: Mail) -> None:
    """Every one has a form as MIME."""
    assert to_mime(mail, "tickets@example.org").as_bytes()


@given(refusal=strategies.refusals)
def test_refusals_have_a_sentence(refusal: Refusal) -> None:
    """Whatever their fields hold."""
    assert refusal.code
    assert refusal.detail


@given(data=st.data())
def test_entries_have_a_sentence(data: st.DataObject) -> None:
    """Whatever happened."""
    entry = data.draw(strategies.entries)
    assert isinstance(entry.step, Step)
    assert entry.sentence
