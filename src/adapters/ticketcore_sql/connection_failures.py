"""Why a database could not be connected to: the kind of failure in our own words, for the driver's may hold a secret."""

from __future__ import annotations

import re
import socket
import sqlite3
import ssl
import struct
from typing import Any

from sqlalchemy import URL

_PROBE_SECONDS = 2.0
# https://www.postgresql.org/docs/current/protocol-message-formats.html, SSLRequest.
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_POSTGRES_PORT = 5432

_UNKNOWN_OPTION = re.compile(r'invalid (?:URI query parameter|connection option):? "([a-z_]{1,40})"')
_WRONG_VALUE = re.compile(r'invalid (?:integer )?value .*for connection option "([a-z_]+)"|invalid ([a-z_]+) value')
_OTHER_HOST = re.compile(r'server certificate for "([^"]{1,255})".* does not match host name')

# Texts of libpq, of the server and of PgBouncer.  Several addresses of a host make one text of several attempts: the most
# telling one counts, so those that a wrong address would cause come last.
_KINDS = (
    (r"invalid (URI query parameter|connection option)", "unknown option"),
    (r"unsupported startup parameter|command-line options", "the pooler refuses the option"),
    (r"database \".*\" does not exist|no such database", "there is no database of this name"),
    (r"no encryption|SSL required|SSL is required", "TLS: the server demands it, and sslmode forbids it"),
    (
        r"password authentication failed|no password supplied|no pg_hba.conf entry|authentication failed"
        r"|role \".*\" does not exist|no such user|not permitted to log in|SASL",
        "the user or password was refused",
    ),
    (r"does not support SSL|SSL is not enabled", "TLS: the server offers none"),
    (r"root certificate file|certificate authority", "TLS: the file of the certificate authority cannot be read"),
    (r"certificate verify failed", "TLS: the server's certificate was refused"),
    (r"SSL error|SSL SYSCALL|tls", "TLS: the handshake failed"),
    (r"too many (clients|connections)|connection slots|no more connections allowed", "too many connections"),
    (r"database system is|not accept(ing)? connections", "the server is starting or stopping"),
    (r"session is read-only|server is in hot standby|session is not read-only", "no server here takes writes"),
    (r"resolve host|translate host name|Name or service not known|nodename nor servname", "host not found"),
    (r"invalid port number", "no such port"),
    (r"timeout|timed out", "no answer in time"),
    (r"Connection refused|No such file or directory", "connection refused: nothing listens there"),
    (r"unreachable|No route", "the host cannot be reached"),
    (r"closed the connection|reset by peer|received invalid response", "the server does not speak Postgres' protocol"),
)
_FILES = {
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database",
    sqlite3.SQLITE_READONLY: "the file cannot be written",
    sqlite3.SQLITE_BUSY: "another program holds the file",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
}


def reason(cause: Any, url: URL) -> str:
    """Return the kind of failure, for people; it quotes neither user nor password."""
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _FILES.get(code & 0xFF, str(cause.sqlite_errorname))
    text = str(cause)
    if found := _UNKNOWN_OPTION.search(text):
        return f'unknown option "{found[1]}"'
    if found := _WRONG_VALUE.search(text):
        return f'wrong value of the option "{found[1] or found[2]}"'
    if found := _OTHER_HOST.search(text):
        return f'TLS: the server\'s certificate is for "{found[1]}", not for this host'
    kind = next((kind for pattern, kind in _KINDS if re.search(pattern, text)), "no connection")
    return f"{kind} ({_verdict(url)})" if "certificate verify failed" in text else kind


def _verdict(url: URL) -> str:
    """Return why the server's certificate is not believed: libpq does not tell, so the handshake is made once more."""
    authority = url.query.get("sslrootcert")
    try:
        context = ssl.create_default_context(cafile=authority if isinstance(authority, str) else None)
        context.check_hostname = False
        with socket.create_connection((url.host, url.port or _POSTGRES_PORT), _PROBE_SECONDS) as plain:
            plain.sendall(_SSL_REQUEST)
            plain.recv(1)
            context.wrap_socket(plain).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except OSError:
        pass
    return "the reason is in the server's log"
