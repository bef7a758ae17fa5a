"""Tickets on SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, Row, insert, select, update

from ticketcore.domain import journal as story
from ticketcore.domain import validation
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.refusals import TicketNotFound
from ticketcore.domain.tickets import Admission, Ticket, TicketStatus
from ticketcore.domain.validation import DecisionRefusal, Scan
from ticketcore.ports import Tickets
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import journal, tickets

_ONE = select(tickets).where(tickets.c.id == sa.bindparam("ticket_id"))
_OF_ORDER = select(tickets).where(tickets.c.order_id == sa.bindparam("order_id")).order_by(tickets.c.number)


@attrs.define(eq=False)
class SqlTickets(Tickets):
    _database: Database

    def get(self, ticket_id: TicketId) -> Ticket | None:
        row = self._database.read(lambda connection: connection.execute(_ONE, {"ticket_id": ticket_id}).one_or_none())
        return rows.ticket_of(row) if row else None

    def of_order(self, order_id: OrderId) -> Sequence[Ticket]:
        found = self._database.read(lambda connection: connection.execute(_OF_ORDER, {"order_id": order_id}).all())
        return tuple(rows.ticket_of(row) for row in found)

    def admit(self, ticket_id: TicketId, scan: Scan, now: datetime) -> Ticket | DecisionRefusal | TicketNotFound:
        def work(connection: Connection) -> Ticket | DecisionRefusal | TicketNotFound:
            admission = Admission(now, scan.gate, scan.scan_id)
            row = _use_up(connection, ticket_id, admission, scan.event_id)
            if row is not None:
                used = rows.ticket_of(row)
                connection.execute(insert(journal), rows.entry_values(story.admitted(used, admission)))
                return used
            row = connection.execute(_ONE, {"ticket_id": ticket_id}).one_or_none()
            return validation.admit(rows.ticket_of(row), scan, now) if row else TicketNotFound()

        return self._database.write(work)


def _use_up(
    connection: Connection, ticket_id: TicketId, admission: Admission, event_id: EventId | None
) -> Row[Any] | None:
    admissible = (tickets.c.id == ticket_id) & (tickets.c.status == TicketStatus.VALID.value)
    if event_id is not None:
        admissible &= tickets.c.event_id == event_id
    used = {"status": TicketStatus.USED.value, **rows.admission_values(admission)}
    return connection.execute(update(tickets).where(admissible).values(**used).returning(tickets)).one_or_none()
