"""Decisions about several orders of one event: on Postgres one statement in one round trip.

The rows of the orders are locked first, in the order of their ids, then those of their customers, and the event's row last:
two batches that meet, or a batch and a single decision, cannot wait for each other.  Each decision is guarded by its own
revision, as in ``decision_statement``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ticketcore.domain.availability import Availability
from ticketcore.domain.decisions import Decision, OrderRecord, PlaceShift, place_shift
from ticketcore.domain.orders import Change
from ticketcore.domain.tickets import TicketStatus
from ticketcore.ports import Conflict
from ticketcore_sql import rows
from ticketcore_sql.database import Database

Decided = tuple[OrderRecord, Decision]

# Postgres takes an array for ten rows and a text of JSON for a hundred, for which it would read a small table as a whole.
_STATEMENT = """
WITH decided AS (
    SELECT * FROM json_to_recordset(%(decided)s::json) AS each (
        id text, revision bigint, event_status text, customer_email text, customer text, status text, places int,
        total_amount bigint, ticket_code text, problem text, paid_at timestamptz, held int, sold int, counted int,
        counted_customer text)
), locked AS (
    SELECT id FROM {schema}orders WHERE id = ANY(%(order_ids)s::text[]) ORDER BY id FOR UPDATE
), changed AS (
    UPDATE {schema}orders SET customer_email = decided.customer_email, customer = decided.customer, status = decided.status,
                      places = decided.places, total_amount = decided.total_amount, ticket_code = decided.ticket_code,
                      problem = decided.problem, paid_at = decided.paid_at,
                      revision = orders.revision + 1
    FROM locked JOIN decided ON decided.id = locked.id, {schema}events
    WHERE orders.id = locked.id AND orders.revision = decided.revision
      AND events.id = orders.event_id AND events.status = decided.event_status
    RETURNING orders.id, orders.event_id, decided.event_status, decided.held, decided.sold, decided.counted,
              decided.counted_customer
), attempted AS (
    INSERT INTO {schema}payment_attempts (id, order_id, amount, currency, method, token, status, reference, action_type, action,
                                          expires_at, poll_at, polls, owed, requested, returned)
    SELECT each.id, changed.id, each.amount, each.currency, each.method, each.token, each.status, each.reference,
           each.action_type, each.action, each.expires_at, each.poll_at, each.polls, each.owed, each.requested, each.returned
    FROM changed JOIN json_to_recordset(%(attempts)s::json) AS each (
        id text, order_id text, amount bigint, currency text, method text, token text, status text, reference text,
        action_type text, action text, expires_at timestamptz, poll_at timestamptz, polls int, owed bigint, requested bigint,
        returned bigint) ON each.order_id = changed.id
    ON CONFLICT (id) DO UPDATE SET
        token = excluded.token, status = excluded.status, reference = excluded.reference, action_type = excluded.action_type,
        action = excluded.action, expires_at = excluded.expires_at, poll_at = excluded.poll_at, polls = excluded.polls,
        owed = excluded.owed, requested = excluded.requested, returned = excluded.returned
    RETURNING 1
), issued AS (
    INSERT INTO {schema}tickets (id, order_id, event_id, number, qr_code, status)
    SELECT each.id, changed.id, changed.event_id, each.number, each.qr_code, %(valid)s
    FROM changed JOIN json_to_recordset(%(issued)s::json) AS each (id text, order_id text, number int, qr_code text)
      ON each.order_id = changed.id
    RETURNING 1
), enqueued AS (
    INSERT INTO {schema}outbox (order_id) SELECT id FROM changed WHERE id = ANY(%(enqueued)s::text[])
    RETURNING 1
), mailed AS (
    INSERT INTO {schema}deliveries (order_id, kind, number, asked_at, due_at, tries, status)
    SELECT changed.id, each.kind, each.number, each.asked_at, each.due_at, 0, 'pending'
    FROM changed JOIN json_to_recordset(%(mails)s::json) AS each (
        order_id text, kind text, number bigint, asked_at timestamptz, due_at timestamptz) ON each.order_id = changed.id
    ON CONFLICT (order_id, kind) DO UPDATE SET number = excluded.number, asked_at = excluded.asked_at,
                                               due_at = excluded.due_at, tries = 0, status = excluded.status
    RETURNING 1
), noted AS (
    INSERT INTO {schema}journal (order_id, at, step, facts)
    SELECT changed.id, each.at, each.step, each.facts
    FROM changed JOIN json_to_recordset(%(entries)s::json) AS each (order_id text, at timestamptz, step text, facts json)
      ON each.order_id = changed.id
    RETURNING 1
), counts AS (
    SELECT event_id, counted_customer AS customer, sum(counted) AS places FROM changed WHERE counted <> 0 GROUP BY 1, 2
), locked_customers AS (
    SELECT customers.event_id, customers.customer FROM {schema}customers
    JOIN counts ON counts.event_id = customers.event_id AND counts.customer = customers.customer
    ORDER BY customers.customer FOR UPDATE OF customers
), counted AS (
    UPDATE {schema}customers SET places = customers.places + counts.places
    FROM locked_customers JOIN counts ON counts.customer = locked_customers.customer
    WHERE customers.event_id = locked_customers.event_id AND customers.customer = locked_customers.customer
    RETURNING 1
), shifts AS (
    SELECT event_id, min(event_status) AS event_status, sum(held) AS held, sum(sold) AS sold, count(*) AS changes
    FROM changed WHERE held <> 0 OR sold <> 0 GROUP BY event_id
), shifted AS (
    UPDATE {schema}events SET held = CASE WHEN events.status = shifts.event_status THEN events.held + shifts.held ELSE -1 END,
                      sold = events.sold + shifts.sold, version = events.version + shifts.changes
    FROM shifts
    WHERE events.id = shifts.event_id
      AND (SELECT count(*) FROM attempted) + (SELECT count(*) FROM issued) + (SELECT count(*) FROM enqueued)
        + (SELECT count(*) FROM mailed) + (SELECT count(*) FROM noted) + (SELECT count(*) FROM counted) >= 0
    RETURNING events.version, events.capacity - events.held - events.sold AS available
)
SELECT (SELECT array_agg(id) FROM changed) AS changed,
       (SELECT version FROM shifted) AS version, (SELECT available FROM shifted) AS available
