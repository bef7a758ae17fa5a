"""How many statements each use case costs on Postgres: each is a round trip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from tests.adapters.statement_log import logged_statements
from ticketcore import Admitted, ApiKey, BoxOffice, EventDraft, LiveEvent, NewKey, Order, OrderStatus, Organiser, Role
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import EventNotFound
from ticketcore.ports import Approved
from ticketcore_memory import MemoryInventory, NoInventory, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_simulated_payments.sql import SqlCharges
from ticketcore_sql import Database, SqlPaymentQueue, sql_ledger
from ticketcore_testing.contracts.payment_gateway import attempt_with
from ticketcore_testing.samples import new_order_id


@attrs.define(eq=False)
class Counted:
    """A box office on Postgres whose statements are counted."""

    box_office: BoxOffice
    database: Database
    event: Event

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Yield the statements that are executed within the block."""
        with logged_statements(self.database) as found:
            yield found

    def reserve(self) -> Order:
        """Reserve two places."""
        order = self.box_office.reserve(self.event.id, 2, "ann@example.com")
        assert isinstance(order, Order)
        return order

    def processing(self, token: str = "tok_approved") -> Order:
        """Return an order whose payment has started."""
        order = self.box_office.pay(self.reserve().id, token)
        assert isinstance(order, Order)
        return order


@pytest.fixture
def counted(postgres_url: str) -> Iterator[Counted]:
    """Yield a box office on Postgres with everything else in memory, and no counter."""
    database = Database.connect(postgres_url)
    ports = attrs.evolve(
        memory_ports(SimulatedPaymentGateway(), inventory=NoInventory()),
        ledger=sql_ledger(database),
    )
    box_office = BoxOffice(ports)
    draft = EventDraft("Show", ports.clock.now() + timedelta(days=30), "Hall", 10, "45.00")
    live = Organiser(ports).create_event(draft)
    assert isinstance(live, LiveEvent)
    yield Counted(box_office, database, live.event)
    database.close()


def test_a_reservation_is_one_statement(counted: Counted) -> None:
    """The customer's and the event's row, the order and its journal entry together, once the ledger's secret is known."""
    counted.reserve()
    with counted.statements() as statements:
        counted.reserve()
    assert len(statements) == 1, statements


def test_a_payment_is_two_statements_and_its_outbox(counted: Counted) -> None:
    """The order is loaded and the decision written; then its row of the outbox is read and removed."""
    order = counted.reserve()
    with counted.statements() as statements:
        paid = counted.box_office.pay(order.id, "tok_approved")
    assert isinstance(paid, Order)
    assert [statement.partition(" ")[0] for statement in statements] == ["SELECT", "WITH", "SELECT", "DELETE"]


def test_a_cancellation_is_two_statements(counted: Counted) -> None:
    """The order is loaded and the decision written."""
    order = counted.reserve()
    with counted.statements() as statements:
        assert isinstance(counted.box_office.cancel(order.id), Order)
    assert [statement.partition(" ")[0] for statement in statements] == ["SELECT", "WITH"]


def test_a_decline_is_two_statements(counted: Counted) -> None:
    """A worker loads the order once and writes what the gateway decided."""
    order = counted.processing("tok_declined")
    with counted.statements() as statements:
        counted.box_office.process(order.id)
    assert [statement.partition(" ")[0] for statement in statements] == ["SELECT", "WITH"]


def test_a_capture_is_two_statements(counted: Counted) -> None:
    """The order is loaded, and the sale written together with the mail that it asks for."""
    order = counted.processing()
    with counted.statements() as statements:
        counted.box_office.process(order.id)
    assert [statement.partition(" ")[0] for statement in statements] == ["SELECT", "WITH"]
    paid = counted.box_office.order(order.id)
    assert isinstance(paid, Order)
    assert paid.status is OrderStatus.PAID


def test_a_batch_of_one_event_is_sold_in_two_statements(counted: Counted) -> None:
    """After the check of the ledger all its orders are loaded, and what the gateway decided about them is written."""
    orders = [counted.processing(token) for token in ("tok_approved", "tok_declined", "tok_approved")]
    with counted.statements() as statements:
        assert counted.box_office.work().done == 3
    assert [statement.partition(" ")[0] for statement in statements] == ["UPDATE", "SELECT", "WITH"]
    ended = [counted.box_office.order(order.id) for order in orders]
    assert [order.status.value for order in ended if isinstance(order, Order)] == ["paid", "declined", "paid"]


