"""Mail over SMTP (RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.mail import Mail, to_mime
from ticketcore.ports.mailer import Accepted, Later, Mailer, Refused

TIMEOUT_SECONDS = 10.0


@attrs.frozen(eq=False)
class SmtpMailer(Mailer):
    """A mailer that opens one connection per message; each step of it may take ``timeout_seconds``.

    The connection is encrypted from its first byte with ``implicit_tls``, otherwise once the server offers STARTTLS, which a
    man in the middle can suppress.  With ``user`` and ``password`` it logs in.
    """

    sender: str
    host: str
    port: int
    user: str | None = None
    password: str = attrs.field(default="", repr=False)
    implicit_tls: bool = False
    timeout_seconds: float = TIMEOUT_SECONDS

    def send(self, mail: Mail) -> Accepted | Refused | Later:
        message = to_mime(mail, self.sender)
        try:
            with self._session() as server:
                if self.user is not None:
                    server.login(self.user, self.password)
                server.send_message(message, to_addrs=[mail.recipient])
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
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            yield server

    def _connect(self) -> smtplib.SMTP:
        if self.implicit_tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_seconds, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)


#: What smtplib raises; a host or password that it cannot encode is among it.
_ERRORS = (OSError, UnicodeError)


def _reason(error: OSError | UnicodeError) -> str:
    """Return what went wrong without the server's own words, which may quote the recipient's address."""
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
