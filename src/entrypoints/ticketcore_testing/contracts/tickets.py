"""Contract suite of tickets."""

from __future__ import annotations

from datetime import datetime

import attrs
import pytest

from ticketcore.domain import journal, payments
from ticketcore.domain.api_keys import LIBRARY, Holder, Role
from ticketcore.domain.decisions import Decision
from ticketcore.domain.events import NO_LIMIT, Event, EventChange, EventStatus
from ticketcore.domain.ids import EventId, OrderId, TicketCode, TicketId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.qr_text import SIGNER_LENGTH
from ticketcore.domain.refusals import (
    EventCancelled,
    NothingToUndo,
    TicketAlreadyUsed,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WrongEvent,
)
from ticketcore.domain.tickets import Admission, TakenBack, Ticket, TicketNumber, TicketRecord, TicketStatus
from ticketcore.domain.validation import GRACE, Admitted, DecisionRefusal, Scan, Undo
from ticketcore.ports import Conflict, Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.attendees import AttendeesContract
from ticketcore_testing.contracts.merging import MergingContract
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import add_show, nothing_changes, order_in, order_of, reserve, start_payment, steps_of
from ticketcore_testing.samples import (
    MILLISECOND,
    NOW,
    SHOWTIME,
    STRANGE_IDS,
    TEXTS,
    label,
    new_code,
    new_show,
    new_tickets,
)

NORTH = Holder("key-1", "north door", Role.GATE)
SOUTH = Holder("key-2", "south door", Role.GATE)
ADMIN = Holder("key-3", "office", Role.ADMIN)
SCAN = Scan("North", "scan-1", holder=NORTH)
OTHER_SCAN = Scan("South", "scan-2", holder=SOUTH)
USED = Admission(NOW, "North", "scan-1", NORTH.id)
LATER = NOW + MILLISECOND
LAST_MOMENT = NOW + GRACE - MILLISECOND


def sold(ledger: Ledger, quantity: int = 1) -> list[Ticket]:
    """Return the tickets of a new paid order."""
    order = order_in(ledger, add_show(ledger, new_show()), OrderStatus.PAID, quantity)
    return list(ledger.tickets.of_order(order.id))


def admitted(ledger: Ledger, ticket: Ticket, scan: Scan = SCAN) -> Ticket:
    outcome = ledger.tickets.admit(ticket.id, scan, NOW)
    assert isinstance(outcome, Admitted)
    assert not outcome.is_repeated
    return outcome.ticket


def record_of(ledger: Ledger, ticket: Ticket) -> TicketRecord:
    """Return the record of a ticket as the ledger has it now, made of its parts."""
    order, stored, event = (
        order_of(ledger, ticket.order_id),
        ledger.tickets.get(ticket.id),
        ledger.events.get(ticket.event_id),
    )
    assert stored is not None
    assert event is not None
    return TicketRecord.of_ticket(order, event, stored)


def cancel_event(ledger: Ledger, ticket: Ticket) -> None:
    changed = ledger.events.change(ticket.event_id, EventChange(status=EventStatus.CANCELLED), None, NOW)
    assert isinstance(changed, Event)


def refund(ledger: Ledger, order_id: OrderId) -> None:
    changes.start_refund(ledger, order_id, NOW)
    assert order_of(ledger, order_id).status is OrderStatus.REFUNDED


