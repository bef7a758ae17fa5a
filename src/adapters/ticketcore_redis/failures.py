"""Why Redis could not be reached: the kind of failure in our own words, for the client's may quote a key or a password."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from redis.exceptions import AuthenticationError, InvalidResponse, MaxConnectionsError, NoPermissionError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

# The first that fits counts: some of these are special cases of others.
_BY_TYPE: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "host not found"),
    (ConnectionRefusedError, "connection refused: nothing listens there"),
    (ssl.SSLError, "TLS: the handshake failed"),
    (FileNotFoundError, "TLS: the file of the certificate authority cannot be read"),
    (PermissionError, "TLS: the file of the certificate authority cannot be read"),
    (NoAnswer, "no answer in time"),
    (TimeoutError, "no answer in time"),
    (AuthenticationError, "the user or password was refused"),
    (NoPermissionError, "the user lacks a right"),
    (MaxConnectionsError, "all connections of this process are in use"),
    (InvalidResponse, "the server does not speak Redis' protocol"),
)
_BY_TEXT = {
    "DB index": "there is no database of this number",
    "cluster support disabled": "the server is no cluster",
}


def reason(error: BaseException) -> str:
    """Return the kind of failure, for people, or the name of the client's exception if it is none of these."""
    return next((kind for cause in _causes(error) if (kind := _kind(cause))), type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield what an error was raised for, the first cause first, and then the error itself."""
    if error is not None:
        yield from _causes(error.__cause__ or error.__context__)
        yield error


def _kind(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: the server's certificate was refused ({error.verify_message})"
    if isinstance(error, ResponseError):
        found = [kind for text, kind in _BY_TEXT.items() if text in str(error)]
        if found:
            return found[0]
    return next((kind for known, kind in _BY_TYPE if isinstance(error, known)), None)
