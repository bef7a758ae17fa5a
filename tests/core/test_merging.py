"""Merging scans of gates without network is a join: any order and any repetition has the same result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketcore.domain.api_keys import LIBRARY, Holder, Role
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import EventId, OrderId, TicketCode, TicketId
from ticketcore.domain.merging import MOST_SCANS, Merged, merge
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import TicketAlreadyUsed
from ticketcore.domain.tickets import Admission, TakenBack, Ticket, TicketRecord
from ticketcore.domain.validation import Admitted, Scan, Undo, admit, undo

NOW = datetime(2027, 5, 1, 20, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
TICKET = Ticket(TicketId("t"), OrderId("o"), EventId("e"), 1, "QR")
RECORD = TicketRecord(
    TICKET, 1, TicketCode("7QXK2-M3PTV"), OrderStatus.PAID, "Show", EventStatus.ON_SALE, None, "Europe/London"
)
#: A scan with its time.
Made = tuple[Scan, datetime]

_holders = st.sampled_from([Holder("key-1", "one", Role.GATE), Holder("key-2", "two", Role.GATE)])
_scans = st.builds(
    Scan, st.sampled_from(["north", "south"]), st.sampled_from([f"scan-{n}" for n in range(30)]), st.none(), _holders
)
_made: st.SearchStrategy[Made] = st.tuples(_scans, st.integers(0, 5).map(lambda late: NOW + late * MILLISECOND))


def ticket_after(made: Sequence[Made], record: TicketRecord = RECORD) -> Ticket:
    for scan, at in made:
        record = merge(record, scan, at).record
    return record.ticket


@given(made=st.lists(_made, max_size=40), data=st.data())
def test_any_order_and_any_repetition_have_the_same_result(made: list[Made], data: st.DataObject) -> None:
    """Whatever gates scan at whatever times, one more often than another."""
    again = data.draw(
        st.permutations([*made, *data.draw(st.lists(st.sampled_from(made), max_size=9) if made else st.just([]))])
    )
    assert ticket_after(again) == ticket_after(made)


@given(made=st.lists(_made, min_size=1, max_size=9))
def test_the_earliest_scan_counts(made: list[Made]) -> None:
    """It is admitted whenever it is merged, and every other scan is refused with its time and gate."""
    ticket = ticket_after(made)
    assert ticket.admission is not None
    assert ticket.admission.date == min(at for _, at in made)
    record = attrs.evolve(RECORD, ticket=ticket)
    for scan, at in made:
        outcome = merge(record, scan, at)
        counts = (scan.holder.id, scan.scan_id) == (ticket.admission.key_id, ticket.admission.scan_id)
        expected = None if counts else TicketAlreadyUsed(ticket.admission.date, ticket.admission.gate)
        assert (outcome.refusal, outcome.record) == (expected, record)


@given(made=st.lists(_made, max_size=9), online=_made, at=st.integers(0, 9))
def test_a_scan_that_asked_is_one_of_them(made: list[Made], online: Made, at: int) -> None:
    """Merging before or after it has the same result, unless it was refused, which a gate does not hand in."""
    scan, moment = online
    for place in (0, at % (len(made) + 1)):
        before = attrs.evolve(RECORD, ticket=ticket_after(made[:place]))
        outcome = admit(before, scan, moment)
        if isinstance(outcome, Admitted) and not outcome.is_repeated:
            assert ticket_after(made[place:], outcome.record) == ticket_after([*made, online])


@given(
    made=st.lists(_made, max_size=9), late=st.integers(0, 6), at=st.integers(0, 9), holder=_holders | st.just(LIBRARY)
)
def test_an_undo_takes_back_what_was_scanned_before_it(made: list[Made], late: int, at: int, holder: Holder) -> None:
    """Of the gate's own key, or by an admin all of it, whether that was merged before the undo or is merged later."""
    moment, is_admin = NOW + late * MILLISECOND, holder is LIBRARY
    taken_back = TakenBack(moment, None if is_admin else holder.id)
    left = [(scan, time) for scan, time in made if time > moment or not (is_admin or scan.holder == holder)]
    undone = ticket_after(left, attrs.evolve(RECORD, ticket=TICKET.undone(taken_back)))
    place = at % (len(made) + 1)
    known = [each for each in made[:place] if each[1] <= moment]
    record = attrs.evolve(RECORD, ticket=ticket_after(known))
    after = undo(record, Undo(holder=holder), moment)
    if isinstance(after, TicketRecord):
        assert ticket_after(made, after) == undone


def test_the_number_of_scans_that_are_kept_is_limited() -> None:
    """The earliest are kept, in whatever order they come."""
    made = [(Scan("north", f"scan-{n:03}"), NOW + n * MILLISECOND) for n in range(2 * MOST_SCANS)]
    ticket = ticket_after(made)
    assert len(ticket.others) == MOST_SCANS - 1
    assert ticket_after(made[::-1]) == ticket


def _last_counts(record: TicketRecord, scan: Scan, at: datetime) -> Merged:
    made = Admission(at, scan.gate, scan.scan_id, scan.holder.id)
    return Merged(attrs.evolve(record, ticket=attrs.evolve(record.ticket, admission=made)))


def _counts_again(record: TicketRecord, scan: Scan, at: datetime) -> Merged:
    made = Admission(at, scan.gate, scan.scan_id, scan.holder.id)
    ticket = record.ticket
    others = (*ticket.others, made) if ticket.admission else ()
    return Merged(attrs.evolve(record, ticket=attrs.evolve(ticket, admission=ticket.admission or made, others=others)))


@pytest.mark.parametrize("wrong", [_last_counts, _counts_again])
def test_a_merge_that_is_no_join_is_caught(
    wrong: Callable[[TicketRecord, Scan, datetime], Merged], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The property finds a merge by which order or repetition counts."""
    monkeypatch.setattr(f"{__name__}.merge", wrong)
    with pytest.raises(AssertionError):
        test_any_order_and_any_repetition_have_the_same_result()
