"""What every adapter of the port ``Mailer`` keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.core.examples import EVENT, NOW, ORDERS, TICKET
from tests.servers.ports import free_port
from ticketcore.mail import TicketMail, compose, to_mime
from ticketcore.orders import OrderStatus
from ticketcore.ports import Mailer
from ticketcore_aws import SesMailer
from ticketcore_local import EmlMailer, SmtpMailer
from ticketcore_memory import MemoryMailer

if TYPE_CHECKING:
    from tests.servers.aws import Aws

SENDER = "Box Office <tickets@example.org>"
IMAGES = [b"\x89PNG\r\n\x1a\n first", b"\x89PNG\r\n\x1a\n.\r\n second"]


def a_mail() -> TicketMail:
    """Answer a message with two tickets."""
    tickets = [attrs.evolve(TICKET, number=number) for number in (1, 2)]
    return compose(EVENT, ORDERS[OrderStatus.PAID], list(zip(tickets, IMAGES, strict=True)), NOW)


def parse(raw: bytes) -> EmailMessage:
    """Answer a message as a mail program reads it."""
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


@attrs.define
class Inbox:
    """Takes every message; ``encrypted`` tells of each whether it came over TLS."""

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


@attrs.frozen
class Case:
    """A mailer and what it has delivered so far."""

    mailer: Mailer
    delivered: Callable[[], Sequence[EmailMessage]]


@contextmanager
def eml() -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "not" / "made" / "yet"
        yield Case(
            EmlMailer(directory, SENDER), lambda: [parse(file.read_bytes()) for file in sorted(directory.glob("*.eml"))]
        )


@contextmanager
def memory() -> Iterator[Case]:
    mailer = MemoryMailer()
    yield Case(mailer, lambda: [to_mime(mail, SENDER) for mail in mailer.sent])


@contextmanager
def smtp() -> Iterator[Case]:
    inbox = Inbox()
    with smtp_server(inbox) as port:
        yield Case(SmtpMailer(SENDER, "127.0.0.1", port), lambda: inbox.messages)


@contextmanager
def ses(aws: Aws) -> Iterator[Case]:
    aws.ses.create_email_identity(EmailIdentity="example.org")
    aws.forget_mails()
    yield Case(SesMailer(aws.ses, SENDER), lambda: aws.mails)


#: Each adapter by its name: how to open one that has delivered nothing.
ADAPTERS: dict[str, Callable[[], AbstractContextManager[Case]]] = {"eml": eml, "memory": memory, "smtp": smtp}


@pytest.fixture(params=[*ADAPTERS, "ses"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    opener = ADAPTERS.get(request.param) or partial(ses, request.getfixturevalue("aws"))
    with opener() as opened:
        yield opened


def test_a_message_arrives(case: Case) -> None:
    """The recipient gets one message, with sender, recipient, subject and date."""
    case.mailer.send(a_mail())
    [message] = case.delivered()
    assert (message["From"], message["To"]) == (SENDER, "ann@example.com")
    assert message["Subject"] == "Your tickets for Jazz Night"
    assert message["Date"].datetime == NOW


def test_plain_text_stands_beside_html_with_its_images(case: Case) -> None:
    """The message is plain text or else HTML, whose images come with it under the content ids that it names."""
    mail = a_mail()
    case.mailer.send(mail)
    [message] = case.delivered()
    assert message.get_content_type() == "multipart/alternative"
    plain, related = message.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(related, EmailMessage)
    page, *images = related.iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert [image.get_content_type() for image in images] == ["image/png", "image/png"]
    assert [image.get_content() for image in images if isinstance(image, EmailMessage)] == IMAGES
    assert isinstance(page, EmailMessage)
    assert all(f'src="cid:{image["Content-ID"].strip("<>")}"' in page.get_content() for image in images)


@pytest.mark.parametrize("text", ["Canções à meia-noite, € 45\n", ".\n..\n.begins with a dot\n", "x" * 2000 + "\n"])
def test_text_arrives_as_it_was_written(case: Case, text: str) -> None:
    """Letters of any language, lone dots and long lines survive the way."""
    case.mailer.send(attrs.evolve(a_mail(), text=text, subject="Canções à meia-noite"))
    [message] = case.delivered()
    plain = message.get_body(["plain"])
    assert isinstance(plain, EmailMessage)
    assert plain.get_content().replace("\r\n", "\n") == text
    assert message["Subject"] == "Canções à meia-noite"


def test_repetitions_are_the_same_message(case: Case) -> None:
    """A message that is sent twice keeps its Message-ID, so that mail programs show one."""
    case.mailer.send(a_mail())
    case.mailer.send(a_mail())
    assert len({message["Message-ID"] for message in case.delivered()}) == 1


def test_other_orders_have_other_messages(case: Case) -> None:
    """Messages of two orders are two messages."""
    case.mailer.send(a_mail())
    case.mailer.send(attrs.evolve(a_mail(), key="another-key"))
    assert len({message["Message-ID"] for message in case.delivered()}) == 2


def test_a_mailer_that_can_send_passes_the_check(case: Case) -> None:
    """The check is silent and sends nothing."""
    case.mailer.check()
    assert not case.delivered()
