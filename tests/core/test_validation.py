"""A ticket is admitted at most once, whatever the number of gates, retries and replays."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import EVENT_ID, MILLISECOND, NOW, OTHER_EVENT_ID, TICKET
from ticketcore.domain.refusals import TicketAlreadyUsed, TicketVoid, WrongEvent
from ticketcore.domain.tickets import Admission, Ticket, TicketStatus
from ticketcore.domain.validation import DecisionRefusal, Scan, admit

SCAN = Scan("north", "scan-1", EVENT_ID)
USED = attrs.evolve(TICKET, admission=Admission(NOW, "north", "scan-1"))
VOID = attrs.evolve(TICKET, is_void=True)

scans = st.builds(
    Scan,
    st.sampled_from(["north", "south"]),
    st.sampled_from(["scan-1", "scan-2", "scan-3"]),
    st.sampled_from([None, EVENT_ID, OTHER_EVENT_ID]),
)
#: Scans, with ``None`` where a refund makes the ticket void.
histories = st.lists(scans | st.none(), max_size=30)


@given(histories)
def test_one_scan_at_most_is_let_in(history: list[Scan | None]) -> None:
    """In every interleaving of scans at several gates and a refund, one scan is admitted and its result stays the same."""
    ticket = TICKET
    admitted: set[Ticket] = set()
    for passed, scan in enumerate(history):
        answer = ticket.voided() if scan is None else admit(ticket, scan, NOW + passed * MILLISECOND)
        if isinstance(answer, Ticket):
            ticket = answer
            admitted |= {answer} if answer.status is TicketStatus.USED else set()

    assert len(admitted) <= 1
    assert len({used.admission for used in admitted}) == (ticket.status is TicketStatus.USED)


@given(histories)
def test_the_same_scan_has_the_same_answer(history: list[Scan | None]) -> None:
    """A repeated scan returns the first result, whatever came between."""
    ticket = TICKET
    answers: dict[Scan, Ticket | DecisionRefusal] = {}
    for passed, scan in enumerate(history):
        if scan is None:
            ticket = ticket.voided()
            continue
        answer = admit(ticket, scan, NOW + passed * MILLISECOND)
        ticket = answer if isinstance(answer, Ticket) else ticket
        assert answer == answers.setdefault(scan, answer)


def test_a_valid_ticket_is_used_up() -> None:
    """It remembers when, where and by which scan."""
    assert admit(TICKET, SCAN, NOW) == USED


def test_a_repeated_scan_is_answered_as_the_first() -> None:
    """The same scan of the same gate brings the first time, even later."""
    assert admit(USED, SCAN, NOW + MILLISECOND) == USED


def test_two_gates_that_number_their_scans_alike_let_one_person_in() -> None:
    """The same scan id at another gate is another scan."""
    assert admit(USED, Scan("south", "scan-1"), NOW + MILLISECOND) == TicketAlreadyUsed(NOW, "north")


def test_another_scan_is_told_of_the_first() -> None:
    """Who comes second hears when and where the ticket was used."""
    assert admit(USED, Scan("south", "scan-2"), NOW + MILLISECOND) == TicketAlreadyUsed(NOW, "north")


def test_a_void_ticket_is_refused() -> None:
    """A refunded ticket is void for every scan, even for one that looks like its own."""
    assert admit(VOID, SCAN, NOW) == TicketVoid()
    assert admit(attrs.evolve(USED, is_void=True), SCAN, NOW) == TicketVoid()


@pytest.mark.parametrize("ticket", [TICKET, USED, VOID])
def test_another_event_is_told_first(ticket: Ticket) -> None:
    """At the wrong door nothing else about a ticket matters or is revealed."""
    assert admit(ticket, Scan("north", "scan-1", OTHER_EVENT_ID), NOW) == WrongEvent()


def test_a_gate_that_names_no_event_takes_all() -> None:
    """Without an event id any event's ticket is looked at."""
    assert admit(TICKET, Scan("north", "scan-1"), NOW) == USED
