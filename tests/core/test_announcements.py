"""Which changes of an event its buyers hear of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given

from tests.core.examples import EVENT, NOW
from ticketcore.domain import events
from ticketcore.domain.announcements import Announcement, of_change
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore_testing.strategies import event_changes

CANCELLED = attrs.evolve(EVENT, status=EventStatus.CANCELLED)


def announced(before: Event, **fields: Any) -> DeliveryKind | None:
    """Return the kind of mail that a change announces; it is about the event's new revision."""
    wanted = EventChange(**fields, allow_past=True)
    after = events.change(before, wanted, NOW, has_orders=True)
    assert isinstance(after, Event)
    found = of_change(before, after, wanted)
    if found is None:
        return None
    assert found == Announcement(before.id, found.kind, after.revision)
    return found.kind


@pytest.mark.parametrize(
    "fields",
    [{"date": EVENT.date + timedelta(hours=1)}, {"timezone": "America/Sao_Paulo"}, {"location": "The Globe"}],
    ids=lambda fields: next(iter(fields)),
)
def test_buyers_hear_of_another_date_zone_or_place(fields: dict[str, Any]) -> None:
    """Unless they are not to be notified, or the event is cancelled at the same time or was before."""
    assert announced(EVENT, **fields) is DeliveryKind.CHANGED
    assert announced(EVENT, **fields, notify_buyers=False) is None
    assert announced(EVENT, **fields, status=EventStatus.CANCELLED) is DeliveryKind.CANCELLED
    assert announced(CANCELLED, **fields) is None
    assert announced(CANCELLED, **fields, status=EventStatus.ON_SALE) is DeliveryKind.REOPENED


def test_buyers_hear_of_a_cancellation_once() -> None:
    """A repeated one changes nothing."""
    assert announced(EVENT, status=EventStatus.CANCELLED) is DeliveryKind.CANCELLED
    assert announced(EVENT, status=EventStatus.CANCELLED, notify_buyers=False) is None
    assert announced(CANCELLED, status=EventStatus.CANCELLED) is None


def test_buyers_hear_that_a_cancelled_event_takes_place_after_all() -> None:
    """Whatever status it comes to, unless they are not to be notified."""
    for status in set(EventStatus) - {EventStatus.CANCELLED}:
        assert announced(CANCELLED, status=status) is DeliveryKind.REOPENED
        assert announced(CANCELLED, status=status, notify_buyers=False) is None


@given(event_changes)
def test_nothing_else_is_announced(wanted: EventChange) -> None:
    """Whatever else changes."""
    silent = attrs.evolve(wanted, date=None, timezone=None, location=None, status=None)
    after = events.change(EVENT, silent, NOW, has_orders=False)
    assert not isinstance(after, Event) or of_change(EVENT, after, silent) is None
