"""The schema's history: each revision under ``versions`` works on Postgres and SQLite alike."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from ticketcore.domain.errors import TicketcoreError


class SchemaUnknown(TicketcoreError):
    """The database has a schema that this program does not know, as a newer one leaves it."""

    def __str__(self) -> str:
        return "the database schema is of a newer ticketcore: use that one"


# An arbitrary advisory lock of our own: processes that upgrade at the same time queue for it.
_LOCK = 7_462_015


def config(connection: Connection) -> Config:
    """Return alembic's settings for one connection."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection) -> None:
    """Apply the missing migrations inside the connection's transaction."""
    if connection.dialect.name == "postgresql":
        # Rewriting a large table takes longer than any statement of the service may.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    try:
        command.upgrade(config(connection), "head")
    except CommandError as error:
        raise SchemaUnknown from error
