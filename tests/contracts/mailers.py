"""The mailers under contract, and the servers behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.ports import free_port
from ticketcore.domain.mime import to_mime
from ticketcore_aws import SesMailer
from ticketcore_local import EmlMailer, SmtpMailer
from ticketcore_memory import MemoryMailer
from ticketcore_testing.contracts.mailer import Post

if TYPE_CHECKING:
    from tests.servers.aws import Aws

SENDER = "Box Office <tickets@example.org>"


def parse(raw: bytes) -> EmailMessage:
    """Return a message as a mail program parses it."""
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


@attrs.define
class Inbox:
    """Accepts every message; ``encrypted`` records for each whether it came over TLS."""

    messages: list[EmailMessage] = attrs.field(factory=list)
    encrypted: list[bool] = attrs.field(factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.messages.append(parse(envelope.content))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


@contextmanager
def smtp_server(handler: object, **settings: Any) -> Iterator[int]:
    """Yield the port of a running SMTP server."""
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **settings)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def eml_post(directory: Path) -> Post:
    """Return a mailer that writes files."""

    def delivered() -> list[EmailMessage]:
        return [parse(file.read_bytes()) for file in sorted(directory.glob("*.eml"))]

    return Post(EmlMailer(directory, SENDER), SENDER, delivered)


def memory_post() -> Post:
    """Return a mailer that keeps messages in memory."""
    mailer = MemoryMailer()
    return Post(mailer, SENDER, lambda: [parse(to_mime(mail, SENDER).as_bytes()) for mail in mailer.sent])


@contextmanager
def smtp_post() -> Iterator[Post]:
    """Yield a mailer with a server that was started for it."""
    inbox = Inbox()
    with smtp_server(inbox) as port:
        yield Post(SmtpMailer(SENDER, "127.0.0.1", port), SENDER, lambda: inbox.messages)


def ses_post(aws: Aws) -> Post:
    """Return a mailer whose service has sent nothing."""
    aws.ses.create_email_identity(EmailIdentity="example.org")
    aws.forget_mails()
    return Post(SesMailer(aws.ses, SENDER), SENDER, lambda: aws.mails)
