"""Databases that tests share, and how long a control's race is searched for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.ledgers import KeptDatabases
from tests.servers.postgres import drop_database, fresh_database, set_up
from ticketcore_testing import interleaving

#: Long enough for every step of a call: a bounded search takes the same sample of them each time.
_SEARCH_SECONDS = 30


@pytest.fixture
def _every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interleaving, "_BUDGET_SECONDS", _SEARCH_SECONDS)


@pytest.fixture(scope="session")
def kept_on_postgres(postgres_server: str) -> Iterator[KeptDatabases]:
    """Yield the databases that the ledgers on Postgres share, which each test empties.

    `postgres_url` has a database of its own, for some of its tests wait until all connections are closed.
    """
    kept = KeptDatabases(fresh_database(postgres_server))
    set_up(kept.url)
    yield kept
    kept.close()
    drop_database(kept.url)


@pytest.fixture(scope="session")
def kept_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptDatabases]:
    """Yield the databases that the ledgers on SQLite share, which each test empties."""
    kept = KeptDatabases(f"sqlite:///{tmp_path_factory.mktemp('kept')}/ledger.db")
    set_up(kept.url)
    yield kept
    kept.close()
