"""The simulated gateway beyond its port's contract: one charge in a race, a table of its own, errors translated once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa

from tests.servers.postgres import drop_database, fresh_database
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import ForeignTable, GatewayUnavailable
from ticketcore.domain.ids import AttemptId
from ticketcore.ports import Approved, Declined
from ticketcore_simulated_payments import Charge, MemoryCharges, SimulatedPaymentGateway, tokens
from ticketcore_simulated_payments.sql import SqlCharges
from ticketcore_testing.contracts.payment_gateway import attempt_with
from ticketcore_testing.samples import NOW, PRICE

THREADS = 8


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    url = fresh_database(request.getfixturevalue("postgres_server"))
    yield url
    drop_database(url)


def outcomes_of_race(open_charges: Callable[[], MemoryCharges | SqlCharges], attempt: Attempt) -> list[object]:
    """Charge one attempt in several threads at once, each with a gateway of its own; return what each heard."""

    def charge(gateway: SimulatedPaymentGateway) -> object:
        try:
            return gateway.charge(attempt)
        except GatewayUnavailable:
            return None

    gateways = [SimulatedPaymentGateway(open_charges()) for _ in range(THREADS)]
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(charge, gateways))
    finally:
        for gateway in gateways:
            gateway.close()


def test_a_race_for_one_attempt_counts_every_try(empty_url: str) -> None:
    """Exactly two of eight tries have no answer, whichever come first, in a table that all of them find missing."""
    outcomes = outcomes_of_race(lambda: SqlCharges.connect(empty_url), attempt_with(tokens.FLAKY))

    assert outcomes.count(None) == 2
    assert sum(isinstance(each, Approved) for each in outcomes) == THREADS - 2


def test_another_change_in_between_is_not_overwritten() -> None:
    """A change that was computed from an older revision is computed again."""

    @attrs.define(eq=False)
    class Interrupted(MemoryCharges):
        """A store in which another process declines the attempt between the first read and the first write."""

        interruptions: int = 1

        def put(self, charge: Charge) -> bool:
            if self.interruptions:
                self.interruptions -= 1
                super().put(Charge(charge.attempt_id, charge.amount).tried(tokens.DECLINED, NOW))
            return super().put(charge)

    attempt = attempt_with(tokens.APPROVED)

    assert isinstance(SimulatedPaymentGateway(Interrupted()).charge(attempt), Declined)


def test_an_attempt_that_never_settles_is_unavailable() -> None:
    """The tries are bounded: a store that refuses every write is reported."""

    class Refusing(MemoryCharges):
        def put(self, charge: Charge) -> bool:
            return False

    with pytest.raises(GatewayUnavailable):
        SimulatedPaymentGateway(Refusing()).charge(attempt_with(tokens.APPROVED))


def test_the_table_can_have_a_schema_of_its_own(postgres_url: str) -> None:
    """The table is in that schema only."""
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA payments"))
    charges = SqlCharges.connect(f"{postgres_url}&schema=payments")
    try:
        SimulatedPaymentGateway(charges).charge(attempt_with(tokens.APPROVED))
        with engine.begin() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM payments.simulated_charges")) == 1
            assert connection.scalar(sa.text("SELECT count(*) FROM public.simulated_charges")) == 0
    finally:
        charges.close()
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA payments CASCADE"))
        engine.dispose()


def test_an_engine_of_the_application_is_used_as_it_is(tmp_path: Path) -> None:
    """The store works on its connections and isolation level, and does not need a pool of its own."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'own.db'}", isolation_level="AUTOCOMMIT")
    attempt = attempt_with(tokens.APPROVED)

    assert isinstance(SimulatedPaymentGateway(SqlCharges(engine)).charge(attempt), Approved)

    assert SimulatedPaymentGateway(SqlCharges(engine)).charged == {attempt.id: PRICE}
    engine.dispose()


@pytest.mark.parametrize("umask", [0o022, 0])
def test_the_file_of_the_charges_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    """From its first moment, whatever the umask; a mode that was given to a file that is there stays."""
    path, shared = tmp_path / "charges.db", tmp_path / "shared.db"
    shared.touch()
    shared.chmod(0o640)
    before = os.umask(umask)
    try:
        for each in (path, shared):
            charges = SqlCharges.connect(f"sqlite:///{each}")
            SimulatedPaymentGateway(charges).charge(attempt_with(tokens.APPROVED))
            charges.close()
    finally:
        os.umask(before)
    assert (path.stat().st_mode & 0o777, shared.stat().st_mode & 0o777) == (0o600, 0o640)


def test_another_programs_table_is_named_as_such(empty_url: str) -> None:
    """The error does not invite a retry."""
    engine = sa.create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE simulated_charges (amount INTEGER)"))
    with pytest.raises(ForeignTable, match="simulated_charges") as failure:
        SqlCharges(engine).get(AttemptId("a"))
    engine.dispose()

    assert not failure.value.retry_is_safe


def test_a_database_out_of_reach_is_a_gateway_without_an_answer(tmp_path: Path) -> None:
    """The driver's error does not come through, and neither does the password."""
    charges = SqlCharges.connect(f"postgresql+psycopg://user:secret@/none?host={tmp_path}")

    with pytest.raises(GatewayUnavailable) as failure:
        charges.list()

    assert "secret" not in str(failure.value)
