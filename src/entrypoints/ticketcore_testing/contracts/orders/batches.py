"""Decisions about several orders of one event: what is written at once equals what is written one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ticketcore.domain import payments, reservations
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.retention import forget
from ticketcore.ports import Conflict, Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, OrdersBase, cancel_event
from ticketcore_testing.contracts.orders.writing import EVERY_DECISION, Rule, decided
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import (
    add_show,
    all_about,
    audit_of,
    event_of,
    order_in,
    outbox_of,
    record_of,
    reserve,
    steps_of,
)
from ticketcore_testing.samples import (
    NOW,
    STRANGE_IDS,
    label,
    new_attempt_id,
    new_code,
    new_reservation,
    new_show,
    new_tickets,
)

Pair = tuple[OrderRecord, Decision]

#: Those of which the worker writes many; each has another effect on the places.
KINDS: Sequence[tuple[OrderStatus, Rule]] = [
    (
        OrderStatus.PROCESSING,
        lambda record: payments.capture(record, new_tickets(record.order), new_code(), LATER),
    ),
    (OrderStatus.PROCESSING, lambda record: payments.decline(record, LATER)),
    (OrderStatus.RESERVED, lambda record: payments.start(record, new_attempt_id(), "tok_approved", LATER)),
    (OrderStatus.RESERVED, lambda record: reservations.cancel(record, LATER)),
    (OrderStatus.PAID, lambda record: payments.start_refund(record, new_tickets(record.order), LATER)),
    (OrderStatus.REFUNDED, lambda record: payments.finish_refund(record, changes.requested(record), LATER)),
    (OrderStatus.CANCELLED, lambda record: forget(record, (), LATER, LATER)),
]


class BatchesContract(OrdersBase):
    """Hold ``Orders.load_all`` and ``write_all`` to their contract."""

    # load_all

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_the_records_of_orders_that_exist_are_loaded(self, ledger: Ledger, show: Event, strange: str) -> None:
        """They are those that ``load`` returns, of orders of any event; any text is accepted as an id."""
        orders = [order_in(ledger, show, status) for status in (OrderStatus.PAID, OrderStatus.PROCESSING)]
        orders.append(reserve(ledger, add_show(ledger, new_show())))
        wanted = [order.id for order in orders]
        expected = {order_id: record_of(ledger, order_id) for order_id in wanted}
        assert dict(ledger.orders.load_all([*wanted, OrderId(strange), wanted[0]])) == expected
        assert dict(ledger.orders.load_all([])) == {}

    # write_all

    @EVERY_DECISION
    def test_decisions_of_one_event_are_written_as_one_after_the_other(
        self, ledger: Ledger, status: OrderStatus, rule: Rule, other: Rule
    ) -> None:
        """Whatever they decide, the results and what is left are the same; each change of places has its version."""
        one, many = (self._pairs(ledger, add_show(ledger, new_show(10)), [(status, rule)] * 3) for _ in range(2))
        singly = [ledger.orders.write(*each) for each in one]
        at_once = ledger.orders.write_all(many)
        assert [_told(each) for each in at_once] == [_told(each) for each in singly]
        assert _left(ledger, many) == _left(ledger, one)

    def test_decisions_of_every_kind_are_written_together(self, ledger: Ledger) -> None:
        """As one after the other; none is an accepted number, too."""
        assert list(ledger.orders.write_all([])) == []
        one, many = (self._pairs(ledger, add_show(ledger, new_show(30)), KINDS) for _ in range(2))
        singly = [ledger.orders.write(*each) for each in one]
        assert [_told(each) for each in ledger.orders.write_all(many)] == [_told(each) for each in singly]
        assert _left(ledger, many) == _left(ledger, one)

    def test_each_change_has_the_availability_of_its_moment(self, ledger: Ledger, show: Event) -> None:
        """The last one that of the event; a decision that moves no place has none."""
        kinds = [KINDS[1], KINDS[5], KINDS[0], KINDS[1]]
        pairs = self._pairs(ledger, show, kinds)
        before = event_of(ledger, show.id)
        changes = [change for change in ledger.orders.write_all(pairs) if isinstance(change, Change)]
        assert [change.order for change in changes] == [decision.order for _, decision in pairs]
        places = [change.availability for change in changes]
        assert [each and each.version - before.version for each in places] == [1, None, 2, 3]
        assert [each and each.available - before.available for each in places] == [1, None, 1, 2]
        assert places[-1] == event_of(ledger, show.id).availability

    @pytest.mark.parametrize("late", range(3))
    def test_a_decision_that_was_overtaken_leaves_the_others(self, ledger: Ledger, show: Event, late: int) -> None:
        """It is a conflict and nothing of it is written, whichever of them it is."""
        pairs = self._pairs(ledger, show, [KINDS[0]] * 3)
        overtaken = pairs[late][0]
        ledger.orders.write(overtaken, decided(KINDS[1][1], overtaken))
        before = all_about(ledger, show.id, overtaken.order.id)[2:]
        outcomes = ledger.orders.write_all(pairs)
        assert [isinstance(each, Change) for each in outcomes] == [number != late for number in range(3)]
        assert all_about(ledger, show.id, overtaken.order.id)[2:] == before
        assert audit_of(ledger, show.id).is_conserved

    def test_a_repeated_batch_is_all_conflicts(self, ledger: Ledger, show: Event) -> None:
        """After a lost response it changes nothing."""
        pairs = self._pairs(ledger, show, [KINDS[0], KINDS[1]])
        ledger.orders.write_all(pairs)
        before = _left(ledger, pairs)
        assert list(ledger.orders.write_all(pairs)) == [Conflict(), Conflict()]
        assert _left(ledger, pairs) == before

    def test_an_event_that_changed_its_status_makes_all_conflicts(self, ledger: Ledger, show: Event) -> None:
        """Every rule sees an event that was cancelled meanwhile; a record of after that is none."""
        early = self._pairs(ledger, show, [KINDS[0]] * 2)
        [(late, _)] = self._pairs(ledger, show, [KINDS[0]])
        cancel_event(ledger, show)
        late = record_of(ledger, late.order.id)
        outcomes = ledger.orders.write_all([*early, (late, decided(KINDS[0][1], late))])
        assert [isinstance(each, Change) for each in outcomes] == [False, False, True]
        assert audit_of(ledger, show.id).is_conserved

    def test_a_ticket_code_that_is_taken_leaves_the_others(self, ledger: Ledger, show: Event) -> None:
        """By an order of before, or by one of the same batch: of two the first one has it."""
        taken, shared = order_in(ledger, show, OrderStatus.PAID).ticket_code, new_code()
        assert taken is not None
        records = [record for record, _ in self._pairs(ledger, show, [KINDS[0]] * 4)]
        codes = [shared, taken, new_code(), shared]
        pairs = [
            (record, payments.capture(record, new_tickets(record.order), code, NOW))
            for record, code in zip(records, codes, strict=True)
        ]
        outcomes = ledger.orders.write_all(pairs)
        assert [isinstance(each, Change) for each in outcomes] == [True, False, True, False]
        assert [len(ledger.tickets.of_order(record.order.id)) for record in records] == [1, 0, 1, 0]
        assert audit_of(ledger, show.id).is_conserved

    # races

    def test_a_batch_and_a_write_are_atomic(self, ledger: Ledger) -> None:
        """One of two decisions about the same order is written, and the others of the batch are, too."""

        def race() -> Race:
            pairs = self._pairs(ledger, add_show(ledger, new_show()), [KINDS[0]] * 2)
            record = pairs[1][0]
            decline = decided(KINDS[1][1], record)
            return Race(
                lambda: [_told(each) for each in ledger.orders.write_all(pairs)],
                lambda: _told(ledger.orders.write(record, decline)),
                lambda: _left(ledger, pairs),
            )

        assert_atomic(ledger.orders, race)

    def test_two_batches_in_opposite_order_are_atomic(self, ledger: Ledger) -> None:
        """Each order is decided about once, and neither waits for the other for ever."""

        def race() -> Race:
            pairs = self._pairs(ledger, add_show(ledger, new_show()), [KINDS[0]] * 3)
            return Race(
                lambda: [_told(each)[0] for each in ledger.orders.write_all(pairs)],
                lambda: [_told(each)[0] for each in ledger.orders.write_all(pairs[::-1])],
                lambda: _left(ledger, pairs),
            )

        assert_atomic(ledger.orders, race)

    def test_a_batch_and_a_reservation_are_atomic(self, ledger: Ledger) -> None:
        """The places that the one gives back and the other one takes are both counted."""

        def race() -> Race:
            event = add_show(ledger, new_show())
            pairs = self._pairs(ledger, event, [KINDS[1]] * 2)
            return Race(
                lambda: [_told(each) for each in ledger.orders.write_all(pairs)],
                lambda: _told(ledger.orders.reserve(new_reservation(event, 2), NOW)),
                lambda: _places(ledger, event.id),
            )

        assert_atomic(ledger.orders, race)

    def _pairs(self, ledger: Ledger, show: Event, kinds: Sequence[tuple[OrderStatus, Rule]]) -> list[Pair]:
        """Return a new order of the event for each kind of decision, and the decision."""
        records = [record_of(ledger, order_in(ledger, show, status).id) for status, _ in kinds]
        return [(record, decided(rule, record)) for record, (_, rule) in zip(records, kinds, strict=True)]


def _told(outcome: object) -> tuple[object, object]:
    """Return the status and places of a change, without the ids that differ from order to order, or any other outcome."""
    if not isinstance(outcome, Change):
        return outcome, None
    places = outcome.availability
    return outcome.order.status, (places.version, places.available) if places else None


def _places(ledger: Ledger, event_id: EventId) -> object:
    row = event_of(ledger, event_id)
    return row.held, row.sold, row.version, audit_of(ledger, event_id).is_conserved


def _left(ledger: Ledger, pairs: Sequence[Pair]) -> object:
    """Return all of a batch's orders that does not differ from order to order."""
    orders = [_of_order(ledger, record.order.id) for record, _ in pairs]
    return orders, _places(ledger, pairs[0][0].order.event_id)


def _of_order(ledger: Ledger, order_id: OrderId) -> object:
    record = record_of(ledger, order_id)
    return {
        "status": record.order.status,
        "code": record.order.ticket_code is not None,
        "delivery": record.order.delivery,
        "attempt": record.attempt and (record.attempt.status, record.attempt.token),
        "revision": record.revision,
        "tickets": [(ticket.number, ticket.status) for ticket in ledger.tickets.of_order(order_id)],
        "outbox": len(outbox_of(ledger, order_id)),
        "journal": [
            (step, entry.at)
            for step, entry in zip(steps_of(ledger, order_id), ledger.orders.journal(order_id), strict=True)
        ],
    }
