"""What forked processes find imported.

Nothing that imports ``prometheus_client``, which looks at the environment when it is imported.
"""

from __future__ import annotations

from importlib import import_module

LIBRARIES = (
    *("alembic.command", "babel.dates", "babel.numbers", "boto3", "click", "cryptography.hazmat.primitives.asymmetric"),
    *("flask", "httptools", "psycopg", "qrcode", "redis", "sqlalchemy", "sqlalchemy.dialects.postgresql.psycopg"),
    *("sqlalchemy.dialects.sqlite.pysqlite", "structlog", "uvicorn", "uvloop", "werkzeug.serving"),
)
OURS = (
    *("ticketcore_cli.main", "ticketcore_bootstrap", "ticketcore_codes", "ticketcore_local", "ticketcore_redis"),
    *("ticketcore_sql", "ticketcore_simulated_payments.sql", "ticketcore_wire", "tests.forked"),
)
for name in (*LIBRARIES, *OURS):
    import_module(name)
