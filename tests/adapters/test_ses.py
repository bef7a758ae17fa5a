"""Mail through SES, beyond the contract of its port."""

from __future__ import annotations

import base64
import logging

import attrs
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import RawMessage, ses_backends

from tests.contracts.mailers import SENDER
from tests.servers.aws import REGION, Aws, StubbornAws, requests_of
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import Later, Refused
from ticketcore_aws import SesMailer
from ticketcore_testing.contracts.mailer import a_mail

RECIPIENT = a_mail().recipient


@pytest.fixture
def mailer(aws: Aws) -> SesMailer:
    """Return a mailer that has sent nothing."""
    aws.ses.create_email_identity(EmailIdentity="example.org")
    aws.forget_mails()
    return SesMailer(aws.ses, SENDER)


def test_a_message_goes_to_its_recipient_alone(aws: Aws, mailer: SesMailer) -> None:
    """The recipient is a parameter of the request, not taken from the message."""
    with requests_of(aws.ses, "SendEmail") as requests:
        mailer.send(a_mail())
    [request] = requests
    assert set(request) == {"FromEmailAddress", "Destination", "Content"}
    assert request["Destination"] == {"ToAddresses": [RECIPIENT]}
    [message] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    assert isinstance(message, RawMessage)
    assert (message.source, set(message.destinations)) == ("tickets@example.org", {RECIPIENT})


@pytest.mark.parametrize("text", ["plain", "Canções à meia-noite, € 45", "東京"])
def test_a_message_is_within_seven_bits(aws: Aws, mailer: SesMailer, text: str) -> None:
    """SES requires it, whatever the language."""
    with requests_of(aws.ses, "SendEmail") as requests:
        mailer.send(attrs.evolve(a_mail(), text=text, html=f"<p>{text}</p>", subject=text))
    [request] = requests
    raw = request["Content"]["Raw"]["Data"]
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    [message] = aws.mails
    assert message["Subject"] == text


def test_a_configuration_set_is_named_if_there_is_one(aws: Aws, mailer: SesMailer) -> None:
    """It says where SES reports deliveries."""
    with requests_of(aws.ses, "SendEmail") as requests:
        SesMailer(aws.ses, SENDER, "box-office").send(a_mail())
    assert [request["ConfigurationSetName"] for request in requests] == ["box-office"]


NOT_VERIFIED = f"Email address is not verified. The following identities failed the check in region X: {RECIPIENT}"


@pytest.mark.parametrize(
    ("code", "text", "outcome"),
    [
        ("MessageRejected", NOT_VERIFIED, Later),
        ("MessageRejected", "Sending suspended for this account", Later),
        ("MessageRejected", f"Address {RECIPIENT} is on the suppression list", Refused),
        ("MessageRejected", "Email attachment contains a virus", Refused),
        ("BadRequestException", f"Illegal address: {RECIPIENT}", Refused),
        ("BadRequestException", "Missing final '@domain'", Refused),
        ("BadRequestException", "Domain contains illegal character", Refused),
        ("BadRequestException", "Configuration set <box-office> does not exist", Later),
        ("BadRequestException", "Invalid sender address", Later),
        ("BadRequestException", "Duplicate header 'Date'", Later),
        ("MailFromDomainNotVerifiedException", "the domain is not verified", Later),
        ("AccountSuspendedException", "", Later),
        ("SendingPausedException", "", Later),
        ("LimitExceededException", "Daily message quota exceeded", Later),
        ("NotFoundException", "no such configuration set", Later),
        ("AccessDeniedException", f"not authorized to send to {RECIPIENT}", Later),
        ("SomethingNewException", f"about the address {RECIPIENT}", Later),
    ],
)
def test_only_a_final_answer_about_the_message_is_a_rejection(
    stubborn_aws: StubbornAws, code: str, text: str, outcome: type[Refused | Later]
) -> None:
    """An error that an operator can correct is worth a retry; no exception has more than the error's name."""
    stubborn_aws.refuse(code, text)
    assert SesMailer(stubborn_aws.aws.ses, SENDER).send(a_mail()) == outcome(code)


def test_a_sender_that_is_not_verified_is_tried_later(aws: Aws) -> None:
    """An operator can still verify it: the mail is not lost."""
    assert SesMailer(aws.ses, "tickets@nobody.example").send(a_mail()) == Later("MessageRejected")


def test_a_service_that_throttles_is_tried_again_at_once_and_then_later(stubborn_aws: StubbornAws) -> None:
    """Three tries in all: the rest is left to the schedule of the mail."""
    stubborn_aws.refuse("TooManyRequestsException", "Maximum sending rate exceeded", status=429)
    assert SesMailer(stubborn_aws.aws.ses, SENDER).send(a_mail()) == Later("TooManyRequestsException")
    assert stubborn_aws.tries == 3


@pytest.mark.parametrize(
    ("account", "reason"),
    [({"SendingEnabled": False}, "sending is disabled for this account"), ({}, "incomplete answer")],
    ids=["disabled", "incomplete"],
)
def test_an_account_that_may_not_send_fails_the_check(
    stubborn_aws: StubbornAws, account: dict[str, object], reason: str
) -> None:
    """AWS pauses accounts whose mails cause complaints."""
    stubborn_aws.answer(account)
    with pytest.raises(Unavailable, match=f"mail is unavailable: {reason}"):
        SesMailer(stubborn_aws.aws.ses, SENDER).check()


def test_a_check_that_is_denied_is_reported(stubborn_aws: StubbornAws) -> None:
    """Without permission it is unknown whether mail can be sent."""
    stubborn_aws.refuse("AccessDeniedException")
    with pytest.raises(Unavailable, match="mail is unavailable: AccessDeniedException"):
        SesMailer(stubborn_aws.aws.ses, SENDER).check()


def test_no_recipient_is_logged(mailer: SesMailer, stubborn_aws: StubbornAws, caplog: pytest.LogCaptureFixture) -> None:
    """The log has no address, neither of a sent mail nor of a refused one."""
    caplog.set_level(logging.INFO)
    mailer.send(a_mail())
    stubborn_aws.refuse("MessageRejected", f"Address {RECIPIENT} is on the suppression list")
    SesMailer(stubborn_aws.aws.ses, SENDER).send(a_mail())
    assert RECIPIENT not in caplog.text
    assert base64.b64encode(RECIPIENT.encode()).decode() not in caplog.text
