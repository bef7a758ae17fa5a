"""Each kind of failure to connect is named, for Postgres and Redis alike, and no secret is in it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from tests.adapters.counters import Counted, counting
from tests.servers.certificates import make_certificates
from tests.servers.pgbouncer import running_pgbouncer
from tests.servers.ports import free_port
from tests.servers.postgres import running_tls_postgres
from tests.servers.redis import running_tls_redis
from ticketcore.domain.errors import Unavailable
from ticketcore_bootstrap import SettingError, assemble, read_settings
from ticketcore_sql import Database

PASSWORD = "pa55-w0rd"


@contextmanager
def _silent() -> Iterator[int]:
    """Yield a port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _why(check: Callable[[], object]) -> str:
    with pytest.raises(Unavailable) as failure:
        check()
    assert PASSWORD not in str(failure.value)
    assert "secret" not in str(failure.value)
    return failure.value.reason


def _why_in_the_end(check: Callable[[], object]) -> str:
    """Ask a server that may be busy several times."""
    for _ in range(5):
        if (reason := _why(check)) != "no answer in time":
            return reason
    return "no answer in time"


def _why_no_ledger(address: str) -> str:
    database = Database.connect(f"postgresql+psycopg://{address}")
    try:
        return _why(database.check)
    finally:
        database.close()


def test_every_kind_on_postgres(tmp_path: Path) -> None:
    """Over TLS that the server demands, with a role that has a password."""
    other = tmp_path / "other"
    other.mkdir()
    make_certificates(other)
    trusted, foreign, missing = (
        f"sslmode=verify-full&sslrootcert={path}" for path in (tmp_path / "ca.pem", other / "ca.pem", "/no/such.pem")
    )
    with running_tls_postgres(tmp_path) as port, _silent() as silent:
        here = f"127.0.0.1:{port}"
        good = Database.connect(f"postgresql+psycopg://ann:secret@{here}/box?{trusted}")
        good.upgrade()
        good.check()
        good.close()
        found = {
            address: _why_no_ledger(address)
            for address in (
                f"ann:{PASSWORD}@nobody.invalid/box",
                f"ann:{PASSWORD}@127.0.0.1:{free_port()}/box",
                f"ann:{PASSWORD}@/box?host=/no/such/directory",
                f"ann:{PASSWORD}@127.0.0.1:{silent}/box?connect_timeout=2",
                f"ann:{PASSWORD}@{here}/box?{trusted}",
                f"bob:{PASSWORD}@{here}/box?{trusted}",
                f"ann:secret@{here}/bax?{trusted}",
                f"ann:secret@{here}/box?{foreign}",
                f"ann:secret@{here}/box?{missing}",
                f"ann:secret@{here}/box?sslmode=disable",
                f"ann:secret@localhost:{port}/box?{trusted}",
                f"ann:secret@{here}/box?sslmode=verify-ful",
                f"ann:secret@{here}/box?sslmod=disable",
            )
        }
    assert list(found.values()) == [
        "host not found",
        "connection refused: nothing listens there",
        "connection refused: nothing listens there",
        "no answer in time",
        "the user or password was refused",
        "the user or password was refused",
        "there is no database of this name",
        "TLS: the server's certificate was refused (unable to get local issuer certificate)",
        "TLS: the file of the certificate authority cannot be read",
        "TLS: the server demands it, and sslmode forbids it",
        'TLS: the server\'s certificate is for "127.0.0.1", not for this host',
        'wrong value of the option "sslmode"',
        'unknown option "sslmod"',
    ]


def test_a_server_without_tls_and_a_pooler_without_the_database(postgres_url: str) -> None:
    """What the two other servers of the tests refuse."""
    with running_pgbouncer(postgres_url, "transaction") as url:
        address = url.partition("://")[2]
        assert _why_no_ledger(f"{address}?sslmode=require") == "TLS: the server offers none"
        assert _why_no_ledger(f"{address}?options=-c%20lock_timeout%3D1s") == "the pooler refuses the option"


