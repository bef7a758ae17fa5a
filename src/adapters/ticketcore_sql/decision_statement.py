"""A decision about an order: on Postgres one statement in one round trip, on SQLite one short transaction.

The order's row comes first, guarded by its revision and its event's status; everything else depends on it, so that nothing
is written if another writer was faster.  The event's row comes last.  READ COMMITTED suffices: an update that waited for
the order's row checks the guard again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.availability import Availability
from ticketcore.domain.decisions import Decision, OrderRecord, PlaceShift, place_shift
from ticketcore.domain.events import MAX_CAPACITY
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import Change
from ticketcore.domain.tickets import TicketStatus
from ticketcore.ports import Conflict
from ticketcore_sql import rows
from ticketcore_sql.database import Database, execute_sql
from ticketcore_sql.places import count, join, shift_places
from ticketcore_sql.statements import Row
from ticketcore_sql.tables import customers, deliveries, events, journal, orders, outbox, payment_attempts, tickets

_CHANGED = """
changed AS (
    UPDATE {schema}orders SET customer_email = %(customer_email)s, customer = %(customer)s, status = %(status)s, places = %(places)s,
                      total_amount = %(total_amount)s, ticket_code = %(ticket_code)s, problem = %(problem)s,
                      paid_at = %(paid_at)s,
                      revision = orders.revision + 1
    FROM {schema}events
    WHERE orders.id = %(order_id)s AND orders.revision = %(revision)s
      AND events.id = orders.event_id AND events.status = %(event_status)s
    RETURNING orders.id, orders.event_id
)"""
_ATTEMPTED = """
attempted AS (
    INSERT INTO {schema}payment_attempts (id, order_id, token, amount, currency, status, method)
    SELECT %(attempt_id)s, id, %(token)s, %(amount)s, %(currency)s, %(attempt_status)s, %(method)s FROM changed
)"""
_ATTEMPT_CHANGED = """
attempt_changed AS (
    UPDATE {schema}payment_attempts SET status = %(attempt_status)s, token = %(token)s, reference = %(reference)s,
        action_type = %(action_type)s, action = %(action)s, expires_at = %(attempt_expires_at)s, poll_at = %(poll_at)s,
        polls = %(polls)s, owed = %(owed)s, requested = %(requested)s, returned = %(returned)s
    FROM changed WHERE payment_attempts.id = %(attempt_id)s
)"""
_ISSUED = """
issued AS (
    INSERT INTO {schema}tickets (id, order_id, event_id, number, qr_code, status)
    SELECT each.id, changed.id, changed.event_id, each.number, each.qr_code, %(valid)s
    FROM changed, unnest(%(ticket_ids)s::text[], %(numbers)s::int[], %(qr_codes)s::text[]) AS each (id, number, qr_code)
    RETURNING 1
)"""
_VOIDED = """
voided AS (
    UPDATE {schema}tickets SET status = %(void)s, refunded = true FROM changed
    WHERE tickets.order_id = changed.id AND tickets.number = ANY(%(voids)s::int[]) AND tickets.status = %(valid)s
    RETURNING 1
)"""
# Nothing else changes a used ticket without raising the order's revision.
_REFUNDED_USED = """
refunded_used AS (
    UPDATE {schema}tickets SET refunded = true FROM changed
    WHERE tickets.order_id = changed.id AND tickets.number = ANY(%(refunds_used)s::int[])
)"""
_ENQUEUED = """
enqueued AS (
    INSERT INTO {schema}outbox (order_id) SELECT id FROM changed
)"""
_MAILED = """
mailed AS (
    INSERT INTO {schema}deliveries (order_id, kind, number, asked_at, due_at, tries, status)
    SELECT changed.id, mail.kind, mail.number, mail.asked_at, mail.due_at, 0, 'pending'
    FROM changed, unnest(%(kinds)s::text[], %(mail_numbers)s::bigint[], %(asked_at)s::timestamptz[],
                         %(due_at)s::timestamptz[]) AS mail (kind, number, asked_at, due_at)
    ON CONFLICT (order_id, kind) DO UPDATE SET number = excluded.number, asked_at = excluded.asked_at,
                                               due_at = excluded.due_at, tries = 0, status = excluded.status
    RETURNING 1
)"""
# The customer's row comes before the event's, as in reservations.
_COUNTED = """
counted AS (
    UPDATE {schema}customers SET places = customers.places + %(counted)s FROM changed
    WHERE customers.event_id = changed.event_id AND customers.customer = %(counted_customer)s
    RETURNING 1
)"""
# A customer who has too many is a negative number, which the table refuses.
_JOINED = """
joined AS (
    INSERT INTO {schema}customers AS customer (event_id, customer, places)
    SELECT event_id, %(customer)s, %(joined)s FROM changed
    ON CONFLICT (event_id, customer) DO UPDATE SET places =
        CASE WHEN customer.places + excluded.places <= %(most_places)s THEN customer.places + excluded.places ELSE -1 END
)"""
_NOTED = """
noted AS (
    INSERT INTO {{schema}}journal (order_id, at, step, facts)
    SELECT changed.id, entry.at, entry.step, entry.facts FROM changed, (VALUES {entries}) AS entry (at, step, facts)
    RETURNING 1
)"""
# A decision has few entries, and every sale one: arrays take the driver and the server longer.
_ENTRY = "(%(at_{n})s::timestamptz, %(step_{n})s::text, %(facts_{n})s::json)"
# Counting what was inserted keeps the event's row unlocked until then.  The wait for that row may be for a cancellation:
# its status is read again afterwards, and a negative number, which the table refuses, undoes the whole statement.  So does
# a ticket that was to become void and was used meanwhile.
_SHIFTED = """
UPDATE {{schema}}events SET held = CASE WHEN events.status = %(event_status)s {provided} THEN held + %(held)s ELSE -1 END,
                  sold = sold + %(sold)s, version = version + 1
