"""The database behind an assembly whose ledger is on SQL."""

from __future__ import annotations

from ticketcore_bootstrap import Assembly
from ticketcore_sql import Database, SqlBackend


def database_of(assembly: Assembly) -> Database:
    """Return the database of an assembly."""
    assert isinstance(assembly.ledger, SqlBackend)
    return assembly.ledger.database
