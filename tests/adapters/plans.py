"""How Postgres and SQLite would execute a statement."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg

from ticketcore_sql.tables import metadata

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
#: Tables that have few rows however much is sold.
SMALL = {"keys", "secrets", "leases", "ticketcore_version", "simulated_charges", "webhooks", "pg_database"}
#: Indexes of what is open, of which there is little however much was sold.
_OF_OPEN = {
    "orders_due_idx",
    "orders_unfinished_idx",
    "payment_attempts_settling_idx",
    "payment_attempts_poll_at_idx",
    "deliveries_due_at_idx",
    "webhook_deliveries_due_at_idx",
}
#: Indexes by which all rows of one event are found, of which there may be millions.
_BY_EVENT = {"orders_event_id_idx", "orders_addressed_idx"}

_TABLES = {*metadata.tables}

Plan = dict[str, Any]


def is_explained(statement: str) -> bool:
    """Return whether a statement has a plan."""
    return statement.startswith(_EXPLAINED)


def plan_of(connection: psycopg.Connection[Any], statement: str) -> Plan:
    """Return the plan for any values of a statement with named placeholders, which is not executed."""
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    text = _PLACEHOLDER.sub(numbered, statement).replace("%%", "%")
    values = f"({', '.join('NULL' for _ in names)})" if names else ""
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.execute(f"PREPARE planned AS {text}".encode())
    try:
        row = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE planned{values}".encode()).fetchone()
    finally:
        connection.execute("DEALLOCATE planned")
    assert row is not None
    plan: Plan = row[0][0]["Plan"]
    return plan


def whole_reads(plan: Plan, *, is_limited: bool = False) -> Iterator[str]:
    """Yield what the plan reads without end: a table, an index, or all orders of an event.

    What stands right below a limit ends once there is enough; not so below a join or with a filter, which may let nothing pass.
    """
    kind, table, index = plan["Node Type"], plan.get("Relation Name"), plan.get("Index Name")
    # A subplan is asked only whether there is any row.
    is_limited = is_limited or kind == "Limit" or plan.get("Parent Relationship") == "SubPlan"
    is_limited = is_limited and "Join" not in kind and kind != "Nested Loop" and "Filter" not in plan
    if kind == "Seq Scan" and table not in SMALL:
        yield f"all rows of {table}"
    if index in _BY_EVENT and not is_limited:
        yield f"all rows of an event by {index}"
    if index and "Index Cond" not in plan and index not in _OF_OPEN and not is_limited:
        yield f"all of {index}"
    for part in plan.get("Plans", ()):
        yield from whole_reads(part, is_limited=is_limited)


_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")


def whole_scans(connection: sqlite3.Connection, statement: str) -> Iterator[str]:
    """Yield what SQLite reads without end for a statement; it is not executed.

    SQLite chooses by the shape of a statement alone, as long as it has no statistics, so the tables may be empty.
    """
    if "LIMIT" in statement and "WHERE" not in statement:
        return  # It reads the first rows of an index.
    values = [None] * statement.count("?")
    for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values):
        found = _SCAN.match(step)
        if found and found[1] in _TABLES - SMALL and found[2] not in _OF_OPEN:
            yield f"all of {found[2] or found[1]}"
