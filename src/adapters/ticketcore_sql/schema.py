"""The version table, which holds the schema's revision, and the look-out for other programs' tables."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Table, Text

from ticketcore.domain.errors import ForeignTable
from ticketcore_sql.tables import metadata

VERSION_TABLE = "ticketcore_version"

version = Table(VERSION_TABLE, sa.MetaData(), Column("version_num", Text, primary_key=True))


def revision(connection: Connection, schema: str | None) -> str | None:
    """Return the revision, or ``None`` without a version table; raise ``ForeignTable`` if that is another program's."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(VERSION_TABLE, schema):
        return None
    if [column["name"] for column in inspector.get_columns(VERSION_TABLE, schema)] != ["version_num"]:
        raise ForeignTable(VERSION_TABLE)
    return connection.scalar(sa.select(version.c.version_num))


def require_no_foreign_table(connection: Connection, schema: str | None) -> None:
    """Raise ``ForeignTable`` if a table with the name of one of ours stands in a schema that was never set up."""
    inspector = sa.inspect(connection)
    for table in metadata.tables:
        if inspector.has_table(table, schema):
            raise ForeignTable(table)