def test_every_kind_on_redis(tmp_path: Path) -> None:
    """With the same words."""
    other = tmp_path / "other"
    other.mkdir()
    make_certificates(other)
    with running_tls_redis(tmp_path) as url, _silent() as silent:
        at = url.rpartition("@")[2].partition("/")[0]
        counted = Counted(counting(url))
        counted.inventory.check()
        ca = url.partition("?")[2]
        found = [
            _why_in_the_end(counting(address).check)
            for address in (
                f"redis://ann:{PASSWORD}@nobody.invalid/0",
                f"redis+cluster://ann:{PASSWORD}@nobody.invalid",
                f"redis://ann:{PASSWORD}@127.0.0.1:{free_port()}/0",
                f"redis+cluster://ann:{PASSWORD}@127.0.0.1:{free_port()}",
                f"redis://ann:{PASSWORD}@127.0.0.1:{silent}/0",
                f"rediss://ann:{PASSWORD}@{at}/0?{ca}",
                url.partition("?")[0],
                url.replace(str(tmp_path / "ca.pem"), str(other / "ca.pem")),
                url.replace("ca.pem", "none.pem"),
                url.replace("127.0.0.1", "localhost"),
            )
        ]
    # Some servers send the certificate of the authority, too.
    untrusted = "unable to get local issuer certificate"
    found = [each.replace("self-signed certificate in certificate chain", untrusted) for each in found]
    assert found == [
        "host not found",
        "host not found",
        "connection refused: nothing listens there",
        "connection refused: nothing listens there",
        "no answer in time",
        "the user or password was refused",
        "TLS: the server's certificate was refused (unable to get local issuer certificate)",
        "TLS: the server's certificate was refused (unable to get local issuer certificate)",
        "TLS: the file of the certificate authority cannot be read",
        "TLS: the server's certificate was refused (Hostname mismatch, certificate is not valid for 'localhost'.)",
    ]


@pytest.mark.parametrize(
    ("variable", "url", "option"),
    [
        ("TICKETCORE_DATABASE_URL", "postgresql://ann:secret@db/box?sslmod=require", '"sslmod"'),
        ("TICKETCORE_DATABASE_URL", "postgresql://ann:p%40ss@db/box?a-secret=x", "an unknown option"),
        ("TICKETCORE_INVENTORY_URL", "redis://ann:secret@cache/0?ssl_ca=x", '"ssl_ca"'),
        ("TICKETCORE_INVENTORY_URL", "rediss://ann:secret@cache/0?ssl_ca_cert=x", '"ssl_ca_cert"'),
        ("TICKETCORE_INVENTORY_URL", "rediss+cluster://ann:secret@cache?nodes=x", '"nodes"'),
    ],
)
def test_an_unknown_option_stops_the_start(variable: str, url: str, option: str) -> None:
    """With the variable and, unless it may be a piece of a password, the option."""
    with pytest.raises(SettingError) as refused:
        read_settings({variable: url})
    assert refused.value.variable == variable
    assert option in str(refused.value)
    assert "ann" not in str(refused.value)
    assert "secret" not in str(refused.value)


@attrs.frozen
class Warned:
    """Settings, and the variables of which the start warns."""

    variables: dict[str, str]
    warned: set[str]


@pytest.mark.parametrize(
    "case",
    [
        Warned({"DATABASE": "postgresql://db.example/box"}, {"DATABASE"}),
        Warned({"DATABASE": "postgresql://db.example/box?sslmode=prefer"}, {"DATABASE"}),
        Warned({"DATABASE": "postgresql:///box?host=/run/pg&host=db.example:5433"}, {"DATABASE"}),
        Warned({"DATABASE": "postgresql://db.example/box?sslmode=verify-full&sslrootcert=/ca.pem"}, set()),
        Warned({"DATABASE": "postgresql://db.example/box?sslmode=require"}, set()),
        Warned({"DATABASE": "postgresql:///box?host=/run/pg"}, set()),
        Warned({"DATABASE": "postgresql://localhost/box"}, set()),
        Warned({"INVENTORY": "redis://cache.example/0"}, {"INVENTORY"}),
        Warned({"INVENTORY": "redis+cluster://10.0.0.7:6379"}, {"INVENTORY"}),
        Warned({"INVENTORY": "rediss://cache.example/0"}, set()),
        Warned({"INVENTORY": "redis://[::1]:6379/0"}, set()),
        Warned({}, set()),
    ],
    ids=lambda case: "-".join(case.variables.values()) or "embedded",
)
def test_a_start_warns_of_other_machines_without_tls(
    case: Warned, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passwords and orders would travel there for others to read."""
    monkeypatch.delenv("PGSSLMODE", raising=False)
    urls = {f"TICKETCORE_{name}_URL": url for name, url in case.variables.items()}
    # A key of its own: without one it would be agreed on in the ledger.
    key = {"TICKETCORE_SIGNING_KEY": "tcsk_" + "A" * 43}
    with caplog.at_level(logging.WARNING, "ticketcore"), assemble(read_settings(urls | key, tmp_path)):
        pass
    assert {f"TICKETCORE_{name}_URL" for name in case.warned} == {
        message.partition(" ")[0] for message in caplog.messages
    }
