"""Concurrent changes of orders and of their event's places."""

from __future__ import annotations

from datetime import timedelta

from ticketcore.domain import payments, reservations
from ticketcore.domain.decisions import Decision
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing.contracts.orders.base import OrdersBase
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import add_show, audit_of, event_of, order_in, outbox_of, record_of, reserve, steps_of
from ticketcore_testing.samples import DEADLINE, NOW, new_attempt_id, new_code, new_reservation, new_show, new_tickets

DAY_LATER = NOW + timedelta(days=1)


class RacingContract(OrdersBase):
    """Call ``Orders`` from several threads.  Two calls are atomic if every interleaving equals one after the other."""

    def test_two_reservations_of_the_last_place_are_atomic(self, ledger: Ledger) -> None:
        """One of them is made, the other one refused as sold out."""

        def race() -> Race:
            event = add_show(ledger, new_show(1))
            return Race.of_one(
                lambda: _told(ledger.orders.reserve(new_reservation(event), NOW)),
                lambda: _places(ledger, event.id),
            )

        assert_atomic(ledger.orders, race)

    def test_two_reservations_of_one_customer_are_atomic(self, ledger: Ledger) -> None:
        """Where the limit allows one of them, the other one is refused."""

        def race() -> Race:
            event = add_show(ledger, new_show(10, max_per_customer=3))
            return Race.of_one(
                lambda: _told(ledger.orders.reserve(new_reservation(event, 2), NOW)),
                lambda: (_places(ledger, event.id), audit_of(ledger, event.id).is_conserved),
            )

        assert_atomic(ledger.orders, race)

    def test_two_reservations_of_one_order_are_atomic(self, ledger: Ledger) -> None:
        """A request that is sent twice takes its places once and has one journal entry."""

        def race() -> Race:
            event = add_show(ledger, new_show())
            wanted = new_reservation(event, 2)
            return Race.of_one(
                lambda: _told(ledger.orders.reserve(wanted, NOW)),
                lambda: (_places(ledger, event.id), steps_of(ledger, wanted.order_id)),
            )

        assert_atomic(ledger.orders, race)

    def test_two_writes_of_one_record_are_atomic(self, ledger: Ledger) -> None:
        """One decision is written whole, and the other one is a conflict."""

        def race() -> Race:
            order = reserve(ledger, add_show(ledger, new_show()), 2)
            record = record_of(ledger, order.id)
            pay = _decided(payments.start(record, new_attempt_id(), "tok_approved", NOW))
            cancel = _decided(reservations.cancel(record, NOW))
            return Race(
                lambda: _told(ledger.orders.write(record, pay)),
                lambda: _told(ledger.orders.write(record, cancel)),
                lambda: _state(ledger, order.id),
            )

        assert_atomic(ledger.orders, race)

    def test_writes_for_two_orders_of_one_event_are_atomic(self, ledger: Ledger) -> None:
        """Both change the event's places, each with a version of its own."""

        def race() -> Race:
            event = add_show(ledger, new_show())
            records = [record_of(ledger, reserve(ledger, event, quantity).id) for quantity in (1, 2)]
            cancels = [_decided(reservations.cancel(record, NOW)) for record in records]
            return Race(
                lambda: _told(ledger.orders.write(records[0], cancels[0])),
                lambda: _told(ledger.orders.write(records[1], cancels[1])),
                lambda: _places(ledger, event.id),
            )

        assert_atomic(ledger.orders, race)

    def test_a_write_and_a_reservation_are_atomic(self, ledger: Ledger) -> None:
        """The places that the one gives back and the other one takes are both counted."""

        def race() -> Race:
            event = add_show(ledger, new_show())
            record = record_of(ledger, reserve(ledger, event, 2).id)
            cancel = _decided(reservations.cancel(record, NOW))
            return Race(
                lambda: _told(ledger.orders.write(record, cancel)),
                lambda: _told(ledger.orders.reserve(new_reservation(event, 2), NOW)),
                lambda: _places(ledger, event.id),
            )

        assert_atomic(ledger.orders, race)

    def test_two_orders_with_one_ticket_code_are_atomic(self, ledger: Ledger) -> None:
        """One of them gets the code, and the other one is a conflict that issues no ticket."""

        def race() -> Race:
            event, code = add_show(ledger, new_show()), new_code()
            orders = [order_in(ledger, event, OrderStatus.PROCESSING) for _ in range(2)]
            records = [record_of(ledger, order.id) for order in orders]
            captures = [_decided(payments.capture(each, new_tickets(each.order), code, NOW)) for each in records]
            return Race(
                lambda: _told(ledger.orders.write(records[0], captures[0])),
                lambda: _told(ledger.orders.write(records[1], captures[1])),
                lambda: [_state(ledger, order.id) for order in orders],
            )

        assert_atomic(ledger.orders, race)

    def test_a_write_and_an_expiry_are_atomic(self, ledger: Ledger) -> None:
        """An order is paid or expired, never both."""

        def race() -> Race:
            order = reserve(ledger, add_show(ledger, new_show()), 2)
            record = record_of(ledger, order.id)
            pay = _decided(payments.start(record, new_attempt_id(), "tok_approved", NOW))
            return Race(
                lambda: _told(ledger.orders.write(record, pay)),
                lambda: len(ledger.orders.expire_due(order.event_id, DEADLINE, 10)),
                lambda: _state(ledger, order.id),
            )

        assert_atomic(ledger.orders, race)

    def test_two_expiries_are_atomic(self, ledger: Ledger) -> None:
        """An order expires once, and gives its places back once."""

        def race() -> Race:
            order = reserve(ledger, add_show(ledger, new_show()), 2)
            return Race.of_one(
                lambda: len(ledger.orders.expire_due(order.event_id, DEADLINE, 10)),
                lambda: _state(ledger, order.id),
            )

        assert_atomic(ledger.orders, race)

    def test_two_reminders_are_atomic(self, ledger: Ledger) -> None:
        """An order gets one row in the outbox and one journal entry."""

        def race() -> Race:
            order = order_in(ledger, add_show(ledger, new_show()), OrderStatus.PROCESSING)
            ledger.outbox.sent(ledger.outbox.pending(10))
            return Race.of_one(lambda: ledger.orders.remind(NOW, DAY_LATER, 10), lambda: _state(ledger, order.id))

        assert_atomic(ledger.orders, race)


def _decided(decision: object) -> Decision:
    assert isinstance(decision, Decision)
    return decision


def _told(outcome: object) -> object:
    """Return the status and places of a change, without the ids that differ from race to race, or any other outcome."""
    if not isinstance(outcome, Change):
        return outcome
    places = outcome.availability
    return outcome.order.status, (places.version, places.available) if places else None


def _places(ledger: Ledger, event_id: EventId) -> object:
    row = event_of(ledger, event_id)
    return row.held, row.sold, row.version, audit_of(ledger, event_id).is_conserved


def _state(ledger: Ledger, order_id: OrderId) -> object:
    """Return all of an order that does not differ from race to race."""
    record = record_of(ledger, order_id)
    return {
        "status": record.order.status,
        "attempt": record.attempt and record.attempt.status,
        "revision": record.revision,
        "tickets": len(ledger.tickets.of_order(order_id)),
        "outbox": len(outbox_of(ledger, order_id)),
        "journal": steps_of(ledger, order_id),
        "places": _places(ledger, record.order.event_id),
    }
