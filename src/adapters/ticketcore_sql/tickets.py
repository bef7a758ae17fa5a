"""Tickets on SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa
from sqlalchemy import select

from ticketcore.domain import validation
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId, TicketId
from ticketcore.domain.refusals import Refusal, TicketNotFound
from ticketcore.domain.tickets import Ticket
from ticketcore.domain.validation import DecisionRefusal, Scan
from ticketcore.ports import Tickets
from ticketcore_sql import admit_statement, rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import tickets

_ONE = select(tickets).where(tickets.c.id == sa.bindparam("ticket_id"))
_TRIES = 3
_OF_ORDER = select(tickets).where(tickets.c.order_id == sa.bindparam("order_id")).order_by(tickets.c.number)


@attrs.define(eq=False)
class SqlTickets(Tickets):
    """Tickets on Postgres or SQLite."""

    _database: Database

    def get(self, ticket_id: TicketId) -> Ticket | None:
        row = self._database.read(lambda connection: connection.execute(_ONE, {"ticket_id": ticket_id}).one_or_none())
        return rows.ticket_of(row) if row else None

    def of_order(self, order_id: OrderId) -> Sequence[Ticket]:
        found = self._database.read(lambda connection: connection.execute(_OF_ORDER, {"order_id": order_id}).all())
        return tuple(rows.ticket_of(row) for row in found)

    def admit(self, ticket_id: TicketId, scan: Scan, now: datetime) -> Ticket | DecisionRefusal | TicketNotFound:
        statement = admit_statement.on_postgres if self._database.is_postgres else admit_statement.on_sqlite
        for _ in range(_TRIES):
            row = self._database.write_one(lambda connection: statement(connection, ticket_id, scan, now))
            if row is not None:
                return rows.ticket_of(row)
            ticket = self.get(ticket_id)
            outcome = validation.admit(ticket, scan, now) if ticket else TicketNotFound()
            if isinstance(outcome, Refusal) or outcome == ticket:
                return outcome
            # The ticket became valid after the statement had looked at it.
        raise Unavailable("ledger", "the ticket keeps changing")