"""


def fits(record: OrderRecord, decision: Decision) -> bool:
    """Return whether a decision can be one of a batch: it neither refunds tickets nor forgets its customer."""
    return not decision.voids and not decision.refunds_used and (decision.order.customer == record.order.customer)


def on_postgres(database: Database, decided: Sequence[Decided]) -> Sequence[Change | Conflict]:
    """Write decisions that fit, about different orders of one event, and return their outcomes in the same order.

    Raises ``IntegrityError``, having written nothing, if the ticket code of one is taken or the event's status has changed
    meanwhile.
    """
    event_id = decided[0][0].order.event_id
    assert len({record.order.id for record, _ in decided}) == len(decided), "an order is decided about once"
    assert {record.order.event_id for record, _ in decided} == {event_id}, "they are of one event"
    with database.bulkhead.sale(event_id):
        row = database.run(_STATEMENT, _values(decided))
    assert row is not None, "it returns one row, also of nothing"
    changed: set[str] = set(row.changed or ())
    return _outcomes(decided, changed, Availability(event_id, row.version or 0, row.available or 0))


def _outcomes(decided: Sequence[Decided], changed: set[str], last: Availability) -> Sequence[Change | Conflict]:
    """Return the outcomes; each change has the availability as if they had been written one after the other."""
    outcomes: list[Change | Conflict] = []
    for record, decision in reversed(decided):
        shift = place_shift(record.order, decision.order)
        if decision.order.id not in changed:
            outcomes.append(Conflict())
        elif shift:
            outcomes.append(Change(decision.order, last))
            last = Availability(last.event_id, last.version - 1, last.available + shift.held + shift.sold)
        else:
            outcomes.append(Change(decision.order))
    return outcomes[::-1]


def _values(decided: Sequence[Decided]) -> dict[str, Any]:
    decisions = [decision for _, decision in decided]
    return {
        "order_ids": [decision.order.id for decision in decisions],
        "decided": _json(_decided_values(record, decision) for record, decision in decided),
        "attempts": _json(
            rows.attempt_values(decision.attempt)
            for record, decision in decided
            if decision.attempt and decision.attempt != record.attempt
        ),
        "issued": _json(rows.ticket_values(ticket) for decision in decisions for ticket in decision.issued),
        "enqueued": [decision.order.id for decision in decisions if decision.enqueues],
        "mails": _json(rows.delivery_values(mail) for decision in decisions for mail in decision.deliveries),
        "entries": _json(rows.entry_values(entry) for decision in decisions for entry in decision.entries),
        "valid": TicketStatus.VALID.value,
    }


def _decided_values(record: OrderRecord, decision: Decision) -> dict[str, Any]:
    shift: PlaceShift = place_shift(record.order, decision.order)
    return {
        "id": decision.order.id,
        "revision": record.revision,
        "event_status": record.event_status.value,
        "held": shift.held,
        "sold": shift.sold,
        "counted": shift.counted,
        "counted_customer": record.order.customer,
        **rows.changing_values(decision.order),
    }


def _json(values: Iterable[dict[str, Any]]) -> str:
    # Times are the only values that JSON does not know.
    return json.dumps(list(values), default=str)