FROM changed WHERE events.id = changed.event_id {after}
RETURNING events.version, events.capacity - events.held - events.sold AS available
"""
_REPLACED = sqlite.insert(deliveries)
_REPLACED = _REPLACED.on_conflict_do_update(
    index_elements=["order_id", "kind"],
    set_={name: _REPLACED.excluded[name] for name in ("number", "asked_at", "due_at", "tries", "status")},
)
_CLEARED = """
DELETE FROM {schema}customers
WHERE event_id = %(event_id)s AND customer = %(counted_customer)s AND places = 0
"""
_CLEARED_ON_SQLITE = delete(customers).where(
    customers.c.event_id == bindparam("of_event"),
    customers.c.customer == bindparam("of_customer"),
    customers.c.places == 0,
)
_NEGATIVE_COUNT = "customers_places_check"
_ALL_VOIDED = "AND (SELECT count(*) FROM voided) = cardinality(%(voids)s::int[])"
_UNSHIFTED = "SELECT 0 AS version, 0 AS available FROM changed"


def on_postgres(database: Database, record: OrderRecord, decision: Decision) -> Change | Conflict:
    """Write a decision.

    Raises ``IntegrityError`` if its ticket code is taken, its event's status or a ticket has changed meanwhile, or the order's new
    customer has too many places (``has_too_many``).
    """
    shift = place_shift(record.order, decision.order)
    last = _SHIFTED.format(after=_after(decision, shift), provided=_provided(decision)) if shift else _UNSHIFTED
    statement = f"WITH {','.join(_parts(record, decision, shift))} {last}"
    values = _values(record, decision, shift)
    with database.bulkhead.sale(decision.order.event_id):
        if _leaves(record, decision):
            row = database.write(lambda connection: _write_and_clear(connection, statement, values))
        else:
            row = database.run(statement, values)
    if row is None:
        return Conflict()
    return Change(decision.order, Availability(decision.order.event_id, *row) if shift else None)


def _write_and_clear(connection: Connection, statement: str, values: dict[str, Any]) -> Row | None:
    """Write a decision by which an order leaves its customer, of whom nothing is left if it was the last.

    These are two statements: one alone would not see what it did itself, nor what another did meanwhile.
    """
    row = execute_sql(connection, statement, values).one_or_none()
    if row is not None:
        execute_sql(connection, _CLEARED, values)
    return row


def _parts(record: OrderRecord, decision: Decision, shift: PlaceShift) -> Iterator[str]:
    yield _CHANGED
    if decision.attempt != record.attempt:
        yield _ATTEMPTED if record.attempt is None else _ATTEMPT_CHANGED
    if decision.issued:
        yield _ISSUED
    if decision.voids:
        yield _VOIDED
    if decision.refunds_used:
        yield _REFUNDED_USED
    if decision.enqueues:
        yield _ENQUEUED
    if decision.deliveries:
        yield _MAILED
    if decision.entries:
        yield _NOTED.format(entries=", ".join(_ENTRY.format(n=number) for number in range(len(decision.entries))))
    yield from _counts(shift)


def _counts(shift: PlaceShift) -> Iterator[str]:
    if shift.counted:
        yield _COUNTED
    if shift.joined:
        yield _JOINED


def _leaves(record: OrderRecord, decision: Decision) -> bool:
    """Return whether the order leaves its customer."""
    return record.order.customer is not None and decision.order.customer != record.order.customer


def _provided(decision: Decision) -> str:
    return _ALL_VOIDED if decision.voids else ""


def _after(decision: Decision, shift: PlaceShift) -> str:
    inserted = {"issued": decision.issued, "mailed": decision.deliveries, "noted": decision.entries}
    written = [f"AND (SELECT count(*) FROM {name}) > 0" for name, rows_of in inserted.items() if rows_of]  # noqa: S608  The names stand above.
    # The customer's row is locked before the event's, which does not depend on it.
    counted = ["AND (SELECT count(*) FROM counted) >= 0"] if shift.counted else []
    return " ".join([*written, *counted])


def _values(record: OrderRecord, decision: Decision, shift: PlaceShift) -> dict[str, Any]:
    return {
        **_attempt_parameters(decision.attempt),
        **rows.changing_values(decision.order),
        **_entry_parameters(decision.entries),
        "order_id": decision.order.id,
        "event_id": decision.order.event_id,
        "revision": record.revision,
        "event_status": record.event_status.value,
        "ticket_ids": [ticket.id for ticket in decision.issued],
        "numbers": [ticket.number for ticket in decision.issued],
        "qr_codes": [ticket.qr_code for ticket in decision.issued],
        "voids": list(decision.voids),
        "refunds_used": list(decision.refunds_used),
        "valid": TicketStatus.VALID.value,
        "void": TicketStatus.VOID.value,
        "kinds": [mail.kind.value for mail in decision.deliveries],
        "mail_numbers": [mail.number for mail in decision.deliveries],
        "asked_at": [mail.asked_at for mail in decision.deliveries],
        "due_at": [mail.due_at for mail in decision.deliveries],
        "held": shift.held,
        "sold": shift.sold,
        "counted": shift.counted,
        "counted_customer": record.order.customer,
        "joined": shift.joined,
        "most_places": MAX_CAPACITY if decision.most_places is None else decision.most_places,
    }


def _attempt_parameters(attempt: Attempt | None) -> dict[str, Any]:
    if attempt is None:
        return {}
    values = rows.attempt_values(attempt)
    shared = {"attempt_id": "id", "attempt_status": "status", "attempt_expires_at": "expires_at"}
    return {**values, **{name: values[column] for name, column in shared.items()}}


def _entry_parameters(entries: Sequence[Entry]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for number, values in enumerate(map(rows.entry_values, entries)):
        parameters |= {f"at_{number}": values["at"], f"step_{number}": values["step"]}
        parameters[f"facts_{number}"] = json.dumps(values["facts"])
    return parameters


def on_sqlite(connection: Connection, record: OrderRecord, decision: Decision) -> Change | Conflict:
    """Write a decision inside the connection's transaction; raise ``IntegrityError`` as ``on_postgres``."""
    order = decision.order
    if count_valid(connection, decision) != len(decision.voids):
        return Conflict()
    changed = (
        update(orders)
        .where(orders.c.id == order.id, orders.c.revision == record.revision)
        .where(
            select(events.c.status).where(events.c.id == order.event_id).scalar_subquery() == record.event_status.value
        )
        .values(**rows.changing_values(order), revision=record.revision + 1)
    )
    if not connection.execute(changed).rowcount:
        return Conflict()
    _write_the_rest(connection, record, decision)
    shift = place_shift(record.order, order)
    if record.order.customer is not None:
        count(connection, [(order.event_id, record.order.customer, shift.counted)])
    if shift.joined:
        join(connection, order.event_id, order.customer, shift.joined, decision.most_places)
    if _leaves(record, decision):
        connection.execute(_CLEARED_ON_SQLITE, {"of_event": order.event_id, "of_customer": record.order.customer})
    return Change(order, shift_places(connection, order.event_id, shift, 1) if shift else None)


