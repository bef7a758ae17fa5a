"""Events with their free places, as buyers see them at this moment."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.use_cases.harness import Office, office
from ticketcore import BoxOffice, EventChange, EventDraft, LiveEvent, Organiser, accepted
from ticketcore.application import live_events
from ticketcore.application.recently_read import FRESH, RecentlyRead
from ticketcore_memory import MemoryInventory
from ticketcore_testing.samples import MILLISECOND, NOW


@pytest.fixture
def place() -> Office:
    """Return an office of ten places with a live counter."""
    return office(10, inventory=MemoryInventory())


def shown(place: Office) -> LiveEvent:
    return accepted(place.box_office.event(place.event_id))


def test_a_change_is_shown_at_once_in_every_process(place: Office) -> None:
    """The counter knows the revision, so that what was read before it is read again."""
    other = BoxOffice(place.box_office.ports)
    assert accepted(other.event(place.event_id)).event.name == shown(place).event.name
    accepted(Organiser(place.box_office.ports).change_event(place.event_id, EventChange(name="Another show")))
    for box_office in (place.box_office, other):
        assert accepted(box_office.event(place.event_id)).event.name == "Another show"


def test_what_the_counter_does_not_know_is_shown_within_a_second(place: Office) -> None:
    """A change whose process died before it reached the counter."""
    ports = place.box_office.ports
    shown(place)
    ports.events.change(place.event_id, EventChange(name="Another show"), None, place.clock.now())
    place.clock.move(FRESH)
    assert shown(place).event.name == "Another show"


def test_a_reservation_that_is_due_is_free(place: Office) -> None:
    """From the millisecond of its deadline, before any sweep; and once only."""
    order = place.reserve(4)
    assert order.expires_at is not None
    place.clock.move(order.expires_at - place.clock.now() - MILLISECOND)
    assert shown(place).available == 6
    place.clock.move(MILLISECOND)
    assert shown(place).available == 10
    place.box_office.sweep()
    assert shown(place).available == 10


def test_a_reservation_that_a_lost_counter_knew_is_free_when_it_is_due(place: Office) -> None:
    """The new counter is too young to know it: the ledger is asked until no such reservation can be left."""
    order = place.reserve(4)
    place.box_office.ports.inventory.drop(place.event_id)
    place.clock.move(timedelta(minutes=5))
    place.reserve(1)
    assert order.expires_at is not None
    place.clock.move(order.expires_at - place.clock.now())
    assert shown(place).available == 9


def test_a_reservation_whose_end_the_counter_missed_is_not_due(place: Office) -> None:
    """The next sweep sees that the counter knows a reservation that the ledger does not."""
    order = place.reserve(4)
    missed = BoxOffice(attrs.evolve(place.box_office.ports, inventory=MemoryInventory()))
    missed.pay(order.id, "tok_approved")
    place.clock.move(timedelta(minutes=15))
    place.box_office.sweep()
    assert shown(place).available == 6


def test_a_value_is_remembered_for_less_than_a_second() -> None:
    """And no longer than it is forgotten; the number of values is bounded."""
    recent: RecentlyRead[int, str] = RecentlyRead()
    recent.put(1, "one", NOW)
    assert recent.get(1, NOW + FRESH - MILLISECOND) == "one"
    assert recent.get(1, NOW + FRESH) is None
    recent.forget(1)
    recent.forget(1)
    assert recent.get(1, NOW) is None
    for number in range(10_000):
        recent.put(number, "many", NOW)
    assert sum(recent.get(number, NOW) is not None for number in range(10_000)) < 5_000


def create_events(place: Office, *names: str) -> None:
    organiser = Organiser(place.box_office.ports)
    for number, name in enumerate(names):
        date = NOW + timedelta(days=20 + number)
        accepted(organiser.create_event(EventDraft(name, date, "Town Hall", 10, "45.00")))


def test_a_search_goes_on_where_its_page_ends(place: Office) -> None:
    """Pages together have every event that matches once, soonest first, and the last says that it is the last."""
    create_events(place, "Hamlet", "Carmen", "Hamlet again", "Carmen again", "Hamlet, the end")
    first = accepted(place.box_office.list_events(limit=2, search="hamlet"))
    assert [live.event.name for live in first.items] == ["Hamlet", "Hamlet again"]
    second = accepted(place.box_office.list_events(first.after, 2, search="hamlet"))
    assert [live.event.name for live in second.items] == ["Hamlet, the end"]
    assert second.after is None


def test_a_search_looks_at_a_bounded_number_of_events(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It then goes on with the next page, which the one before names although it has no event."""
    monkeypatch.setattr(live_events, "MAX_PAGE", 1)
    create_events(place, *("Carmen" for _ in range(20)), "Hamlet")
    page, pages = accepted(place.box_office.list_events(search="hamlet")), 1
    while page.after is not None:
        assert page.items == ()
        page, pages = accepted(place.box_office.list_events(page.after, search="hamlet")), pages + 1
    assert [live.event.name for live in page.items] == ["Hamlet"]
    assert pages == 3
