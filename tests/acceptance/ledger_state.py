"""What stands in the database, beside what the service says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
from sqlalchemy import Executable, Row, func, select, update

from tests.acceptance.installation import Installation
from tests.databases import database_of
from ticketcore_bootstrap import Assembly
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql.tables import deliveries, messages, orders, outbox, payment_attempts


@attrs.frozen
class Charge:
    """One line in the gateway's own books."""

    order_id: str | None
    answer: str | None
    refunded: bool


def charges(installation: Installation) -> list[Charge]:
    """Return every charge that the gateway knows, with the order of its attempt."""
    attempts = select(payment_attempts.c.id, payment_attempts.c.order_id)
    order_ids = {row.id: row.order_id for row in _read(installation, attempts)}
    with installation.opened() as assembly:
        gateway = assembly.ports.payment_gateway
        assert isinstance(gateway, SimulatedPaymentGateway)
        known = gateway.charges.list()
    return [Charge(order_ids.get(charge.attempt_id), charge.outcome, bool(charge.refunds)) for charge in known]


def orders_by_status(installation: Installation, event_id: str) -> Counter[str]:
    """Return the number of an event's orders by status in the ledger."""
    statement = select(orders.c.status).where(orders.c.event_id == event_id)
    return Counter(row.status for row in _read(installation, statement))


def order_ids(installation: Installation) -> set[str]:
    """Return the ids of all orders in the ledger."""
    return {row.id for row in _read(installation, select(orders.c.id))}


def is_idle(installation: Installation) -> bool:
    """Whether no message waits, is in flight or was given up, and none is still to be published."""
    return not any(_read(installation, select(func.count()).select_from(table))[0][0] for table in (messages, outbox))


def end_visibility(assembly: Assembly) -> None:
    """Make time pass for the messages in a dead worker's hands: they can be received again."""
    statement = update(messages).values(visible_at=assembly.ports.clock.now())
    database_of(assembly).write_one(lambda connection: connection.execute(statement))


def end_leases(assembly: Assembly) -> None:
    """Make time pass for the mails in a dead worker's hands: they are due again."""
    pending = deliveries.c.due_at.is_not(None)
    statement = update(deliveries).where(pending).values(due_at=assembly.ports.clock.now())
    database_of(assembly).write_one(lambda connection: connection.execute(statement))


def _read(installation: Installation, statement: Executable) -> Sequence[Row[Any]]:
    with installation.opened() as assembly:
        return database_of(assembly).read(lambda connection: connection.execute(statement).all())