def has_too_many(error: IntegrityError) -> bool:
    """Return whether a decision was undone because the order's new customer has too many places."""
    return _NEGATIVE_COUNT in str(error.orig)


def count_valid(connection: Connection, decision: Decision) -> int:
    """Return how many of the tickets that a decision makes void are still valid."""
    if not decision.voids:
        return 0
    return connection.scalar(select(func.count()).select_from(tickets).where(_to_be_voided(decision))) or 0


def _to_be_voided(decision: Decision) -> ColumnElement[bool]:
    is_numbered = (tickets.c.order_id == decision.order.id) & tickets.c.number.in_(decision.voids)
    return is_numbered & (tickets.c.status == TicketStatus.VALID.value)


def _write_the_rest(connection: Connection, record: OrderRecord, decision: Decision) -> None:
    order_id = decision.order.id
    if decision.attempt is not None and decision.attempt != record.attempt:
        _write_attempt(connection, record, decision)
    if decision.issued:
        connection.execute(insert(tickets), [rows.ticket_values(ticket) for ticket in decision.issued])
    if decision.voids:
        void = {"status": TicketStatus.VOID.value, "refunded": True}
        connection.execute(update(tickets).where(_to_be_voided(decision)).values(**void))
    if decision.refunds_used:
        is_used = (tickets.c.order_id == order_id) & tickets.c.number.in_(decision.refunds_used)
        connection.execute(update(tickets).where(is_used).values(refunded=True))
    if decision.enqueues:
        connection.execute(insert(outbox), {"order_id": order_id})
    for mail in decision.deliveries:
        connection.execute(_REPLACED, rows.delivery_values(mail))
    if decision.entries:
        connection.execute(insert(journal), [rows.entry_values(entry) for entry in decision.entries])


def _write_attempt(connection: Connection, record: OrderRecord, decision: Decision) -> None:
    assert decision.attempt is not None
    if record.attempt is None:
        connection.execute(insert(payment_attempts), rows.attempt_values(decision.attempt))
    else:
        changed = rows.changing_attempt_values(decision.attempt)
        connection.execute(
            update(payment_attempts).where(payment_attempts.c.id == decision.attempt.id).values(**changed)
        )
