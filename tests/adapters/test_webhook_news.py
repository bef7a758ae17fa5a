"""On Postgres ids are given out in another order than they become visible: a webhook is told of every sale all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import attrs
import psycopg
import pytest

from tests.servers.postgres import connect
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.webhook_news import OrderNews, Position
from ticketcore.ports import Ledger
from ticketcore_sql import Database, SqlWebhooks, journal_end, sql_ledger
from ticketcore_testing.contracts.webhooks import LONG_AGO, added
from ticketcore_testing.ledgers import add_show, order_in
from ticketcore_testing.samples import NOW, new_show


@attrs.define(eq=False)
class TrustsTheLastId(SqlWebhooks):
    """Takes all that is before the newest entry for visible."""

    def _settled(self) -> Position:
        end = self._database.run(journal_end.END, {})
        assert end is not None
        return Position(end.journal, end.acts)


@contextmanager
def writing_slowly(url: str, order: Order) -> Iterator[psycopg.Connection]:
    """Yield a connection whose transaction has written that an order was paid, and has not ended."""
    with connect(url) as connection:
        connection.autocommit = False
        connection.execute(
            "INSERT INTO journal (order_id, at, step, facts) VALUES (%s, %s, 'paid', '{}')",
            (order.id, NOW + timedelta(days=1)),
        )
        yield connection


def told(ledger: Ledger) -> list[str]:
    """Read and record the news of the one webhook there is, and return the orders they are about."""
    [webhook] = ledger.webhooks.list()
    news = ledger.webhooks.news(webhook.id, 100)
    if news is None:
        return []
    assert ledger.webhooks.record(news, (), webhook.id, LONG_AGO)
    return [item.order.id for item in news.items if isinstance(item, OrderNews)]


@pytest.mark.parametrize(("webhooks", "hears_all"), [(SqlWebhooks, True), (TrustsTheLastId, False)])
def test_what_becomes_visible_late_is_told(
    database: Database, postgres_url: str, webhooks: type[SqlWebhooks], hears_all: bool
) -> None:
    """A reader that trusts the newest id passes over a sale that was written before it and committed after it."""
    ledger = attrs.evolve(sql_ledger(database), webhooks=webhooks(database))
    added(ledger)
    show = add_show(ledger, new_show())
    slow = order_in(ledger, show, OrderStatus.PROCESSING)
    with writing_slowly(postgres_url, slow) as connection:
        quick = order_in(ledger, show, OrderStatus.PAID)
        meanwhile = told(ledger)
        connection.commit()
    heard = [*meanwhile, *told(ledger)]
    assert heard == ([slow.id, quick.id] if hears_all else [quick.id])


def test_nothing_waits_for_what_is_not_written(database: Database, postgres_url: str) -> None:
    """A sale that is undone, and a long transaction that writes something else, hold nothing up."""
    ledger = sql_ledger(database)
    added(ledger)
    show = add_show(ledger, new_show())
    undone = order_in(ledger, show, OrderStatus.PROCESSING)
    with connect(postgres_url) as elsewhere:
        elsewhere.autocommit = False
        elsewhere.execute("UPDATE leases SET holder = holder")
        elsewhere.execute("SELECT pg_current_xact_id()")
        with writing_slowly(postgres_url, undone) as connection:
            connection.rollback()
        quick = order_in(ledger, show, OrderStatus.PAID)
        assert told(ledger) == [quick.id]
