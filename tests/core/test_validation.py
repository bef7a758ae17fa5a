"""A ticket is admitted at most once, whatever the number of gates, retries and replays."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import EVENT_ID, MILLISECOND, NOW, OTHER_EVENT_ID, TICKET
from ticketcore.domain.api_keys import Holder, Role
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import TicketCode
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import (
    EventCancelled,
    NothingToUndo,
    TicketAlreadyUsed,
    TicketVoid,
    TooEarly,
    WrongEvent,
)
from ticketcore.domain.tickets import Admission, TakenBack, Ticket, TicketRecord, TicketStatus
from ticketcore.domain.validation import GRACE, Admitted, DecisionRefusal, Scan, Undo, admit, undo

NORTH, SOUTH = Holder("1", "north door", Role.GATE), Holder("2", "south door", Role.GATE)
ADMIN = Holder("3", "office", Role.ADMIN)
HERE, ELSEWHERE = frozenset({EVENT_ID}), frozenset({OTHER_EVENT_ID})
SCAN = Scan("north", "scan-1", HERE, NORTH)
USED = attrs.evolve(TICKET, admission=Admission(NOW, "north", "scan-1", NORTH.id))
VOID = attrs.evolve(TICKET, is_refunded=True)

scans = st.builds(
    Scan,
    st.sampled_from(["north", "south"]),
    st.sampled_from(["scan-1", "scan-2", "scan-3"]),
    st.sampled_from([None, HERE, ELSEWHERE]),
    st.sampled_from([NORTH, SOUTH]),
)
#: Scans, with ``None`` where a refund makes the ticket void.
histories = st.lists(scans | st.none(), max_size=30)


def record(
    ticket: Ticket = TICKET,
    event: EventStatus = EventStatus.ON_SALE,
    order: OrderStatus = OrderStatus.PAID,
    doors_at: datetime | None = None,
) -> TicketRecord:
    return TicketRecord(ticket, 2, TicketCode("7QXK2-M3PTV"), order, "Show", event, doors_at, "Europe/London")


@given(histories)
def test_one_scan_at_most_is_let_in(history: list[Scan | None]) -> None:
    """In every interleaving of scans at several gates and a refund, one scan is admitted and its result stays the same."""
    ticket = TICKET
    admitted: set[Admission | None] = set()
    for passed, scan in enumerate(history):
        if scan is None:
            ticket = ticket.refunded()
            continue
        answer = admit(record(ticket), scan, NOW + passed * MILLISECOND)
        if isinstance(answer, Admitted):
            assert answer.is_repeated == (ticket.admission is not None)
            ticket = answer.ticket
            admitted |= {ticket.admission}

    assert len(admitted) <= 1
    assert len(admitted) == (ticket.status is TicketStatus.USED)


@given(histories)
def test_the_same_scan_has_the_same_answer(history: list[Scan | None]) -> None:
    """A repeated scan returns the first result, whatever came between, but for the note that it is repeated."""
    ticket = TICKET
    answers: dict[tuple[object, ...], Admission | DecisionRefusal | None] = {}
    for passed, scan in enumerate(history):
        if scan is None:
            ticket = ticket.refunded()
            continue
        answer = admit(record(ticket), scan, NOW + passed * MILLISECOND)
        ticket = answer.ticket if isinstance(answer, Admitted) else ticket
        same = (scan.scan_id, scan.holder.id, scan.event_ids)
        shown = ticket.admission if isinstance(answer, Admitted) else answer
        assert shown == answers.setdefault(same, shown)


def test_a_valid_ticket_is_used_up() -> None:
    """It remembers when, where, with which key and by which scan."""
    assert admit(record(), SCAN, NOW) == Admitted(record(USED))


def test_a_repeated_scan_is_answered_as_the_first() -> None:
    """The same scan with the same key brings the first time and gate, and says that it is repeated."""
    for moment in (NOW, NOW + MILLISECOND, NOW + GRACE - MILLISECOND):
        assert admit(record(USED), attrs.evolve(SCAN, gate="south"), moment) == Admitted(record(USED), True)


def test_a_scan_is_repeated_for_ten_minutes() -> None:
    """Later it is a copy of the ticket, and refused."""
    for moment in (NOW + GRACE, NOW + 1000 * GRACE):
        assert admit(record(USED), SCAN, moment) == TicketAlreadyUsed(NOW, "north")


def test_two_keys_that_number_their_scans_alike_let_one_person_in() -> None:
    """The same scan id with another key is another scan, whatever the gates are called."""
    assert admit(record(USED), attrs.evolve(SCAN, holder=SOUTH), NOW) == TicketAlreadyUsed(NOW, "north")


def test_another_scan_is_told_of_the_first() -> None:
    """Who comes second hears when and where the ticket was used."""
    other = attrs.evolve(SCAN, scan_id="scan-2")
    refused = admit(record(USED), other, NOW + MILLISECOND)
    assert refused == TicketAlreadyUsed(NOW, "north")
    assert isinstance(refused, TicketAlreadyUsed)
    assert refused.timezone == "Europe/London"


def test_a_void_ticket_is_refused() -> None:
    """A refunded ticket is void for every scan; one that was used before its refund is still used."""
    refunded = attrs.evolve(USED, is_refunded=True)
    assert admit(record(VOID), SCAN, NOW) == TicketVoid()
    assert admit(record(refunded), SCAN, NOW) == Admitted(record(refunded), is_repeated=True)
    assert admit(record(refunded), SCAN, NOW + GRACE) == TicketAlreadyUsed(NOW, "north")


def test_the_admission_of_a_refunded_ticket_stays() -> None:
    """Taken back, it would leave a place that is sold and that no ticket is for."""
    assert undo(record(attrs.evolve(USED, is_refunded=True)), Undo(), NOW) == NothingToUndo()


@pytest.mark.parametrize("ticket", [TICKET, USED, VOID])
def test_a_cancelled_event_admits_no_one(ticket: Ticket) -> None:
    """Whatever became of the ticket, the event's cancellation is told."""
    assert admit(record(ticket, EventStatus.CANCELLED), SCAN, NOW) == EventCancelled()


