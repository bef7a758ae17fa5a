"""The schema's history: each revision under ``versions`` works on Postgres and SQLite alike."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.schema import CreateSchema

from ticketcore.domain.errors import TicketcoreError
from ticketcore_sql.schema import require_no_foreign_table, revision


class SchemaUnknown(TicketcoreError):
    """The database has a schema that this program does not know, as a newer one leaves it."""

    def __str__(self) -> str:
        return "the database schema is of a newer ticketcore: use that one"


# Any number that no other program locks: processes that upgrade at the same time wait for each other here.
_LOCK = 7_462_015


def config(connection: Connection, schema: str | None = None) -> Config:
    """Return alembic's settings for one connection."""
    settings = Config()
    # Alembic interpolates: a percent sign in the path of the installation has to be doubled.
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.attributes.update(connection=connection, schema=schema)
    return settings


def upgrade(connection: Connection, schema: str | None = None) -> None:
    """Apply the missing migrations inside the connection's transaction; create the schema first if it is missing."""
    if connection.dialect.name == "postgresql":
        _wait_for_others(connection)
    if schema is not None and not sa.inspect(connection).has_schema(schema):
        connection.execute(CreateSchema(schema))
    if revision(connection, schema) is None:
        require_no_foreign_table(connection, schema)
    try:
        command.upgrade(config(connection, schema), "head")
    except CommandError as error:
        raise SchemaUnknown from error


def _wait_for_others(connection: Connection) -> None:
    # Rewriting a large table takes longer than any statement of the service may.
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = '60s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
