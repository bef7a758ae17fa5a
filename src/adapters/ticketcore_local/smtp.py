"""Mail over SMTP (RFC 5321)."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import attrs

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.mail import Mail
from ticketcore.domain.mime import address_of, to_mime
from ticketcore.ports.mailer import Accepted, Later, Mailer, Refused

TIMEOUT_SECONDS = 10.0
#: How long a message may take in all, however slowly the server talks: less than a delivery's lease.
TOTAL_SECONDS = 60.0

Tls = Literal["required", "offered", "off"]


class _NoTls(OSError):
    """The server offers no STARTTLS, and nothing may be sent without."""


@attrs.frozen(eq=False)
class SmtpMailer(Mailer):
    """A mailer that opens one connection per message; each step of it may take ``timeout_seconds``.

    The connection is encrypted from its first byte with ``implicit_tls``, otherwise by STARTTLS: ``required``, taken where it
    is ``offered``, which a man in the middle can suppress, or ``off``.  Certificates are always verified, by the authorities
    of ``ca_certs`` if it is set.  With ``user`` and ``password`` it logs in.
    """

    sender: str
    host: str
    port: int
    user: str | None = None
    password: str = attrs.field(default="", repr=False)
    implicit_tls: bool = False
    tls: Tls = "offered"
    ca_certs: Path | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def send(self, mail: Mail) -> Accepted | Refused | Later:
        message = to_mime(mail, self.sender)
        try:
            with self._session() as server:
                if self.user is not None:
                    server.login(self.user, self.password)
                server.send_message(message, address_of(self.sender), [mail.recipient])
        except _ERRORS as error:
            return Refused(_reason(error)) if _is_final(error) else Later(_reason(error))
        return Accepted()

    def forget(self, key: str) -> int:
        return 0

    def check(self) -> None:
        try:
            with self._session() as server:
                code, reply = server.noop()
                if code != 250:
                    raise smtplib.SMTPResponseException(code, reply)
        except _ERRORS as error:
            # The error may hold the password, which a logged traceback would show.
            raise Unavailable("mail", _reason(error)) from None

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        with self._connect() as server:
            server.ehlo_or_helo_if_needed()
            if self._starts_tls(server):
                server.starttls(context=self._context())
                server.ehlo()
            yield server

    def _starts_tls(self, server: smtplib.SMTP) -> bool:
        if self.implicit_tls or self.tls == "off":
            return False
        is_offered = server.has_extn("starttls")
        if not is_offered and self.tls == "required":
            raise _NoTls("the server offers no STARTTLS; ?tls=off sends in clear")
        return is_offered

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_certs) if self.ca_certs else None)

    def _connect(self) -> smtplib.SMTP:
        to = {"host": self.host, "port": self.port, "timeout": self.timeout_seconds}
        if self.implicit_tls:
            return _LimitedTls(self.total_seconds, context=self._context(), **to)
        return _Limited(self.total_seconds, **to)


class _Limited(smtplib.SMTP):
    """A connection that ends after a time in all: time-outs of the socket begin again with each octet."""

    def __init__(self, total_seconds: float, **options: Any) -> None:
        self._watch = threading.Timer(total_seconds, self._hang_up)
        self._watch.daemon = True
        self._watch.start()
        super().__init__(**options)

    def _hang_up(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # A connection that has ended has none.

    def close(self) -> None:
        self._watch.cancel()
        super().close()


class _LimitedTls(_Limited, smtplib.SMTP_SSL):
    """The same, encrypted from its first byte."""


#: What smtplib raises; a host or password that it cannot encode is among it.
_ERRORS = (OSError, UnicodeError)


def _reason(error: OSError | UnicodeError) -> str:
    """Return what went wrong without the server's own words, which may quote the recipient's address."""
    match error:
        case _NoTls():
            return str(error)
        case ssl.SSLCertVerificationError():
            return f"the server's certificate was refused: {error.verify_message}"
    code = _reply_code(error)
    return type(error).__name__ if code is None else f"{type(error).__name__}, SMTP reply {code}"


def _is_final(error: OSError | UnicodeError) -> bool:
    """Return whether the server refused this recipient or message for good, rather than its sender."""
    code = _reply_code(error)
    about_message = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return about_message and code is not None and code >= 500


def _reply_code(error: OSError | UnicodeError) -> int | None:
    match error:
        case smtplib.SMTPRecipientsRefused():
            # A message has one recipient.
            [(code, _)] = error.recipients.values()
            return code
        case smtplib.SMTPResponseException():
            return error.smtp_code
        case _:
            return None
