"""Tickets on SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa
from sqlalchemy import select

from ticketcore.domain import qr_text, validation
from ticketcore.domain.attendees import AttendeePage, Cursor
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.gate_lists import GateList, GatePlace
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.journal import Step
from ticketcore.domain.merging import Merged
from ticketcore.domain.refusals import Refusal, TicketNotFound
from ticketcore.domain.tickets import Ticket, TicketNumber, TicketRecord, TicketStatus
from ticketcore.domain.validation import Admitted, DecisionRefusal, Scan, Undo, UndoDecisionRefusal
from ticketcore.ports import Tickets
from ticketcore_sql import gate_statements, rows
from ticketcore_sql.attendees import attendees
from ticketcore_sql.database import Database
from ticketcore_sql.gate_lists import gate_list
from ticketcore_sql.tables import TOLD, journal, storable, tickets

_ONE = select(tickets).where(tickets.c.id == sa.bindparam("ticket_id"))
_TRIES = 3
_OF_ORDER = select(tickets).where(tickets.c.order_id == sa.bindparam("order_id")).order_by(tickets.c.number)

# A value that stands in the statement: with a parameter Postgres may take a value that most rows have for one of a few.
_SOLD = tickets.c.status != sa.literal_column(f"'{TicketStatus.VOID.value}'")
# The journal is read backwards by its key: tickets have ids that do not sort by time.
_NEWEST = (
    select(tickets.c.qr_code)
    .join(journal, journal.c.order_id == tickets.c.order_id)
    .where(_SOLD, TOLD, journal.c.step == sa.literal_column(f"'{Step.PAID.value}'"))
    .order_by(journal.c.id.desc())
    .limit(sa.literal_column("1"))
)
_BY_SIGNER = (
    select(sa.func.min(tickets.c.qr_code))
    .where(_SOLD)
    .group_by(sa.func.substr(tickets.c.qr_code, 1, sa.literal_column(str(qr_text.SIGNER_LENGTH))))
)


@attrs.define(eq=False)
class SqlTickets(Tickets):
    """Tickets on Postgres or SQLite."""

    _database: Database

    def get(self, ticket_id: TicketId) -> Ticket | None:
        row = self._database.read(lambda connection: connection.execute(_ONE, {"ticket_id": ticket_id}).one_or_none())
        return rows.ticket_of(row) if row else None

    def of_order(self, order_id: OrderId) -> Sequence[Ticket]:
        found = self._database.run_all(_OF_ORDER, {"order_id": storable(order_id)})
        return tuple(rows.ticket_of(row) for row in found)

    def list(self, event_id: EventId, after: Cursor | None, limit: int) -> AttendeePage:
        return attendees(self._database, event_id, after, limit)

    def newest_qr_code(self) -> str | None:
        return self._database.read(lambda connection: connection.scalar(_NEWEST))

    def qr_codes_by_signer(self) -> Sequence[str]:
        return self._database.read(lambda connection: connection.scalars(_BY_SIGNER).all())

    def admit(
        self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime
    ) -> Admitted | DecisionRefusal | TicketNotFound:
        if not self._database.is_postgres:
            return self._database.write(
                lambda connection: gate_statements.admit_on_sqlite(connection, ticket, scan, now)
            )
        for _ in range(_TRIES):
            used = gate_statements.admit_on_postgres(self._database, ticket, scan, now)
            if used is not None:
                return Admitted(used)
            record = self._record(ticket)
            outcome = validation.admit(record, scan, now) if record else TicketNotFound()
            if isinstance(outcome, Refusal) or outcome.is_repeated:
                return outcome
            # The ticket became valid after the statement had looked at it.
        raise Unavailable("ledger", "the ticket keeps changing")

    def undo(
        self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime
    ) -> TicketRecord | UndoDecisionRefusal | TicketNotFound:
        return self._database.write(lambda connection: gate_statements.undo(connection, ticket, wanted, now))

    def merge(self, ticket_id: TicketId, scan: Scan, scanned_at: datetime, now: datetime) -> Merged | TicketNotFound:
        return self._database.write(
            lambda connection: gate_statements.merge(connection, ticket_id, scan, scanned_at, now)
        )

    def gate_list(self, event_id: EventId, after: GatePlace | None, limit: int) -> GateList:
        return gate_list(self._database, event_id, after, limit)

    def _record(self, ticket: TicketId | TicketNumber) -> TicketRecord | None:
        return self._database.read(lambda connection: gate_statements.load(connection, ticket))
