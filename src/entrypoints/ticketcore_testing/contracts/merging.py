"""Contract of what gates without network need: scans that are merged, and lists of tickets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import permutations

import attrs
import pytest

from ticketcore.domain import ids
from ticketcore.domain.api_keys import LIBRARY, Holder, Role
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.gate_lists import GatePlace
from ticketcore.domain.ids import EventId, TicketId
from ticketcore.domain.journal import Step
from ticketcore.domain.merging import Merged
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import (
    EventCancelled,
    NothingToUndo,
    TicketAlreadyUsed,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WrongEvent,
)
from ticketcore.domain.summary import DoubleAdmission
from ticketcore.domain.tickets import Admission, TakenBack, Ticket, TicketRecord, TicketStatus
from ticketcore.domain.validation import Admitted, Scan, Undo
from ticketcore.ports import Ledger
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract, add_show, order_in, order_of, refund, steps_of
from ticketcore_testing.samples import MILLISECOND, NOW, SHOWTIME, STRANGE_IDS, label, new_show

_NORTH, _SOUTH = Holder("key-1", "north", Role.GATE), Holder("key-2", "south", Role.GATE)
_FIRST, _SECOND = Scan("North", "scan-1", holder=_NORTH), Scan("South", "scan-2", holder=_SOUTH)
_LATER = NOW + timedelta(hours=1)
#: The scans of one ticket with their times, earliest first.
_SCANS = [(_FIRST, NOW), (_SECOND, NOW + MILLISECOND), (Scan("East", "scan-3", holder=_SOUTH), NOW + 2 * MILLISECOND)]


def sold(ledger: Ledger, show: Event | None = None, quantity: int = 1) -> list[Ticket]:
    """Return the tickets of a new paid order."""
    order = order_in(ledger, show or add_show(ledger, new_show()), OrderStatus.PAID, quantity)
    return list(ledger.tickets.of_order(order.id))


def merged(ledger: Ledger, ticket: Ticket, scan: Scan, at: datetime) -> Merged:
    outcome = ledger.tickets.merge(ticket.id, scan, at, _LATER)
    assert isinstance(outcome, Merged), outcome
    return outcome


def now_of(ledger: Ledger, ticket: Ticket) -> Ticket:
    found = ledger.tickets.get(ticket.id)
    assert found is not None
    return found


def admission(scan: Scan, at: datetime) -> Admission:
    return Admission(at, scan.gate, scan.scan_id, scan.holder.id)


def listed(
    ledger: Ledger, show: Event, after: GatePlace | None, limit: int
) -> tuple[dict[str, TicketStatus], GatePlace]:
    """Return what a gate comes to know by going on until nothing more comes, and where its list goes on."""
    known: dict[str, TicketStatus] = {}
    while True:
        found = ledger.tickets.gate_list(show.id, after, limit)
        known |= {ticket.digest: ticket.status for ticket in found.tickets}
        after = found.after
        if not found.tickets:
            return known, after


def statuses(ledger: Ledger, tickets: Sequence[Ticket]) -> dict[str, TicketStatus]:
    return {ids.digest(ticket.id): now_of(ledger, ticket).status for ticket in tickets}


class MergingContract(LedgerContract):
    """Hold ``Tickets.merge`` and ``Tickets.gate_list`` to their contracts."""

    # merge

    def test_a_merged_scan_uses_the_ticket(self, ledger: Ledger) -> None:
        """At the time and the gate of the scan, with an entry in the journal."""
        [ticket] = sold(ledger)
        outcome = merged(ledger, ticket, _FIRST, NOW)
        used = attrs.evolve(ticket, admission=admission(_FIRST, NOW))
        assert (outcome.refusal, outcome.is_double, outcome.record.ticket) == (None, False, used)
        assert now_of(ledger, ticket) == used
        entry = ledger.orders.journal(ticket.order_id)[-1]
        assert (entry.step, entry.at, entry.facts["scanned"]) == (Step.ADMITTED_OFFLINE, _LATER, NOW)

    @pytest.mark.parametrize("order", [*permutations(range(3))], ids=str)
    def test_the_order_of_merges_does_not_count(self, ledger: Ledger, order: Sequence[int]) -> None:
        """The earliest scan counts, the others are known, and merging again changes nothing."""
        [ticket] = sold(ledger)
        for _ in range(2):
            for number in order:
                merged(ledger, ticket, *_SCANS[number])
        first, *others = (admission(*scan) for scan in _SCANS)
        assert now_of(ledger, ticket) == attrs.evolve(ticket, admission=first, others=tuple(others))
        assert steps_of(ledger, ticket.order_id).count(Step.ADMITTED_OFFLINE) == 3

    def test_a_later_scan_is_refused_and_known(self, ledger: Ledger) -> None:
        """Both gates hear of it, whichever is merged first."""
        [ticket] = sold(ledger)
        assert merged(ledger, ticket, *_SCANS[1]).refusal is None
        first = merged(ledger, ticket, *_SCANS[0])
        assert (first.refusal, first.is_double) == (None, True)
        again = merged(ledger, ticket, *_SCANS[1])
        assert (again.refusal, again.is_double) == (TicketAlreadyUsed(NOW, "North"), True)

    def test_a_scan_that_asked_takes_part(self, ledger: Ledger) -> None:
        """The earlier one of it and of a scan without network counts."""
        for at, counts in ((NOW - MILLISECOND, "South"), (NOW + MILLISECOND, "North")):
            [ticket] = sold(ledger)
            assert isinstance(ledger.tickets.admit(ticket.id, _FIRST, NOW), Admitted)
            merged(ledger, ticket, _SECOND, at)
            used = now_of(ledger, ticket)
            assert used.admission is not None
            assert used.admission.gate == counts
            assert len(used.others) == 1

    def test_a_scan_that_asked_and_is_handed_in_too_is_one(self, ledger: Ledger) -> None:
        """A gate that did not get the response keeps the scan and hands it in later."""
        [ticket] = sold(ledger)
        ledger.tickets.admit(ticket.id, _FIRST, NOW)
        outcome = merged(ledger, ticket, _FIRST, NOW)
        assert (outcome.refusal, outcome.is_double) == (None, False)
        assert steps_of(ledger, ticket.order_id).count(Step.ADMITTED_OFFLINE) == 0

    def test_what_was_taken_back_stays_so(self, ledger: Ledger) -> None:
        """A scan from before the undo changes nothing, whether it was merged before; a later one admits."""
        for is_known in (False, True):
            [ticket] = sold(ledger)
            merged(ledger, ticket, _FIRST, NOW)
            if is_known:
                merged(ledger, ticket, _SECOND, NOW + MILLISECOND)
            ledger.tickets.undo(ticket.id, Undo(), _LATER)
            assert merged(ledger, ticket, _SECOND, NOW + MILLISECOND).refusal is None
            assert now_of(ledger, ticket) == attrs.evolve(ticket, taken_back=(TakenBack(_LATER),))
            merged(ledger, ticket, _SECOND, _LATER + MILLISECOND)
            assert now_of(ledger, ticket).status is TicketStatus.USED

    def test_a_gate_takes_back_what_its_own_key_has_admitted(self, ledger: Ledger) -> None:
        """What another one let in stays, merged before or later; what was taken back stays so; nothing of its own is left then."""
        for is_known in (False, True):
            [ticket] = sold(ledger)
            merged(ledger, ticket, _FIRST, NOW)
            if is_known:
                merged(ledger, ticket, _SECOND, NOW + MILLISECOND)
            at = NOW + 2 * MILLISECOND
            undone = ledger.tickets.undo(ticket.id, Undo(holder=_NORTH), at)
            assert isinstance(undone, TicketRecord)
            assert undone.ticket.status is (TicketStatus.USED if is_known else TicketStatus.VALID)
            assert merged(ledger, ticket, _SECOND, NOW + MILLISECOND).refusal is None
            merged(ledger, ticket, _FIRST, NOW)
            left = Admission(NOW + MILLISECOND, "South", "scan-2", _SOUTH.id)
            taken_back = (TakenBack(at, _NORTH.id),)
            assert now_of(ledger, ticket) == attrs.evolve(ticket, admission=left, taken_back=taken_back)
            assert ledger.tickets.undo(ticket.id, Undo(holder=_NORTH), at) == NothingToUndo()

    def test_a_gate_takes_back_a_scan_behind_one_that_counts(self, ledger: Ledger) -> None:
        """The earlier one of another gate stays, and the ticket was let in once."""
        [ticket] = sold(ledger)
        merged(ledger, ticket, _FIRST, NOW)
        merged(ledger, ticket, _SECOND, NOW + MILLISECOND)
        undone = ledger.tickets.undo(ticket.id, Undo(holder=_SOUTH), NOW + 2 * MILLISECOND)
        assert isinstance(undone, TicketRecord)
        assert (undone.ticket.admission, undone.ticket.others) == (Admission(NOW, "North", "scan-1", _NORTH.id), ())
        entry = ledger.orders.journal(ticket.order_id)[-1]
        assert (entry.step, entry.facts["gate"]) == (Step.ADMISSION_UNDONE, "South")

    def test_what_no_gate_admits_is_not_merged(self, ledger: Ledger) -> None:
        """A ticket of another event, of a cancelled one, one that is void, one before the doors open."""
        elsewhere = attrs.evolve(_FIRST, event_ids=frozenset({EventId("a" * 20)}))
        [ticket] = sold(ledger)
        assert merged(ledger, ticket, elsewhere, NOW).refusal == WrongEvent()
        ledger.events.change(ticket.event_id, EventChange(doors_at=SHOWTIME), None, NOW)
        assert merged(ledger, ticket, _FIRST, NOW).refusal == TooEarly(SHOWTIME, "UTC")
        ledger.events.change(ticket.event_id, EventChange(status=EventStatus.CANCELLED), None, NOW)
        assert merged(ledger, ticket, _FIRST, SHOWTIME).refusal == EventCancelled()
        [void] = sold(ledger)
        refund(ledger, order_of(ledger, void.order_id))
        assert merged(ledger, void, _FIRST, NOW).refusal == TicketVoid()
        assert {now_of(ledger, each).admission for each in (ticket, void)} == {None}
        assert Step.ADMITTED_OFFLINE not in steps_of(ledger, ticket.order_id)

    @pytest.mark.parametrize("ticket_id", STRANGE_IDS, ids=label)
    def test_an_unknown_ticket_is_not_merged(self, ledger: Ledger, ticket_id: str) -> None:
        """Whatever is taken for its id."""
        assert ledger.tickets.merge(TicketId(ticket_id), _FIRST, NOW, NOW) == TicketNotFound()

    def test_double_admissions_are_in_the_summary(self, ledger: Ledger) -> None:
        """With the gates in the order of their scans; tickets that one scan admitted are not."""
        show = add_show(ledger, new_show())
        one, double = sold(ledger, show, 2)
        merged(ledger, one, _FIRST, NOW)
        for scan in reversed(_SCANS):
            merged(ledger, double, *scan)
        summary = ledger.events.summary(show.id, NOW)
        assert summary is not None
        code = order_of(ledger, double.order_id).ticket_code
        assert code is not None
        assert summary.double_admissions == (DoubleAdmission(code, 2, ("North", "South", "East")),)
        assert summary.gates == {"North": 2}

    def test_two_merges_are_atomic(self, ledger: Ledger) -> None:
        """Neither scan is lost, at no moment of the other."""

        def race() -> Race:
            [ticket] = sold(ledger)
            return Race(
                _merging(ledger, ticket, *_SCANS[0]),
                _merging(ledger, ticket, *_SCANS[1]),
                lambda: len(now_of(ledger, ticket).others),
            )

        assert_atomic(ledger.tickets, race)

    # gate_list

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_a_gate_comes_to_know_all_tickets(self, ledger: Ledger, limit: int) -> None:
        """Those of paid and of refunded orders; none of another event, and none of an order that is not paid."""
        show = add_show(ledger, new_show(100))
        tickets = [ticket for quantity in (1, 3, 2) for ticket in sold(ledger, show, quantity)]
        refund(ledger, order_of(ledger, tickets[0].order_id))
        ledger.tickets.admit(tickets[1].id, _FIRST, NOW)
        order_in(ledger, show, OrderStatus.RESERVED)
        sold(ledger)
        known, _ = listed(ledger, show, None, limit)
        assert known == statuses(ledger, tickets)
        assert {*known.values()} == {TicketStatus.VOID, TicketStatus.USED, TicketStatus.VALID}

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_a_gate_comes_to_know_what_changes(self, ledger: Ledger, limit: int) -> None:
        """Sales, refunds, admissions with and without network, and what was taken back; nothing else is listed again."""
        show = add_show(ledger, new_show(100))
        kept, *tickets = [sold(ledger, show)[0] for _ in range(5)]
        ledger.tickets.admit(tickets[3].id, _FIRST, NOW)
        _, after = listed(ledger, show, None, limit)
        assert listed(ledger, show, after, limit)[0] == {}
        refund(ledger, order_of(ledger, tickets[0].order_id))
        ledger.tickets.admit(tickets[1].id, _FIRST, NOW)
        merged(ledger, tickets[2], _FIRST, NOW)
        ledger.tickets.undo(tickets[3].id, Undo(holder=LIBRARY), NOW)
        more = [*tickets, *sold(ledger, show, 2)]
        sold(ledger)
        known, last = listed(ledger, show, after, limit)
        assert known == statuses(ledger, more)
        assert ids.digest(kept.id) not in known
        assert listed(ledger, show, last, limit)[0] == {}

    def test_what_changes_while_the_list_is_read_is_known_in_the_end(self, ledger: Ledger) -> None:
        """The changes since the list was begun follow the last order."""
        show = add_show(ledger, new_show(100))
        tickets = [sold(ledger, show)[0] for _ in range(3)]
        begun = ledger.tickets.gate_list(show.id, None, 1)
        for ticket in tickets:
            ledger.tickets.admit(ticket.id, _FIRST, NOW)
        known = {each.digest: each.status for each in begun.tickets}
        more, _ = listed(ledger, show, begun.after, 1)
        assert known | more == statuses(ledger, tickets)

    @pytest.mark.parametrize("event_id", STRANGE_IDS, ids=label)
    def test_an_unknown_event_has_no_list(self, ledger: Ledger, event_id: str) -> None:
        """Whatever is taken for its id."""
        assert ledger.tickets.gate_list(EventId(event_id), None, 10).tickets == ()


def _merging(ledger: Ledger, ticket: Ticket, scan: Scan, at: datetime) -> Callable[[], object]:
    return lambda: type(ledger.tickets.merge(ticket.id, scan, at, _LATER))
