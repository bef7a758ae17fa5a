"""Hand-written SQL and SQLAlchemy's statements as text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Select
from sqlalchemy.sql.dml import ReturningUpdate

#: A hand-written statement, a query, or an update that returns rows.
Statement = str | Select[*tuple[Any, ...]] | ReturningUpdate[*tuple[Any, ...]]
#: A row with its columns as attributes.
Row = Any


def in_schema(statement: str, schema: str | None) -> str:
    """Return hand-written SQL, in which every table's name is preceded by ``{schema}``, for tables of a schema."""
    return statement.replace("{schema}", f'"{schema}".' if schema else "")


def text_of(statement: Statement, engine: Engine, schema: str | None) -> tuple[str, dict[str, Any]]:
    """Return a statement in SQL for tables of a schema, and the values in it that never change."""
    if isinstance(statement, str):
        return in_schema(statement, schema), {}
    compiled = statement.compile(engine, schema_translate_map={None: schema}, render_schema_translate=True)
    return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}
