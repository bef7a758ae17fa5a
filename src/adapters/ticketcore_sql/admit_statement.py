"""An admission: on Postgres one statement, with its journal entry, on SQLite one short transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, update

from ticketcore.domain import journal
from ticketcore.domain.ids import TicketId
from ticketcore.domain.journal import Step
from ticketcore.domain.tickets import Admission, TicketStatus
from ticketcore.domain.validation import Scan
from ticketcore_sql import rows
from ticketcore_sql.database import execute_sql
from ticketcore_sql.tables import journal as journal_table
from ticketcore_sql.tables import storable, tickets

_ON_POSTGRES = """
WITH used AS (
    UPDATE {schema}tickets SET status = 'used', validation_date = %(now)s, gate = %(gate)s, scan_id = %(scan_id)s
    WHERE id = %(ticket_id)s AND status = 'valid' AND (%(event_id)s::text IS NULL OR event_id = %(event_id)s)
    RETURNING *
), noted AS (
    INSERT INTO {schema}journal (order_id, at, step, facts)
    SELECT order_id, %(now)s, %(step)s, json_build_object('number', number, 'gate', gate) FROM used
)
SELECT * FROM used
"""


def on_postgres(connection: Connection, ticket_id: TicketId, scan: Scan, now: datetime) -> Row[Any] | None:
    """Use the ticket up if it is valid, and for the scan's event; return its row, or ``None`` if it is not."""
    values = {
        "ticket_id": storable(ticket_id),
        "event_id": scan.event_id,
        "now": now,
        "gate": scan.gate,
        "scan_id": scan.scan_id,
        "step": Step.ADMITTED.value,
    }
    return execute_sql(connection, _ON_POSTGRES, values).one_or_none()


def on_sqlite(connection: Connection, ticket_id: TicketId, scan: Scan, now: datetime) -> Row[Any] | None:
    """Do the same inside the connection's transaction."""
    is_admissible = (tickets.c.id == ticket_id) & (tickets.c.status == TicketStatus.VALID.value)
    if scan.event_id is not None:
        is_admissible &= tickets.c.event_id == scan.event_id
    admission = Admission(now, scan.gate, scan.scan_id)
    used = {"status": TicketStatus.USED.value, **rows.admission_values(admission)}
    row = connection.execute(update(tickets).where(is_admissible).values(**used).returning(tickets)).one_or_none()
    if row is not None:
        entry = journal.admitted(rows.ticket_of(row), admission)
        connection.execute(insert(journal_table), rows.entry_values(entry))
    return row
