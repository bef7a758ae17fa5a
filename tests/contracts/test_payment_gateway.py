"""Every payment gateway passes the suite of its port, and they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from tests.contracts.agreeing import agree
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Money
from ticketcore.ports import PaymentGateway
from ticketcore_simulated_payments import SimulatedPaymentGateway, open_gateway
from ticketcore_testing.agreement.payment_gateway import PaymentGatewaysAgree
from ticketcore_testing.contracts.payment_gateway import SimulatedPaymentGatewayContract


@contextmanager
def gateways(database_url: str) -> Iterator[Callable[[], SimulatedPaymentGateway]]:
    """Yield a function that opens the gateway on a database, each time with connections of its own."""
    with ExitStack() as opened:

        def open_one() -> SimulatedPaymentGateway:
            gateway = open_gateway(f"simulated:{database_url}")
            opened.callback(gateway.close)
            return gateway

        yield open_one


class TestPaymentGateway(SimulatedPaymentGatewayContract):
    """The simulated gateway.  In process it is always the same object, as no other process can open it."""

    @pytest.fixture(params=["memory", "sqlite", "postgres"])
    def open_gateway(self, request: pytest.FixtureRequest) -> Iterator[Callable[[], PaymentGateway]]:
        """Yield a function that opens one and the same gateway."""
        if request.param == "memory":
            gateway = open_gateway("simulated")
            yield lambda: gateway
        else:
            with gateways(request.getfixturevalue(f"{request.param}_url")) as open_one:
                yield open_one

    def books(self, gateway: PaymentGateway) -> Mapping[AttemptId, Money]:
        """Return the charges that were approved and not refunded."""
        assert isinstance(gateway, SimulatedPaymentGateway)
        return gateway.charged


def test_the_gateways_agree(sqlite_url: str, postgres_url: str) -> None:
    """In process, on SQLite and on Postgres they agree on every token, on repeated calls and after opening again."""
    with gateways(sqlite_url) as sqlite, gateways(postgres_url) as postgres:
        in_process, on_sqlite, on_postgres = SimulatedPaymentGateway(), sqlite(), postgres()

        def open_gateways() -> Mapping[str, PaymentGateway]:
            # Another process has another object over the same connections.
            return {
                "memory": in_process,
                "sqlite": SimulatedPaymentGateway(on_sqlite.charges),
                "postgres": SimulatedPaymentGateway(on_postgres.charges),
            }

        agree(partial(PaymentGatewaysAgree, open_gateways), examples=8)
