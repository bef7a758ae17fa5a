"""A database without a schema, and a stand-in for a payment gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.acme import Acme
from tests.servers.acme_server import serving_acme
from tests.servers.certificates import make_certificates
from tests.servers.postgres import drop_database, fresh_database


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """Yield the URL of a Postgres database without tables."""
    url = fresh_database(postgres_server)
    yield url
    drop_database(url)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the certificates of an authority and of this machine."""
    directory = tmp_path_factory.mktemp("certificates")
    make_certificates(directory)
    return directory


@pytest.fixture
def stand_in(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Acme]:
    """Yield a running stand-in for Acme, whose authority this process and its children trust."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    with serving_acme(certificates) as running:
        yield running
