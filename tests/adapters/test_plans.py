"""Every statement that the use cases send finds its rows by an index, so that it costs the same however much was sold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from benchmarks.growth import make_rows
from tests.adapters.plans import is_explained, plan_of, whole_reads, whole_scans
from tests.adapters.statement_log import logged_on_sqlite, logged_statements
from tests.adapters.tour import READS, driver_over, visits
from tests.crashes.scenarios import READING
from tests.servers.postgres import connect, drop_database, empty, fresh_database, set_up
from ticketcore.domain.ids import EventId
from ticketcore_sql import Database
from ticketcore_sql.tables import metadata

_OF_EVENT = "all rows of an event by orders_event_id_idx"
_ALL_IDS = "all of sqlite_autoindex_orders_1"
#: What a statement may read without end, by a part of the statement.
MAY_READ: Mapping[str, set[str]] = {
    # It ends at the first order of the event.
    "SELECT EXISTS (SELECT * FROM orders WHERE orders.event_id": {_OF_EVENT},
    # The audit of one event, for an admin who asks, adds its orders up.
    "AS held_by_orders": {_OF_EVENT, "all rows of tickets"},
    # So does its summary.
    "AS takings": {_OF_EVENT, "all rows of tickets", "all rows of payment_attempts"},
    # Messages that are done with are gone.
    "THEN messages.published_at END) AS min_1": {"all rows of messages", "all of messages"},
    # A person is forgotten when an admin asks for it; an address that is most orders' is read by their ids.
    "AND lower(orders.customer_email) = %(lower_1)s::VARCHAR ORDER BY orders.id": {"all of orders_pkey"},
    # Once an hour; with the date that is asked for Postgres knows how few events are over.
    "AND events.date < %(date_1)s::TIMESTAMP WITH TIME ZONE ORDER BY orders.id": {"all of orders_pkey"},
    "AND events.date < ? ORDER BY orders.id": {_ALL_IDS},
    # The outbox holds what is to be published; SQLite reads ids up to a limit.
    "AS is_enqueued": {"all rows of outbox", _ALL_IDS},
    # It reads the orders between two of them: one piece.
    "INSERT INTO deliveries (order_id, kind, number, asked_at, due_at, tries, status) SELECT orders.id": {_OF_EVENT},
    # It ends at the first one.
    "FROM announcements ORDER BY announcements.event_id": {"all of announcements_pkey"},
    # A piece of a gate's list is a good part of an event of this size.
    "SELECT orders.id, orders.created_at, orders.digest FROM orders WHERE orders.event_id": {_OF_EVENT},
    # An admin who has a whole event refunded is told of how many orders.
    "SELECT count(*) AS count_1 FROM orders WHERE orders.event_id": {_OF_EVENT},
    "FROM event_refunds ORDER BY event_refunds.event_id": {"all of event_refunds_pkey"},
    # A webhook is deleted with all its messages.
    "DELETE FROM webhook_deliveries WHERE webhook_deliveries.webhook_id": {"all rows of webhook_deliveries"},
    # It ends at the newest sale with a ticket that is not void.
    "ORDER BY journal.id DESC": {"all of journal_told_idx"},
}
#: Indexes without which no plan for any values reads more: it has an index that reads more of what is there at that time.
NOT_MISSED = {"messages_spent_idx", "orders_addressed_idx"}

#: Enough for an index to be faster than the table.
_EVENTS, _SELLING, _ORDERS = 5_000, 40, 20_000
_MORE_ROWS = (
    """
    UPDATE orders SET status = 'reserved', ticket_code = NULL, expires_at = now() + interval '10 minutes'
    WHERE id IN (SELECT id FROM orders LIMIT 2000)
    """,
    """
    UPDATE orders SET status = 'processing', ticket_code = NULL
    WHERE id IN (SELECT id FROM orders WHERE status = 'paid' LIMIT 200)
    """,
    """
    INSERT INTO messages (order_id, published_at, visible_at, receives, receipt, dead)
    SELECT id, now(), now() + interval '1 minute', 1, md5(id || n), random() < 0.02 FROM orders, generate_series(1, 3) AS n
    """,
    "INSERT INTO outbox (order_id) SELECT id FROM orders LIMIT 5000",
    """
    INSERT INTO announcements (event_id, kind, number, after_time, after_digest)
    SELECT id, 'changed', 2, '1970-01-01', '' FROM events
    """,
    "INSERT INTO event_refunds (event_id, requested_at) SELECT id, now() FROM events",
    """
    INSERT INTO acts (at, by, kind, subject, name, fields)
    SELECT now(), 'admin', 'event_created', id, name, '{}' FROM events
    """,
    """
    INSERT INTO webhooks (id, url, topics, secret, created_at, journal_position, acts_position, turn_at)
    SELECT 'w' || n, 'https://example.com/', '["order.paid"]', '', now(), 0, 0, now() FROM generate_series(1, 20) AS n
    """,
    """
    INSERT INTO webhook_deliveries (id, webhook_id, topic, payload, created_at, asked_at, due_at, tries, status,
                                    number)
    SELECT orders.id || n, 'w' || n, 'order.paid', '{}', orders.created_at, orders.created_at,
           CASE WHEN n = 1 AND random() < 0.01 THEN now() END, 1,
           CASE WHEN n = 1 AND random() < 0.01 THEN 'pending' ELSE 'delivered' END, 0
    FROM orders, generate_series(1, 2) AS n
    """,
    "VACUUM ANALYZE",
)

INDEXES = sorted({str(index.name) for table in metadata.sorted_tables for index in table.indexes} - NOT_MISSED)

Sent = Mapping[str, str]


@pytest.fixture(scope="module")
def sent(postgres_of_process: str) -> Sent:
    """Return every statement that is sent to Postgres, each with the name of a use case that sends it."""
    found: dict[str, str] = {}
    database = Database.connect(postgres_of_process)
    with logged_statements(database) as statements:
        for name, visit in visits().items():
            empty(postgres_of_process)
            visit(driver_over(database))
            found |= {statement: name for statement in statements if statement not in found}
            statements.clear()
    return found


@pytest.fixture(scope="module")
def grown(postgres_server: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to a database that has sold a lot, and knows it."""
    url = fresh_database(postgres_server)
    set_up(url)
    with connect(url) as connection:
        make_rows(connection, [], 0, _EVENTS)
        found = connection.execute("SELECT id FROM events ORDER BY md5(id) LIMIT %s", (_SELLING,)).fetchall()
        make_rows(connection, [EventId(event_id) for (event_id,) in found], _ORDERS, 0)
        for statement in _MORE_ROWS:
            connection.execute(statement)
        yield connection
    drop_database(url)