@pytest.mark.parametrize("status", sorted(set(EventStatus) - {EventStatus.CANCELLED}))
def test_an_event_in_any_other_status_admits(status: EventStatus) -> None:
    """Closed sales do not close the door."""
    assert admit(record(TICKET, status), SCAN, NOW) == Admitted(record(USED, status))


@pytest.mark.parametrize("event", [EventStatus.ON_SALE, EventStatus.CANCELLED])
@pytest.mark.parametrize("ticket", [TICKET, USED, VOID])
def test_another_event_is_told_first(ticket: Ticket, event: EventStatus) -> None:
    """At the wrong door nothing else about a ticket matters or is revealed."""
    assert admit(record(ticket, event), attrs.evolve(SCAN, event_ids=ELSEWHERE), NOW) == WrongEvent()
    assert undo(record(ticket, event), Undo(ELSEWHERE, ADMIN), NOW) == WrongEvent()


def test_a_gate_that_names_no_event_takes_all() -> None:
    """Without an event id any event's ticket is looked at."""
    assert admit(record(), attrs.evolve(SCAN, event_ids=None), NOW) == Admitted(record(USED))


@pytest.mark.parametrize(
    ("holder", "passed"), [(NORTH, 0 * GRACE), (NORTH, GRACE - MILLISECOND), (ADMIN, GRACE), (ADMIN, 99 * GRACE)]
)
def test_an_admission_is_taken_back(holder: Holder, passed: timedelta) -> None:
    """By the key that admitted, within ten minutes; by an admin at any time."""
    assert undo(record(USED), Undo(holder=holder), NOW + passed) == record(
        USED.undone(TakenBack(NOW + passed, None if holder is ADMIN else holder.id))
    )


@pytest.mark.parametrize(("holder", "passed"), [(SOUTH, 0 * GRACE), (NORTH, GRACE), (NORTH, 99 * GRACE)])
def test_a_gate_takes_back_only_its_own_and_soon(holder: Holder, passed: timedelta) -> None:
    """Another key's admission and an old one stay."""
    assert undo(record(USED), Undo(holder=holder), NOW + passed) == NothingToUndo()


@pytest.mark.parametrize("ticket", [TICKET, VOID])
def test_without_an_admission_there_is_nothing_to_undo(ticket: Ticket) -> None:
    """A void ticket never becomes valid."""
    assert undo(record(ticket), Undo(holder=ADMIN), NOW) == NothingToUndo()


def test_a_used_ticket_of_a_refunded_order_stays_used() -> None:
    """Otherwise it would admit without money."""
    assert undo(record(USED, order=OrderStatus.REFUNDED), Undo(holder=ADMIN), NOW) == NothingToUndo()


@pytest.mark.parametrize(
    ("ticket", "scan", "event", "now", "outcome"),
    [
        (TICKET, SCAN, EventStatus.ON_SALE, NOW - MILLISECOND, TooEarly(NOW, "Europe/London")),
        (TICKET, attrs.evolve(SCAN, event_ids=ELSEWHERE), EventStatus.ON_SALE, NOW - MILLISECOND, WrongEvent()),
        (TICKET, SCAN, EventStatus.CANCELLED, NOW - MILLISECOND, EventCancelled()),
        (VOID, SCAN, EventStatus.ON_SALE, NOW - MILLISECOND, TicketVoid()),
        (USED, attrs.evolve(SCAN, scan_id="scan-2"), EventStatus.ON_SALE, NOW, TicketAlreadyUsed(NOW, "north")),
    ],
    ids=["valid", "elsewhere", "cancelled", "void", "used"],
)
def test_only_what_would_be_admitted_waits_for_the_doors(
    ticket: Ticket, scan: Scan, event: EventStatus, now: datetime, outcome: DecisionRefusal
) -> None:
    """A ticket that is refused at any time is refused for that, and a scan is repeated even if the doors were put off."""
    assert admit(record(ticket, event, doors_at=NOW), scan, now) == outcome
    assert isinstance(admit(record(doors_at=NOW), SCAN, NOW), Admitted)
    put_off = record(USED, doors_at=NOW + GRACE)
    assert admit(put_off, SCAN, NOW + MILLISECOND) == Admitted(put_off, is_repeated=True)
