"""A ledger's database on Postgres, for the tests that need no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ticketcore_sql import Database


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """Yield an empty ledger's database."""
    opened = Database.connect(postgres_url)
    yield opened
    opened.close()