@pytest.fixture(scope="module")
def sent_to_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Return every statement that is sent to SQLite, each with the name of a use case that sends it."""
    found: dict[str, str] = {}
    directory = tmp_path_factory.mktemp("ledgers")
    for number, (name, visit) in enumerate(visits().items()):
        database = Database.connect(f"sqlite:///{directory}/{number}.sqlite3")
        database.upgrade()
        with logged_on_sqlite(database) as statements:
            visit(driver_over(database))
        found |= {statement: name for statement in statements if statement not in found}
        database.close()
    return found


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to an empty ledger."""
    database = Database.connect(f"sqlite:///{tmp_path}/ledger.sqlite3")
    database.upgrade()
    database.close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as connection:
        yield connection


Reads = Callable[[str], Iterator[str]]


def reading_all(sent: Sent, reads_of: Reads) -> dict[str, tuple[str, set[str]]]:
    """Return the statements that read all of something without need, with a use case of each and what it reads."""
    found: dict[str, tuple[str, set[str]]] = {}
    for statement, name in sent.items():
        reads = {*reads_of(statement)} - may_read(statement) if is_explained(statement) else set()
        found |= {statement: (name, reads)} if reads else {}
    return found


def on_postgres(grown: psycopg.Connection[Any]) -> Reads:
    return lambda statement: whole_reads(plan_of(grown, statement))


def may_read(statement: str) -> set[str]:
    return {each for part, reads in MAY_READ.items() if part in statement for each in reads}


def test_every_reading_use_case_is_visited() -> None:
    """The others are scenarios of crashes, which are complete, too."""
    assert {kind: {*reads} for kind, reads in READS.items()} == READING


def test_every_statement_finds_its_rows_by_an_index(sent: Sent, grown: psycopg.Connection[Any]) -> None:
    """Whatever values it gets: its plan for all of them reads no whole table, index or event."""
    assert reading_all(sent, on_postgres(grown)) == {}


def test_every_statement_finds_its_rows_by_an_index_on_sqlite(
    sent_to_sqlite: Sent, empty_sqlite: sqlite3.Connection
) -> None:
    """Whatever values it gets: it scans no table and no index."""
    assert reading_all(sent_to_sqlite, partial(whole_scans, empty_sqlite)) == {}


def test_every_exception_is_of_use(sent: Sent, sent_to_sqlite: Sent) -> None:
    """Each is a part of a statement that is sent."""
    statements = [*sent, *sent_to_sqlite]
    assert [part for part in MAY_READ if not any(part in statement for statement in statements)] == []


@pytest.mark.parametrize("index", INDEXES)
def test_an_index_that_is_gone_is_missed(sent: Sent, grown: psycopg.Connection[Any], index: str) -> None:
    """Without it a statement reads all of something: the test can fail, and no index is in vain."""
    with grown.transaction(force_rollback=True):
        grown.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
        assert reading_all(sent, on_postgres(grown))


@pytest.mark.parametrize("index", INDEXES)
def test_an_index_that_is_gone_is_missed_on_sqlite(
    sent_to_sqlite: Sent, empty_sqlite: sqlite3.Connection, index: str
) -> None:
    """As on Postgres."""
    empty_sqlite.execute(f"DROP INDEX {index}")
    assert reading_all(sent_to_sqlite, partial(whole_scans, empty_sqlite))
