"""A database without a schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.postgres import drop_database, fresh_database


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """Yield the URL of a Postgres database without tables."""
    url = fresh_database(postgres_server)
    yield url
    drop_database(url)
