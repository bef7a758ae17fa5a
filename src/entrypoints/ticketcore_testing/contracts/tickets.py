"""Contract suite of tickets."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import TicketAlreadyUsed, TicketNotFound, TicketVoid, WrongEvent
from ticketcore.domain.tickets import Admission, Ticket, TicketStatus
from ticketcore.domain.validation import DecisionRefusal, Scan
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import (
    LedgerContract,
    add_show,
    nothing_changes,
    order_in,
    order_of,
    reserve,
    start_payment,
    steps_of,
)
from ticketcore_testing.samples import MILLISECOND, NOW, STRANGE_IDS, TEXTS, label, new_code, new_show, new_tickets

SCAN = Scan("North", "scan-1")
OTHER_SCAN = Scan("South", "scan-2")
LATER = NOW + MILLISECOND


def sold(ledger: Ledger, quantity: int = 1) -> list[Ticket]:
    """Return the tickets of a new paid order."""
    order = order_in(ledger, add_show(ledger, new_show()), OrderStatus.PAID, quantity)
    return list(ledger.tickets.of_order(order.id))


def admitted(ledger: Ledger, ticket: Ticket, scan: Scan = SCAN) -> Ticket:
    outcome = ledger.tickets.admit(ticket.id, scan, NOW)
    assert isinstance(outcome, Ticket)
    return outcome


def refund(ledger: Ledger, order_id: OrderId) -> None:
    changes.start_refund(ledger.orders, order_id, NOW)
    assert order_of(ledger, order_id).status is OrderStatus.REFUNDED


class TicketsContract(LedgerContract):
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

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_an_unknown_ticket_is_none(self, ledger: Ledger, strange: str) -> None:
        """Any text is accepted as an id, and an unknown one is not found."""
        sold(ledger)
        assert ledger.tickets.get(TicketId(strange)) is None
        assert ledger.tickets.admit(TicketId(strange), SCAN, NOW) == TicketNotFound()
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
        void = [attrs.evolve(ticket, is_void=True) for ticket in tickets]
        assert list(ledger.tickets.of_order(tickets[0].order_id)) == void
        assert ledger.tickets.get(tickets[1].id) == void[1]

    # admit

    def test_a_valid_ticket_is_used_up(self, ledger: Ledger) -> None:
        """It is returned and stored with the time, the gate and the scan."""
        first, second = sold(ledger, 2)
        used = attrs.evolve(first, admission=Admission(NOW, "North", "scan-1"))
        assert ledger.tickets.admit(first.id, SCAN, NOW) == used
        assert ledger.tickets.get(first.id) == used
        assert ledger.tickets.get(second.id) == second

    def test_an_admission_is_written_to_the_journal(self, ledger: Ledger) -> None:
        """There is one entry for each admitted ticket, with its number and gate."""
        first, second = sold(ledger, 2)
        used = [admitted(ledger, second), admitted(ledger, first)]
        entries = ledger.orders.journal(first.order_id)[-2:]
        assert list(entries) == [journal.admitted(ticket, Admission(NOW, "North", "scan-1")) for ticket in used]

    def test_repeating_a_scan_returns_the_first_result(self, ledger: Ledger) -> None:
        """The same gate and scan id return the ticket, also later; nothing changes, also for another gate."""
        (ticket,) = sold(ledger)
        first = admitted(ledger, ticket)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.admit(ticket.id, SCAN, LATER) == first
            south = Scan("South", SCAN.scan_id, ticket.event_id)
            assert ledger.tickets.admit(ticket.id, south, LATER) == TicketAlreadyUsed(NOW, "North")

    def test_another_scan_is_told_when_and_where_the_ticket_was_used(self, ledger: Ledger) -> None:
        """A ticket is admitted once; repeating its first scan still returns the ticket."""
        (ticket,) = sold(ledger)
        first = admitted(ledger, ticket)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.admit(ticket.id, OTHER_SCAN, LATER) == TicketAlreadyUsed(NOW, "North")
            assert ledger.tickets.admit(ticket.id, SCAN, LATER) == first

    def test_one_scan_id_may_admit_several_tickets(self, ledger: Ledger) -> None:
        """A scan id is compared for each ticket separately."""
        first, second = sold(ledger, 2)
        assert admitted(ledger, first).status is TicketStatus.USED
        assert admitted(ledger, second).status is TicketStatus.USED

    def test_a_gate_of_the_event_admits(self, ledger: Ledger) -> None:
        """A gate that names the ticket's event admits as one that names none."""
        (ticket,) = sold(ledger)
        used = admitted(ledger, ticket, Scan("North", "scan-1", ticket.event_id))
        assert used.admission == Admission(NOW, "North", "scan-1")

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
            for event_id in (elsewhere.id, EventId("nowhere")):
                assert ledger.tickets.admit(ticket.id, Scan("North", "scan-1", event_id), NOW) == WrongEvent()

    def test_a_void_ticket_is_refused(self, ledger: Ledger) -> None:
        """A refunded ticket is not admitted, and there is no journal entry."""
        (ticket,) = sold(ledger)
        refund(ledger, ticket.order_id)
        with nothing_changes(ledger, order_of(ledger, ticket.order_id)):
            assert ledger.tickets.admit(ticket.id, SCAN, NOW) == TicketVoid()

    def test_a_used_ticket_stays_used_when_its_order_is_refunded(self, ledger: Ledger) -> None:
        """Only unused tickets become void; scans of a used one have the same results as before."""
        first, second = sold(ledger, 2)
        used = admitted(ledger, first)
        refund(ledger, first.order_id)
        assert ledger.tickets.get(first.id) == used
        assert ledger.tickets.admit(first.id, SCAN, LATER) == used
        assert ledger.tickets.admit(first.id, OTHER_SCAN, LATER) == TicketAlreadyUsed(NOW, "North")
        assert ledger.tickets.admit(second.id, SCAN, LATER) == TicketVoid()

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_gate_and_scan_are_stored_exactly(self, ledger: Ledger, text: str) -> None:
        """Any name of a gate and any scan id is stored, and recognized again."""
        (ticket,) = sold(ledger)
        used = admitted(ledger, ticket, Scan(text, text))
        assert ledger.tickets.get(ticket.id) == used
        assert used.admission == Admission(NOW, text, text)
        assert ledger.tickets.admit(ticket.id, Scan(text, text), LATER) == used
        assert ledger.tickets.admit(ticket.id, Scan(text, f"{text}."), LATER) == TicketAlreadyUsed(NOW, text)

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


def _told(outcome: Ticket | DecisionRefusal | TicketNotFound) -> object:
    """Return the admission of a ticket, whose id differs from race to race, or the refusal."""
    return outcome.admission if isinstance(outcome, Ticket) else outcome


def _admissions(ledger: Ledger, ticket: Ticket) -> object:
    after = ledger.tickets.get(ticket.id)
    assert after is not None
    return after.admission, after.is_void, steps_of(ledger, ticket.order_id).count(Step.ADMITTED)
