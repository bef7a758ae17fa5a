"""Starts that are refused: they leave no new file behind, whatever they are refused for."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.cli import buy, create_event, run
from tests.entrypoints.test_cli_reading import files
from tests.servers.ports import free_port
from tests.servers.postgres import connect
from ticketcore_bootstrap import SettingError
from ticketcore_bootstrap.files import write_secret
from ticketcore_codes import new_private_key, public_key_of, read_private_key

Arrange = Callable[[pytest.MonkeyPatch, Path], None]


def lose_the_key(environment: pytest.MonkeyPatch, data: Path) -> None:
    buy(create_event())
    (data / "signing-key").unlink()


def put_a_text_in_place_of_the_ledger(environment: pytest.MonkeyPatch, data: Path) -> None:
    (data / "ticketcore.db").write_bytes(b"no database" * 1000)


def name_a_ledger_that_cannot_be_made(environment: pytest.MonkeyPatch, data: Path) -> None:
    environment.setenv("TICKETCORE_DATA", str(data / "new"))
    environment.setenv("TICKETCORE_DATABASE_URL", "sqlite:////dev/null/x/t.db")


def name_a_server_out_of_reach(environment: pytest.MonkeyPatch, data: Path) -> None:
    environment.setenv("TICKETCORE_DATA", str(data / "new"))
    environment.setenv("TICKETCORE_DATABASE_URL", "postgresql://u@127.0.0.1:1/db")


def give_public_keys_alone(environment: pytest.MonkeyPatch, data: Path) -> None:
    environment.setenv("TICKETCORE_DATA", str(data / "new"))
    environment.setenv("TICKETCORE_TRUSTED_KEYS", public_key_of(read_private_key(new_private_key())))


def give_a_wrong_setting(environment: pytest.MonkeyPatch, data: Path) -> None:
    environment.setenv("TICKETCORE_DATA", str(data / "new"))
    environment.setenv("TICKETCORE_HOLD_SECONDS", "soon")


#: With the exit status of each.
REASONS: dict[Arrange, int] = {
    lose_the_key: 2,
    put_a_text_in_place_of_the_ledger: 1,
    name_a_ledger_that_cannot_be_made: 2,
    name_a_server_out_of_reach: 1,
    give_public_keys_alone: 2,
    give_a_wrong_setting: 2,
}


@pytest.fixture(params=["serve", "worker"])
def start(request: pytest.FixtureRequest) -> list[str]:
    """Return a command that starts a part of the service."""
    return ["serve", "--port", str(free_port())] if request.param == "serve" else ["worker", "--once"]


@pytest.mark.parametrize(("arrange", "code"), REASONS.items(), ids=[each.__name__ for each in REASONS])
def test_a_refused_start_leaves_no_new_file(
    arrange: Arrange, code: int, start: list[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a key that the restored one would have to replace, nor a ledger that looks like one."""
    arrange(monkeypatch, data)
    before = files(data)
    run(*start, code=code)
    assert files(data) == before


def test_a_port_that_is_taken_leaves_no_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service listens before it creates anything."""
    monkeypatch.setenv("TICKETCORE_DATA", str(tmp_path / "new"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run("serve", "--port", str(taken.getsockname()[1]), code=1)
    assert files(tmp_path) == {}


def test_a_server_whose_key_is_lost_gets_no_other(
    postgres: str, start: list[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key was in a variable that is missing now: neither the ledger nor the data directory has one afterwards."""
    monkeypatch.setenv("TICKETCORE_SIGNING_KEY", new_private_key())
    buy(create_event())
    monkeypatch.delenv("TICKETCORE_SIGNING_KEY")
    before = files(data)
    assert "none of the tickets sold so far" in run(*start, code=2).stderr
    assert files(data) == before
    with connect(postgres) as connection:
        assert connection.execute("SELECT count(*) FROM secrets WHERE name = 'signing-key'").fetchone() == (0,)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("the ledger went away")])
def test_a_secret_that_is_not_made_leaves_no_file(tmp_path: Path, error: Exception) -> None:
    """Such as that of the first admin key."""

    def make() -> str:
        raise error

    with pytest.raises((SettingError, RuntimeError)):
        write_secret(tmp_path / "first-admin-key", make)
    assert files(tmp_path) == {}
