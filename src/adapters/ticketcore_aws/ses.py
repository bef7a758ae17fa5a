"""Mail through Amazon SES."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import SMTP
from typing import TYPE_CHECKING

import attrs
from botocore.exceptions import ClientError

from ticketcore.domain.errors import Rejected, Unavailable
from ticketcore.domain.mail import Mail, to_mime
from ticketcore.ports.mailer import Mailer
from ticketcore_aws.clients import INCOMPLETE, code, unavailable

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sesv2.type_defs import SendEmailRequestTypeDef

# Errors about the sender's account rather than the recipient, which an operator can correct.
_OUR_FAULT = re.compile(r"verified|authority|authoriz|suspended|paused|sender|configuration set", re.IGNORECASE)
_ABOUT_ADDRESS = re.compile(r"address|domain", re.IGNORECASE)
# What emulators of AWS say that do not know a call.
_UNKNOWN_CALL = {"404", "501", "NotImplemented", "UnknownOperationException"}
# SES asks for content within seven bits (API reference, RawMessage).
_SEVEN_BITS = SMTP.clone(cte_type="7bit")


@attrs.frozen(eq=False)
class SesMailer(Mailer):
    """Sends as ``sender``, an address that SES has verified, perhaps under a configuration set."""

    client: SESV2Client = attrs.field(repr=False)
    sender: str
    configuration_set: str | None = None

    def send(self, mail: Mail) -> None:
        request: SendEmailRequestTypeDef = {
            "FromEmailAddress": self.sender,
            "Destination": {"ToAddresses": [mail.recipient]},
            "Content": {"Raw": {"Data": to_mime(mail, self.sender).as_bytes(policy=_SEVEN_BITS)}},
        }
        if self.configuration_set:
            request["ConfigurationSetName"] = self.configuration_set
        with unavailable("mail"), _rejections():
            response = self.client.send_email(**request)
        if not response.get("MessageId"):
            raise Unavailable("mail", INCOMPLETE)

    def forget(self, key: str) -> int:
        return 0

    def check(self) -> None:
        with unavailable("mail"):
            try:
                account = self.client.get_account()
            except ClientError as error:
                if code(error) in _UNKNOWN_CALL:
                    return
                raise
        if not account.get("SendingEnabled"):
            raise Unavailable("mail", "sending is disabled for this account")


@contextmanager
def _rejections() -> Iterator[None]:
    """Translate a permanent error about the recipient or the content into ``Rejected``; any other is worth a retry."""
    try:
        yield
    except ClientError as error:
        if not _is_final(error):
            raise
        # The error may hold the recipient's address, which a logged traceback would show.
        raise Rejected("mail", code(error)) from None


def _is_final(error: ClientError) -> bool:
    text = error.response.get("Error", {}).get("Message", "")
    if _OUR_FAULT.search(text):
        return False
    match code(error):
        case "MessageRejected":
            return True
        case "BadRequestException":
            return _ABOUT_ADDRESS.search(text) is not None
        case _:
            return False
