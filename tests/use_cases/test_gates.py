"""Gates without network: what they know, and what becomes of their scans."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.use_cases.harness import MILLISECOND, Office, office
from ticketcore import (
    Admitted,
    EventChange,
    EventNotFound,
    EventSummary,
    GateBundle,
    Holder,
    InvalidRequest,
    MergedScan,
    OfflineScan,
    Order,
    Organiser,
    Refusal,
    Role,
    Ticket,
    TicketAlreadyUsed,
    TicketNotAuthentic,
    WrongEvent,
    accepted,
)
from ticketcore.domain import ids
from ticketcore.domain.gate_lists import GatePlace
from ticketcore.domain.ids import EventId
from ticketcore.domain.merging import MAX_SKEW, MOST_AT_ONCE

NORTH, SOUTH = Holder("1", "north", Role.GATE), Holder("2", "south", Role.GATE)
HOUR = timedelta(hours=1)
FIRST, SECOND = "the first scan id", "the second scan id"


def tickets_of(place: Office, order: Order) -> list[Ticket]:
    return list(accepted(place.box_office.tickets_of(place.order(order))))


def known_to_a_gate(place: Office, after: GatePlace | None = None) -> tuple[dict[str, str], GatePlace]:
    """Return what a gate knows that goes on until nothing more comes."""
    known: dict[str, str] = {}
    while True:
        bundle = place.box_office.gate_bundle(place.event_id, after, NORTH)
        assert isinstance(bundle, GateBundle)
        known |= {ticket.digest: ticket.status.value for ticket in bundle.list.tickets}
        after = bundle.list.after
        if not bundle.list.tickets:
            return known, after


def merge(place: Office, ticket: Ticket, scan_id: str, holder: Holder) -> MergedScan:
    scan = OfflineScan(ticket.qr_code, scan_id, place.clock.now())
    merged = place.box_office.merge_scans(place.event_id, holder.name, [scan], holder)
    assert not isinstance(merged, Refusal)
    [result] = merged
    return result


def test_a_gate_judges_by_what_it_was_given() -> None:
    """Every ticket with its status by the digest of its id, and then only what changed."""
    place = office()
    tickets = tickets_of(place, place.sold(3))
    accepted(place.box_office.validate(tickets[0].qr_code, "north"))
    known, after = known_to_a_gate(place)
    assert known == {
        ids.digest(ticket.id): status for ticket, status in zip(tickets, ("used", "valid", "valid"), strict=True)
    }
    assert known_to_a_gate(place, after)[0] == {}
    accepted(place.box_office.validate(tickets[1].qr_code, "north"))
    assert known_to_a_gate(place, after)[0] == known | {ids.digest(tickets[1].id): "used"}


def test_two_gates_without_network_hear_of_each_other() -> None:
    """The earlier scan counts, both are told, and the summary names them."""
    place = office()
    [ticket] = tickets_of(place, place.sold())
    late = place.clock.now() + MILLISECOND
    scan = OfflineScan(ticket.qr_code, SECOND, late)
    [first_in] = accepted(place.box_office.merge_scans(place.event_id, "south", [scan], SOUTH))
    assert (first_in.refusal, first_in.gates) == (None, ())
    assert merge(place, ticket, FIRST, NORTH).gates == ("north", "south")
    [again] = accepted(place.box_office.merge_scans(place.event_id, "south", [scan], SOUTH))
    assert again.refusal == TicketAlreadyUsed(place.clock.now(), "north")
    assert again.gates == ("north", "south")
    summary = place.organiser.summary(place.event_id)
    assert isinstance(summary, EventSummary)
    assert [(each.number, each.gates) for each in summary.double_admissions] == [(1, ("north", "south"))]
    refused = place.box_office.validate(ticket.qr_code, "east")
    assert refused == TicketAlreadyUsed(place.clock.now(), "north")


def test_a_ticket_that_was_merged_can_be_undone() -> None:
    """By the gate that admitted it; then it is valid, whatever is merged again."""
    place = office()
    [ticket] = tickets_of(place, place.sold())
    merge(place, ticket, FIRST, NORTH)
    accepted(place.box_office.undo(ticket.qr_code, holder=NORTH))
    merge(place, ticket, FIRST, NORTH)
    assert isinstance(place.box_office.validate(ticket.qr_code, "north"), Admitted)


def test_each_scan_has_a_result_of_its_own() -> None:
    """A forged text and a good one, in the order in which they came."""
    place = office()
    [ticket] = tickets_of(place, place.sold())
    now = place.clock.now()
    scans = [OfflineScan("nothing", FIRST, now), OfflineScan(ticket.qr_code, SECOND, now)]
    forged, good = accepted(place.box_office.merge_scans(place.event_id, "north", scans, NORTH))
    assert isinstance(forged.refusal, TicketNotAuthentic)
    assert good.refusal is None


@pytest.mark.parametrize("years", [-28, 28])
def test_no_scan_is_lost_by_a_wrong_clock(years: int) -> None:
    """Whether the clock is behind or ahead, the scan counts as of when it was first handed in, however often it comes."""
    place = office()
    [ticket] = tickets_of(place, place.sold())
    place.clock.move(HOUR)
    # No scan from before the doors opened would count.
    accepted(Organiser(place.box_office.ports).change_event(place.event_id, EventChange(doors_at=place.clock.now())))
    now = place.clock.now()
    scan = OfflineScan(ticket.qr_code, FIRST, now + timedelta(days=365 * years))
    for _ in range(2):
        [merged] = accepted(place.box_office.merge_scans(place.event_id, "north", [scan], NORTH))
        assert merged.refusal is None
        assert place.box_office.validate(ticket.qr_code, "east") == TicketAlreadyUsed(now, "north")
        place.clock.move(HOUR)


def test_a_clock_that_is_a_little_wrong_is_believed() -> None:
    """The order in which scans come in then changes nothing."""
    place = office()
    [ticket] = tickets_of(place, place.sold())
    late = OfflineScan(ticket.qr_code, FIRST, place.clock.now() + MAX_SKEW)
    accepted(place.box_office.merge_scans(place.event_id, "north", [late], NORTH))
    assert place.box_office.validate(ticket.qr_code, "east") == TicketAlreadyUsed(late.scanned_at, "north")


def test_a_fault_names_the_scan_and_the_field() -> None:
    """All of them at once."""
    place = office()
    right = OfflineScan("nothing", FIRST, place.clock.now())
    scans = [
        right,
        attrs.evolve(right, scan_id="short"),
        attrs.evolve(right, scanned_at=right.scanned_at.replace(tzinfo=None)),
    ]
    refused = place.box_office.merge_scans(place.event_id, "north", scans, NORTH)
    assert isinstance(refused, InvalidRequest)
    assert [fault.field for fault in refused.errors] == ["scans[1].scan_id", "scans[2].scanned_at"]


def test_a_key_that_is_bound_elsewhere_gets_nothing() -> None:
    """Neither the tickets of another event, nor a scan of it merged."""
    place = office()
    bound = attrs.evolve(NORTH, event_ids=frozenset({EventId("elsewhere")}))
    assert place.box_office.gate_bundle(place.event_id, None, bound) == WrongEvent()
    assert place.box_office.merge_scans(place.event_id, "north", [], bound) == WrongEvent()
    assert place.box_office.gate_bundle(EventId("nothing"), None, NORTH) == EventNotFound()


def test_too_many_scans_and_short_ids_are_refused() -> None:
    """Nothing is merged then."""
    place = office()
    [ticket] = tickets_of(place, place.sold())
    scan = OfflineScan(ticket.qr_code, FIRST, place.clock.now())
    for scans in ([scan] * (MOST_AT_ONCE + 1), [scan, attrs.evolve(scan, scan_id="short")], [None]):
        refused = place.box_office.merge_scans(place.event_id, "north", scans, NORTH)  # type: ignore[arg-type]  # Mistakes.
        assert isinstance(refused, InvalidRequest)
    assert isinstance(place.box_office.validate(ticket.qr_code, "north"), Admitted)
