"""Every acceptance test runs on SQLite and on Postgres; the test's id names the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.service import Client, Service, serving


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    """Return an installation without any order."""
    return Installation.on(request.getfixturevalue(f"{request.param}_url"), tmp_path)


@pytest.fixture
def service(installation: Installation) -> Iterator[Service]:
    """Yield a service that is ready."""
    with serving(installation) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Client:
    """Return a client of the service."""
    return service.client
