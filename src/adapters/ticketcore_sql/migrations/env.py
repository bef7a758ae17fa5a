"""Where alembic enters: migrate over the connection that it was given."""

from __future__ import annotations

from alembic import context

from ticketcore_sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
