"""The entry point of alembic: migrate over the connection that it was given."""

from __future__ import annotations

from alembic import context

from ticketcore_sql.schema import VERSION_TABLE
from ticketcore_sql.tables import metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=attributes["schema"],
)
context.run_migrations()
