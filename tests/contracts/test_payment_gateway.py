"""Every payment gateway keeps the contract of its port, and they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pytest
from sqlalchemy import select

from tests.contracts.agreeing import agree
from tests.contracts.queues import databases
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.payment_tokens import Answer
from ticketcore.ports import PaymentGateway
from ticketcore_memory import MemoryPaymentGateway
from ticketcore_sql import SqlPaymentGateway
from ticketcore_sql.tables import simulated_charges
from ticketcore_testing.agreement.payment_gateway import PaymentGatewaysAgree
from ticketcore_testing.contracts.payment_gateway import SimulatedPaymentGatewayContract


class TestPaymentGateway(SimulatedPaymentGatewayContract):
    """The simulated gateways.  The one in process is always the same object: nobody else can open it."""

    @pytest.fixture(params=["memory", "sqlite", "postgres"])
    def open_gateway(self, request: pytest.FixtureRequest) -> Iterator[Callable[[], PaymentGateway]]:
        """Yield what opens one and the same gateway."""
        if request.param == "memory":
            gateway = MemoryPaymentGateway()
            yield lambda: gateway
        else:
            with databases(request.getfixturevalue(f"{request.param}_url")) as open_one:
                yield lambda: SqlPaymentGateway(open_one())

    def books(self, gateway: PaymentGateway) -> Mapping[AttemptId, Money]:
        """Answer the till of the one in process, or the rows of the table."""
        if isinstance(gateway, MemoryPaymentGateway):
            return dict(gateway.charged)
        assert isinstance(gateway, SqlPaymentGateway)
        columns = simulated_charges.c
        taken = select(columns.attempt_id, columns.amount, columns.currency).where(
            columns.answer == Answer.APPROVED.value, ~columns.refunded
        )
        rows = gateway._database.read(lambda connection: connection.execute(taken).all())
        return {AttemptId(row.attempt_id): Money(row.amount, Currency(row.currency)) for row in rows}


def test_the_gateways_agree(sqlite_url: str, postgres_url: str) -> None:
    """In process, on SQLite and on Postgres, whatever the token, asked again and again, opened anew."""
    with databases(sqlite_url) as sqlite, databases(postgres_url) as postgres:
        gateways: dict[str, PaymentGateway] = {"memory": MemoryPaymentGateway()}
        on_sqlite, on_postgres = sqlite(), postgres()

        def open_gateways() -> Mapping[str, PaymentGateway]:
            return {**gateways, "sqlite": SqlPaymentGateway(on_sqlite), "postgres": SqlPaymentGateway(on_postgres)}

        agree(partial(PaymentGatewaysAgree, open_gateways), examples=8)