class TicketsContract(AttendeesContract, MergingContract):
    """Hold ``Tickets`` to its contract; override ``open_ledger``."""

    # get, of_order

    def test_captured_tickets_are_returned_unchanged(self, ledger: Ledger) -> None:
        """Every field of a ticket is stored, alone and with its order."""
        order = reserve(ledger, add_show(ledger, new_show()), 3)
        start_payment(ledger, order)
        given = new_tickets(order)
        changes.capture(ledger.orders, order.id, given, new_code(), NOW)
        assert list(ledger.tickets.of_order(order.id)) == given
        assert [ledger.tickets.get(ticket.id) for ticket in given] == given

    def test_tickets_are_returned_by_number(self, ledger: Ledger) -> None:
        """Whatever the order of issue, 10 comes after 9."""
        order = reserve(ledger, add_show(ledger, new_show()), 10)
        start_payment(ledger, order)
        given = new_tickets(order)
        changes.capture(ledger.orders, order.id, given[::-1], new_code(), NOW)
        assert [ticket.number for ticket in ledger.tickets.of_order(order.id)] == list(range(1, 11))

    def test_the_newest_qr_code_is_that_of_the_last_sale(self, ledger: Ledger) -> None:
        """Void tickets are left out, and used ones are not."""
        assert ledger.tickets.newest_qr_code() is None
        first, second, third = sold(ledger), sold(ledger, 2), sold(ledger)
        assert ledger.tickets.newest_qr_code() == third[0].qr_code
        refund(ledger, third[0].order_id)
        admitted(ledger, second[0])
        admitted(ledger, second[1])
        assert ledger.tickets.newest_qr_code() in {ticket.qr_code for ticket in second}
        admitted(ledger, first[0])
        assert ledger.tickets.newest_qr_code() in {ticket.qr_code for ticket in second}

    def test_there_is_one_qr_code_for_each_signer(self, ledger: Ledger) -> None:
        """Texts that begin alike count once, and void tickets not at all."""
        assert list(ledger.tickets.qr_codes_by_signer()) == []
        texts = ["AAAAAA1", "AAAAAA2", "AAAAAB1", "BAAAAA1", "BAAAAA2", "CAAAAA1"]
        orders = [self._sell_one(ledger, text) for text in texts]
        refund(ledger, orders[-1])
        refund(ledger, orders[3])
        found = sorted(ledger.tickets.qr_codes_by_signer())
        assert [text[:SIGNER_LENGTH] for text in found] == ["AAAAAA", "AAAAAB", "BAAAAA"]
        assert {*found} < {*texts}
        assert found[2] == "BAAAAA2"

    @staticmethod
    def _sell_one(ledger: Ledger, qr_code: str) -> OrderId:
        order = reserve(ledger, add_show(ledger, new_show()))
        start_payment(ledger, order)
        [ticket] = new_tickets(order)
        changes.capture(ledger.orders, order.id, [attrs.evolve(ticket, qr_code=qr_code)], new_code(), NOW)
        return order.id

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_an_unknown_ticket_is_none(self, ledger: Ledger, strange: str) -> None:
        """Any text is accepted as an id, and an unknown one is not found."""
        sold(ledger)
        assert ledger.tickets.get(TicketId(strange)) is None
        assert ledger.tickets.admit(TicketId(strange), SCAN, NOW) == TicketNotFound()
        assert ledger.tickets.undo(TicketId(strange), Undo(holder=ADMIN), NOW) == TicketNotFound()
        assert list(ledger.tickets.of_order(OrderId(strange))) == []

    @pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.PAID, OrderStatus.REFUNDED}))
    def test_an_order_that_was_never_paid_has_no_tickets(self, ledger: Ledger, status: OrderStatus) -> None:
        """Only the capture issues tickets."""
        order = order_in(ledger, add_show(ledger, new_show()), status)
        assert list(ledger.tickets.of_order(order.id)) == []

    def test_a_refunded_order_keeps_its_tickets_as_void(self, ledger: Ledger) -> None:
        """Void tickets are returned, so that a gate can be told why."""
        tickets = sold(ledger, 2)
        refund(ledger, tickets[0].order_id)
        void = [attrs.evolve(ticket, is_refunded=True) for ticket in tickets]
        assert list(ledger.tickets.of_order(tickets[0].order_id)) == void
        assert ledger.tickets.get(tickets[1].id) == void[1]

    # admit

    def test_a_valid_ticket_is_used_up(self, ledger: Ledger) -> None:
        """It is returned and stored with the time, the gate and the scan."""
        first, second = sold(ledger, 2)
        used = attrs.evolve(first, admission=USED)
        outcome = ledger.tickets.admit(first.id, SCAN, NOW)
        assert outcome == Admitted(record_of(ledger, first))
        assert ledger.tickets.get(first.id) == used
        assert ledger.tickets.get(second.id) == second

    def test_an_admission_is_written_to_the_journal(self, ledger: Ledger) -> None:
        """There is one entry for each admitted ticket, with its number, its gate and the name of the key."""
        first, second = sold(ledger, 2)
        used = [admitted(ledger, second), admitted(ledger, first)]
        entries = ledger.orders.journal(first.order_id)[-2:]
        assert list(entries) == [journal.admitted(ticket, USED, NORTH.name) for ticket in used]

    def test_repeating_a_scan_returns_the_first_result(self, ledger: Ledger) -> None:
        """For ten minutes the same key and scan id return the ticket, whatever the gate is called; nothing changes."""
        (ticket,) = sold(ledger)
        admitted(ledger, ticket)
        first = Admitted(record_of(ledger, ticket), is_repeated=True)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.admit(ticket.id, SCAN, LATER) == first
            assert ledger.tickets.admit(ticket.id, attrs.evolve(SCAN, gate="South"), LAST_MOMENT) == first

    def test_a_late_repetition_is_another_scan(self, ledger: Ledger) -> None:
        """After ten minutes, to the millisecond, the ticket is used for its own scan too."""
        (ticket,) = sold(ledger)
        admitted(ledger, ticket)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.admit(ticket.id, SCAN, NOW + GRACE) == TicketAlreadyUsed(NOW, "North")

    def test_the_same_scan_of_another_key_is_another_scan(self, ledger: Ledger) -> None:
        """What a gate calls itself does not count: two keys that use one gate's name and scan id admit one person."""
        (ticket,) = sold(ledger)
        admitted(ledger, ticket)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            other = attrs.evolve(SCAN, holder=SOUTH)
            assert ledger.tickets.admit(ticket.id, other, LATER) == TicketAlreadyUsed(NOW, "North")

    def test_another_scan_is_told_when_and_where_the_ticket_was_used(self, ledger: Ledger) -> None:
        """A ticket is admitted once; repeating its first scan still returns the ticket."""
        (ticket,) = sold(ledger)
        admitted(ledger, ticket)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.admit(ticket.id, OTHER_SCAN, LATER) == TicketAlreadyUsed(NOW, "North")
            assert ledger.tickets.admit(ticket.id, SCAN, LATER) == Admitted(record_of(ledger, ticket), True)

    def test_a_ticket_can_be_named_by_code_and_number(self, ledger: Ledger) -> None:
        """Code and number admit and undo the same ticket as its id; another number or code is not found."""
        first, second = sold(ledger, 2)
        code = record_of(ledger, first).ticket_code
        outcome = ledger.tickets.admit(TicketNumber(code, second.number), SCAN, NOW)
        assert outcome == Admitted(record_of(ledger, second))
        assert ledger.tickets.get(second.id) == attrs.evolve(second, admission=USED)
        assert ledger.tickets.get(first.id) == first
        for unknown in (
            TicketNumber(code, 3),
            TicketNumber(TicketCode("AAAAA-AAAAA"), 1),
            TicketNumber(TicketCode(""), 1),
        ):
            assert ledger.tickets.admit(unknown, SCAN, NOW) == TicketNotFound()
            assert ledger.tickets.undo(unknown, Undo(holder=ADMIN), NOW) == TicketNotFound()
        ledger.tickets.undo(TicketNumber(code, second.number), Undo(holder=ADMIN), NOW)
        assert ledger.tickets.get(second.id) == attrs.evolve(second, taken_back=(TakenBack(NOW),))

    def test_one_scan_id_may_admit_several_tickets(self, ledger: Ledger) -> None:
        """A scan id is compared for each ticket separately."""
        first, second = sold(ledger, 2)
        assert admitted(ledger, first).status is TicketStatus.USED
        assert admitted(ledger, second).status is TicketStatus.USED

    def test_a_gate_of_the_event_admits(self, ledger: Ledger) -> None:
        """A gate that names the ticket's event admits as one that names none."""
        (ticket,) = sold(ledger)
        used = admitted(ledger, ticket, attrs.evolve(SCAN, event_ids=frozenset({ticket.event_id, EventId("nowhere")})))
        assert used.admission == USED

    @pytest.mark.parametrize("made", [TicketStatus.VALID, TicketStatus.USED, TicketStatus.VOID])
    def test_another_event_comes_before_everything(self, ledger: Ledger, made: TicketStatus) -> None:
        """A gate of another event is told so, whatever the ticket's status; the ticket does not change."""
        (ticket,) = sold(ledger)
        elsewhere = add_show(ledger, new_show())
        if made is TicketStatus.USED:
            admitted(ledger, ticket)
        elif made is TicketStatus.VOID:
            refund(ledger, ticket.order_id)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            for event_ids in ({elsewhere.id}, {EventId("nowhere"), elsewhere.id}, set[EventId]()):
                there = attrs.evolve(SCAN, event_ids=frozenset(event_ids))
                assert ledger.tickets.admit(ticket.id, there, NOW) == WrongEvent()

    def test_a_void_ticket_is_refused(self, ledger: Ledger) -> None:
        """A refunded ticket is not admitted, and there is no journal entry."""
        (ticket,) = sold(ledger)
        refund(ledger, ticket.order_id)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.admit(ticket.id, SCAN, NOW) == TicketVoid()

    def test_doors_open_at_their_time(self, ledger: Ledger) -> None:
        """A millisecond earlier a valid ticket is refused and stays valid, however it is named."""
        show = add_show(ledger, new_show(doors_at=LATER))
        order = order_in(ledger, show, OrderStatus.PAID)
        (ticket,) = ledger.tickets.of_order(order.id)
        numbered = TicketNumber(record_of(ledger, ticket).ticket_code, 1)
        with nothing_changes(ledger, order):
            for named in (ticket.id, numbered):
                assert ledger.tickets.admit(named, SCAN, NOW) == TooEarly(LATER, show.timezone)
        assert isinstance(ledger.tickets.admit(numbered, SCAN, LATER), Admitted)

    def test_doors_that_are_put_off_keep_admissions(self, ledger: Ledger) -> None:
        """A repeated scan returns the ticket, another one is refused as used, and other tickets have to wait."""
        first, second = sold(ledger, 2)
        admitted(ledger, first)
        ledger.events.change(first.event_id, EventChange(doors_at=SHOWTIME), None, NOW)
        with nothing_changes(ledger, order_of(ledger, first.order_id)):
            assert ledger.tickets.admit(first.id, SCAN, LATER) == Admitted(record_of(ledger, first), True)
            assert ledger.tickets.admit(first.id, OTHER_SCAN, LATER) == TicketAlreadyUsed(NOW, "North")
            assert ledger.tickets.admit(second.id, SCAN, LATER) == TooEarly(SHOWTIME, "UTC")
        ledger.events.change(first.event_id, EventChange(doors_at=NO_LIMIT), None, NOW)
        assert isinstance(ledger.tickets.admit(second.id, SCAN, LATER), Admitted)

    def test_what_is_never_admitted_comes_before_the_doors(self, ledger: Ledger) -> None:
        """A gate of another event, a refund and a cancellation are told before the doors open too."""
        first, second = sold(ledger), sold(ledger)
        for (ticket,) in (first, second):
            ledger.events.change(ticket.event_id, EventChange(doors_at=SHOWTIME), None, NOW)
        there = attrs.evolve(SCAN, event_ids=frozenset({EventId("nowhere")}))
        assert ledger.tickets.admit(first[0].id, there, NOW) == WrongEvent()
        refund(ledger, first[0].order_id)
        assert ledger.tickets.admit(first[0].id, SCAN, NOW) == TicketVoid()
        cancel_event(ledger, second[0])
        assert ledger.tickets.admit(second[0].id, SCAN, NOW) == EventCancelled()

    @pytest.mark.parametrize("made", [TicketStatus.VALID, TicketStatus.USED, TicketStatus.VOID])
    def test_a_cancelled_event_admits_no_ticket(self, ledger: Ledger, made: TicketStatus) -> None:
        """Whatever the ticket's status, the gate is told of the cancellation, and the ticket does not change."""
        (ticket,) = sold(ledger)
        if made is TicketStatus.USED:
            admitted(ledger, ticket)
        elif made is TicketStatus.VOID:
            refund(ledger, ticket.order_id)
        cancel_event(ledger, ticket)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.admit(ticket.id, SCAN, NOW) == EventCancelled()

    def test_a_used_ticket_stays_used_when_its_order_is_refunded(self, ledger: Ledger) -> None:
        """Only unused tickets become void; scans of a used one have the same results as before."""
        first, second = sold(ledger, 2)
        used = admitted(ledger, first)
        refund(ledger, first.order_id)
        assert ledger.tickets.get(first.id) == used.refunded()
        assert ledger.tickets.admit(first.id, SCAN, LATER) == Admitted(record_of(ledger, first), True)
        assert ledger.tickets.admit(first.id, OTHER_SCAN, LATER) == TicketAlreadyUsed(NOW, "North")
        assert ledger.tickets.admit(second.id, SCAN, LATER) == TicketVoid()

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_gate_and_scan_are_stored_exactly(self, ledger: Ledger, text: str) -> None:
        """Any name of a gate and any scan id is stored, and recognized again."""
        (ticket,) = sold(ledger)
        used = admitted(ledger, ticket, Scan(text, text))
        assert ledger.tickets.get(ticket.id) == used
        assert used.admission == Admission(NOW, text, text, LIBRARY.id)
        assert ledger.tickets.admit(ticket.id, Scan(text, text), LATER) == Admitted(record_of(ledger, ticket), True)
        assert ledger.tickets.admit(ticket.id, Scan(text, f"{text}."), LATER) == TicketAlreadyUsed(NOW, text)

    # undo

    @pytest.mark.parametrize(
        ("holder", "at"), [(NORTH, NOW), (NORTH, LAST_MOMENT), (ADMIN, NOW + GRACE), (ADMIN, NOW + 100 * GRACE)]
    )
    def test_an_admission_is_taken_back(self, ledger: Ledger, holder: Holder, at: datetime) -> None:
        """A gate takes its own back within ten minutes, an admin any; the ticket is as it was, with a journal entry."""
        first, second = sold(ledger, 2)
        admitted(ledger, first)
        used = admitted(ledger, second)
        undone = ledger.tickets.undo(second.id, Undo(holder=holder), at)
        assert isinstance(undone, TicketRecord)
        assert undone == record_of(ledger, second)
        taken_back = (TakenBack(at, None if holder is ADMIN else holder.id),)
        assert ledger.tickets.get(second.id) == attrs.evolve(second, taken_back=taken_back)
        assert ledger.tickets.get(first.id) != first
        assert ledger.orders.journal(second.order_id)[-1] == journal.admission_undone(used, second, holder.name, at)
        again = attrs.evolve(used, taken_back=taken_back)
        assert ledger.tickets.admit(second.id, SCAN, NOW) == Admitted(attrs.evolve(undone, ticket=again))

    @pytest.mark.parametrize(("holder", "at"), [(SOUTH, NOW), (NORTH, NOW + GRACE), (NORTH, NOW + 100 * GRACE)])
    def test_a_gate_cannot_take_back_what_is_old_or_not_its_own(
        self, ledger: Ledger, holder: Holder, at: datetime
    ) -> None:
        """The ticket stays used, and there is no journal entry."""
        (ticket,) = sold(ledger)
        admitted(ledger, ticket)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.undo(ticket.id, Undo(holder=holder), at) == NothingToUndo()

    @pytest.mark.parametrize("made", [TicketStatus.VALID, TicketStatus.VOID])
    def test_a_ticket_that_was_not_admitted_has_nothing_to_undo(self, ledger: Ledger, made: TicketStatus) -> None:
        """A void ticket does not become valid, and a valid one stays so; undoing twice finds nothing either."""
        (ticket,) = sold(ledger)
        if made is TicketStatus.VOID:
            refund(ledger, ticket.order_id)
        else:
            admitted(ledger, ticket)
            ledger.tickets.undo(ticket.id, Undo(holder=ADMIN), NOW)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.undo(ticket.id, Undo(holder=ADMIN), NOW) == NothingToUndo()

    def test_a_used_ticket_of_a_refunded_order_stays_used(self, ledger: Ledger) -> None:
        """Otherwise it would admit again although its money went back."""
        (ticket,) = sold(ledger)
        admitted(ledger, ticket)
        refund(ledger, ticket.order_id)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.undo(ticket.id, Undo(holder=ADMIN), NOW) == NothingToUndo()

    def test_undoing_is_for_the_events_that_are_named(self, ledger: Ledger) -> None:
        """A ticket of another event is refused as such."""
        (ticket,) = sold(ledger)
        admitted(ledger, ticket)
        elsewhere = Undo(frozenset({EventId("nowhere")}), ADMIN)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.undo(ticket.id, elsewhere, NOW) == WrongEvent()
        here = Undo(frozenset({ticket.event_id}), NORTH)
        assert ledger.tickets.undo(ticket.id, here, NOW) == record_of(ledger, ticket)

    def test_a_decision_that_was_made_before_is_not_written(self, ledger: Ledger) -> None:
        """A refund that saw the ticket used would leave it valid."""
        (ticket,) = sold(ledger)
        admitted(ledger, ticket)
        record = ledger.orders.load(ticket.order_id)
        assert record is not None
        tickets = ledger.tickets.of_order(ticket.order_id)
        decision = payments.start_refund(record, tickets, NOW, include_used=True)
        assert isinstance(decision, Decision)
        ledger.tickets.undo(ticket.id, Undo(holder=ADMIN), NOW)
        assert ledger.orders.write(record, decision) == Conflict()

    def test_admitting_changes_no_places(self, ledger: Ledger) -> None:
        """The order stays paid and the event's places stay sold."""
        paid = order_in(ledger, add_show(ledger, new_show()), OrderStatus.PAID, 2)
        before = ledger.events.get(paid.event_id)
        admitted(ledger, ledger.tickets.of_order(paid.id)[0])
        assert order_of(ledger, paid.id) == paid
        assert ledger.events.get(paid.event_id) == before
        assert steps_of(ledger, paid.id)[-1] is Step.ADMITTED

    # races

    def test_two_scans_of_one_ticket_are_atomic(self, ledger: Ledger) -> None:
        """One gate admits it, the other one is told which, and the journal has one entry."""

        def race() -> Race:
            (ticket,) = sold(ledger)
            return Race(
                lambda: _told(ledger.tickets.admit(ticket.id, SCAN, NOW)),
                lambda: _told(ledger.tickets.admit(ticket.id, OTHER_SCAN, NOW)),
                lambda: _admissions(ledger, ticket),
            )

        assert_atomic(ledger.tickets, race)

    def test_two_undos_are_atomic(self, ledger: Ledger) -> None:
        """One takes the admission back, the other one finds nothing, and the journal has one entry."""

        def race() -> Race:
            (ticket,) = sold(ledger)
            admitted(ledger, ticket)
            return Race.of_one(
                lambda: isinstance(ledger.tickets.undo(ticket.id, Undo(holder=NORTH), NOW), TicketRecord),
                lambda: (ledger.tickets.get(ticket.id) == ticket, _undos(ledger, ticket)),
            )

        assert_atomic(ledger.tickets, race)

    def test_an_undo_and_a_refund_are_atomic(self, ledger: Ledger) -> None:
        """No valid ticket is left of a refunded order."""

        def race() -> Race:
            (ticket,) = sold(ledger)
            admitted(ledger, ticket)
            return Race(
                lambda: isinstance(ledger.tickets.undo(ticket.id, Undo(holder=NORTH), NOW), TicketRecord),
                lambda: refund(ledger, ticket.order_id),
                lambda: (_admissions(ledger, ticket), _undos(ledger, ticket)),
            )

        assert_atomic(ledger.tickets, race)

    def test_one_scan_sent_twice_is_atomic(self, ledger: Ledger) -> None:
        """Both requests have the same result, and the journal has one entry."""

        def race() -> Race:
            (ticket,) = sold(ledger)
            return Race.of_one(
                lambda: _told(ledger.tickets.admit(ticket.id, SCAN, NOW)),
                lambda: _admissions(ledger, ticket),
            )

        assert_atomic(ledger.tickets, race)

    def test_a_scan_and_a_refund_are_atomic(self, ledger: Ledger) -> None:
        """A ticket is admitted or void."""

        def race() -> Race:
            (ticket,) = sold(ledger)
            return Race(
                lambda: _told(ledger.tickets.admit(ticket.id, SCAN, NOW)),
                lambda: refund(ledger, ticket.order_id),
                lambda: _admissions(ledger, ticket),
            )

        assert_atomic(ledger.tickets, race)


def _told(outcome: Admitted | DecisionRefusal | TicketNotFound) -> object:
    """Return the admission of a ticket, whose id differs from race to race, or the refusal."""
    return outcome.ticket.admission if isinstance(outcome, Admitted) else outcome


def _undos(ledger: Ledger, ticket: Ticket) -> int:
    return steps_of(ledger, ticket.order_id).count(Step.ADMISSION_UNDONE)


def _admissions(ledger: Ledger, ticket: Ticket) -> object:
    after = ledger.tickets.get(ticket.id)
    assert after is not None
    return after.admission, after.is_refunded, steps_of(ledger, ticket.order_id).count(Step.ADMITTED)