def test_a_delivery_reads_nothing_twice(counted: Counted) -> None:
    """The claim, the order, its tickets, its event, and the outcome; then a claim that finds nothing."""
    order = counted.processing()
    counted.box_office.process(order.id)
    with counted.statements() as statements:
        assert counted.box_office.deliver().done == 1
    kinds = [statement.partition(" ")[0] for statement in statements]
    assert kinds == ["UPDATE", "SELECT", "SELECT", "SELECT", "WITH", "UPDATE"]


def test_an_admission_is_one_statement(counted: Counted) -> None:
    """The ticket and its journal entry together."""
    order = counted.processing()
    counted.box_office.process(order.id)
    ticket, _ = counted.box_office.ports.tickets.of_order(order.id)
    with counted.statements() as statements:
        assert isinstance(counted.box_office.validate(ticket.qr_code, "North"), Admitted)
    assert len(statements) == 1, statements


def test_an_event_that_is_unchanged_is_shown_without_a_statement(counted: Counted) -> None:
    """Its description is remembered for a second, by revision; its free places are those of the counter."""
    ports = attrs.evolve(counted.box_office.ports, inventory=MemoryInventory())
    box_office, organiser = BoxOffice(ports), Organiser(ports)
    organiser.rebuild_stock(counted.event.id)
    box_office.event(counted.event.id)
    assert isinstance(box_office.reserve(counted.event.id, 2, "ann@example.com"), Order)
    with counted.statements() as statements:
        shown = box_office.event(counted.event.id)
    assert isinstance(shown, LiveEvent)
    assert shown.available == 8
    assert statements == []


def test_a_key_that_was_just_read_is_checked_without_a_statement(counted: Counted) -> None:
    """A gate that scans all the time costs a look-up of its key a second."""
    organiser = Organiser(counted.box_office.ports)
    key = organiser.create_key("North", Role.GATE)
    assert isinstance(key, NewKey)
    assert isinstance(organiser.authenticate(key.text), ApiKey)
    with counted.statements() as statements:
        assert isinstance(organiser.authenticate(key.text), ApiKey)
    assert statements == []


def test_an_unknown_event_costs_one_look_up_and_no_lock(counted: Counted) -> None:
    """With a live counter, which does not know it; a text that is no id reaches no store."""
    box_office = BoxOffice(attrs.evolve(counted.box_office.ports, inventory=MemoryInventory()))
    box_office.reserve(EventId(""), 1, "ann@example.com")
    with counted.statements() as statements:
        assert box_office.reserve(EventId("a" * 20), 1, "ann@example.com") == EventNotFound()
        assert box_office.reserve(EventId("no id!\n"), 1, "ann@example.com") == EventNotFound()
    assert len(statements) == 1, statements
    assert "FOR UPDATE" not in statements[0]


def test_a_batch_is_received_and_ended_in_one_statement_each(postgres_url: str) -> None:
    """However many messages it has, after a look whether there are any; so is their visibility extended."""
    database = Database.connect(postgres_url)
    queue, now = SqlPaymentQueue(database), datetime.now(UTC)
    queue.publish([new_order_id() for _ in range(7)], now)
    with logged_statements(database) as statements:
        received = queue.receive(10, now)
        queue.extend(received, now)
        queue.done(received)
    assert len(received) == 7
    assert [statement.partition(" ")[0] for statement in statements] == ["SELECT", "WITH", "UPDATE", "DELETE"]
    database.close()


def test_a_simulated_charge_is_one_statement(postgres_url: str) -> None:
    """Once its table is there; a repetition looks at what became of the first."""
    database, attempt = Database.connect(postgres_url), attempt_with("tok_approved")
    gateway = SimulatedPaymentGateway(SqlCharges(database.engine))
    gateway.charge(attempt_with("tok_approved"))
    with logged_statements(database) as statements:
        assert isinstance(gateway.charge(attempt), Approved)
    assert [statement.partition(" ")[0] for statement in statements] == ["INSERT"]
    database.close()
