"""Which counters a service compares with the ledger, and when."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.use_cases.harness import Office, office
from ticketcore import BoxOffice, EventDraft, Organiser, accepted
from ticketcore.application.counter_rounds import CounterRounds
from ticketcore.domain.availability import Availability
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId
from ticketcore_memory import MemoryInventory, NoInventory
from ticketcore_testing.samples import free_places


@pytest.fixture
def place() -> Office:
    """Return an office with a live counter, and an event of ten places."""
    return office(10, inventory=MemoryInventory())


def more_events(place: Office, number: int) -> list[EventId]:
    """Add events, each after the ones before."""
    drafts = [
        EventDraft(f"Show {each}", place.clock.now() + timedelta(days=40 + each), "Hall", 10, "45.00")
        for each in range(number)
    ]
    return [accepted(place.organiser.create_event(draft)).event.id for draft in drafts]


def going_round(place: Office, most: int) -> None:
    """Let sweeps compare so many counters at a time."""
    place.box_office._sweep.rounds = CounterRounds(place.box_office.ports, most)


def spoil(place: Office, event_id: EventId) -> None:
    """Let a counter say that nothing is free."""
    ports = place.box_office.ports
    event = ports.events.get(event_id)
    assert event is not None
    ports.inventory.reset(Availability(event_id, event.version, 0), event.terms, place.clock.now())


def free(place: Office, event_id: EventId) -> int:
    return free_places(place.box_office.ports.inventory, [event_id], place.clock.now())[event_id]


def test_an_event_that_is_asked_for_is_repaired_at_once(place: Office) -> None:
    """However many others there are: its buyers are turned away meanwhile."""
    last = more_events(place, 9)[-1]
    going_round(place, 1)
    spoil(place, last)
    place.box_office.reserve(last, 1, "ann@example.com")
    report = place.box_office.sweep_in_turn()
    assert [repair.event_id for repair in report.repaired] == [last]
    assert free(place, last) == 10


def test_the_others_are_repaired_in_turn(place: Office) -> None:
    """Each in one of as many sweeps as there are pages, again and again."""
    others = more_events(place, 9)
    going_round(place, 2)
    for _ in range(2):
        for event_id in others:
            spoil(place, event_id)
        repaired = [repair.event_id for _ in range(5) for repair in place.box_office.sweep_in_turn().repaired]
        assert sorted(repaired) == sorted(others)


def test_a_sweep_without_a_number_repairs_all(place: Office) -> None:
    """As the command does, which ends after one."""
    others = more_events(place, 9)
    for event_id in others:
        spoil(place, event_id)
    assert len(place.box_office.sweep().repaired) == 9


def test_a_change_of_an_order_asks_for_its_event(place: Office) -> None:
    """Its sync may be lost."""
    last = more_events(place, 9)[-1]
    going_round(place, 1)
    paid = accepted(place.box_office.reserve(last, 1, "ann@example.com"))
    cancelled = accepted(place.box_office.reserve(last, 1, "ann@example.com"))
    for act in (
        lambda: place.box_office.pay(paid.id, "tok_approved"),
        lambda: place.box_office.cancel(cancelled.id),
    ):
        place.box_office.sweep_in_turn()
        act()
        spoil(place, last)
        assert [repair.event_id for repair in place.box_office.sweep_in_turn().repaired] == [last]


def test_without_counters_there_is_nothing_to_compare() -> None:
    """No event is read."""
    place = office(10, inventory=NoInventory())
    assert place.box_office.sweep_in_turn().repaired == ()


def test_counters_out_of_reach_are_left_to_the_next_sweep(place: Office) -> None:
    """Everything else is done."""

    class Lost(MemoryInventory):
        def counters(self, *_: object) -> dict[EventId, object]:  # type: ignore[override]  # It never returns.
            raise Unavailable("inventory", "down")

    box_office = BoxOffice(attrs.evolve(place.box_office.ports, inventory=Lost()))
    assert box_office.sweep_in_turn().repaired == ()
    assert Organiser(box_office.ports).stock(place.event_id)
