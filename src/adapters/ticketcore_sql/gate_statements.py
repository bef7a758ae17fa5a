"""An admission, on Postgres one statement with its journal entry; merging scans, and taking admissions back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, insert, select, update

from ticketcore.domain import journal, merging, validation
from ticketcore.domain.ids import TicketId
from ticketcore.domain.journal import Entry, Step
from ticketcore.domain.merging import Merged
from ticketcore.domain.refusals import Refusal, TicketNotFound
from ticketcore.domain.tickets import Ticket, TicketNumber, TicketRecord
from ticketcore.domain.validation import Admitted, DecisionRefusal, Scan, Undo, UndoDecisionRefusal
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import events, orders, storable, tickets
from ticketcore_sql.tables import journal as journal_table

_RECORD = select(
    tickets,
    orders.c.quantity,
    orders.c.ticket_code,
    orders.c.status.label("order_status"),
    events.c.name.label("event_name"),
    events.c.status.label("event_status"),
    events.c.doors_at,
    events.c.timezone,
).select_from(tickets.join(orders, orders.c.id == tickets.c.order_id).join(events, events.c.id == tickets.c.event_id))
_BY_ID = _RECORD.where(tickets.c.id == sa.bindparam("ticket_id"))
_LOCKED = _BY_ID.with_for_update(of=tickets)
_BY_NUMBER = _RECORD.where(orders.c.ticket_code == sa.bindparam("code"), tickets.c.number == sa.bindparam("number"))

_TICKET_BY_ID = "tickets.id = %(ticket_id)s"
_TICKET_BY_NUMBER = "orders.ticket_code = %(code)s AND tickets.number = %(number)s"

ADMIT = """
WITH used AS (
    UPDATE {schema}tickets
    SET status = 'used', validation_date = %(now)s, gate = %(gate)s, scan_id = %(scan_id)s, key_id = %(key_id)s
    FROM {schema}orders, {schema}events
    WHERE {ticket} AND orders.id = tickets.order_id AND events.id = tickets.event_id
      AND (%(event_ids)s::text[] IS NULL OR tickets.event_id = ANY(%(event_ids)s::text[]))
      AND tickets.status = 'valid' AND events.status <> 'cancelled'
      AND (events.doors_at IS NULL OR events.doors_at <= %(now)s)
    RETURNING tickets.*, orders.quantity, orders.ticket_code, orders.status AS order_status,
              events.name AS event_name, events.status AS event_status, events.doors_at, events.timezone
), noted AS (
    INSERT INTO {schema}journal (order_id, at, step, facts)
    SELECT order_id, %(now)s, %(step)s, json_build_object('number', number, 'gate', gate, 'key', %(key)s::text) FROM used
)
SELECT * FROM used
"""

_ORDER = select(orders.c.id).where(orders.c.id == sa.bindparam("order_id")).with_for_update()


def load(connection: Connection, ticket: TicketId | TicketNumber) -> TicketRecord | None:
    """Return a ticket with what gates need to know, or ``None`` if there is none."""
    if isinstance(ticket, TicketNumber):
        row = connection.execute(_BY_NUMBER, {"code": ticket.code, "number": ticket.number}).one_or_none()
    else:
        row = connection.execute(_BY_ID, {"ticket_id": ticket}).one_or_none()
    return rows.ticket_record_of(row) if row else None


def admit_on_postgres(
    database: Database, ticket: TicketId | TicketNumber, scan: Scan, now: datetime
) -> TicketRecord | None:
    """Use the ticket up if the scan may; return its record, or ``None`` if it may not."""
    named: dict[str, Any]
    if isinstance(ticket, TicketNumber):
        condition, named = _TICKET_BY_NUMBER, {"code": ticket.code, "number": ticket.number}
    else:
        condition, named = _TICKET_BY_ID, {"ticket_id": storable(ticket)}
    values = {
        **named,
        "event_ids": None if scan.event_ids is None else sorted(scan.event_ids),
        "key_id": scan.holder.id,
        "key": scan.holder.name,
        "gate": scan.gate,
        "scan_id": scan.scan_id,
        "now": now,
        "step": Step.ADMITTED.value,
    }
    row = database.run(ADMIT.replace("{ticket}", condition), values)
    return rows.ticket_record_of(row) if row else None


def merge(
    connection: Connection, ticket_id: TicketId, scan: Scan, scanned_at: datetime, now: datetime
) -> Merged | TicketNotFound:
    """Merge a scan inside the connection's transaction, in which the ticket's row is locked."""
    row = connection.execute(_LOCKED, {"ticket_id": storable(ticket_id)}).one_or_none()
    if row is None:
        return TicketNotFound()
    record = rows.ticket_record_of(row)
    outcome = merging.merge(record, scan, scanned_at)
    if outcome.record != record:
        merged = outcome.record.ticket
        _write(connection, merged, journal.admitted_offline(record.ticket, scan, scanned_at, now))
    return outcome


def admit_on_sqlite(
    connection: Connection, ticket: TicketId | TicketNumber, scan: Scan, now: datetime
) -> Admitted | DecisionRefusal | TicketNotFound:
    """Admit inside the connection's transaction, which has the only lock."""
    record = load(connection, ticket)
    outcome = validation.admit(record, scan, now) if record else TicketNotFound()
    if isinstance(outcome, Refusal) or outcome.is_repeated:
        return outcome
    used = outcome.record.ticket
    assert used.admission is not None
    _write(connection, used, journal.admitted(used, used.admission, scan.holder.name))
    return outcome


def undo(
    connection: Connection, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime
) -> TicketRecord | UndoDecisionRefusal | TicketNotFound:
    """Take admissions back inside the connection's transaction, in which the order and the ticket are locked."""
    record = load(connection, ticket)
    if record is None:
        return TicketNotFound()
    # The order comes first, as in a refund.
    connection.execute(_ORDER, {"order_id": record.ticket.order_id})
    record = rows.ticket_record_of(connection.execute(_LOCKED, {"ticket_id": record.ticket.id}).one())
    outcome = validation.undo(record, wanted, now)
    if isinstance(outcome, Refusal):
        return outcome
    left = outcome.ticket
    # A refund that was decided before would not know of a ticket to make void.
    connection.execute(update(orders).where(orders.c.id == left.order_id).values(revision=orders.c.revision + 1))
    _write(connection, left, journal.admission_undone(record.ticket, left, wanted.holder.name, now))
    return outcome


def _write(connection: Connection, ticket: Ticket, entry: Entry) -> None:
    connection.execute(update(tickets).where(tickets.c.id == ticket.id).values(**rows.ticket_values(ticket)))
    connection.execute(insert(journal_table), rows.entry_values(entry))
