"""Mail through Amazon SES."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
from botocore.exceptions import ClientError

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.mail import Mail
from ticketcore.domain.mail_headers import POLICY
from ticketcore.domain.mime import address_of, to_mime
from ticketcore.ports.mailer import Accepted, Later, Mailer, Refused
from ticketcore_aws.clients import FAILURES, INCOMPLETE, code, unavailable

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sesv2.type_defs import SendEmailRequestTypeDef

# Errors about the sender's account rather than the recipient, which an operator can correct.
_OUR_FAULT = re.compile(r"verified|authority|authoriz|suspended|paused|sender|configuration set", re.IGNORECASE)
_ABOUT_ADDRESS = re.compile(r"address|domain", re.IGNORECASE)
# What emulators of AWS say that do not know a call.
_UNKNOWN_CALL = {"404", "501", "NotImplemented", "UnknownOperationException"}
# SES asks for content within seven bits (API reference, RawMessage).
_SEVEN_BITS = POLICY.clone(cte_type="7bit")


@attrs.frozen(eq=False)
class SesMailer(Mailer):
    """Sends as ``sender``, an address that SES has verified, perhaps under a configuration set."""

    client: SESV2Client = attrs.field(repr=False)
    sender: str
    configuration_set: str | None = None

    def send(self, mail: Mail) -> Accepted | Refused | Later:
        request: SendEmailRequestTypeDef = {
            "FromEmailAddress": address_of(self.sender),
            "Destination": {"ToAddresses": [mail.recipient]},
            "Content": {"Raw": {"Data": to_mime(mail, self.sender).as_bytes(policy=_SEVEN_BITS)}},
        }
        if self.configuration_set:
            request["ConfigurationSetName"] = self.configuration_set
        try:
            response = self.client.send_email(**request)
        except ClientError as error:
            return Refused(code(error)) if _is_final(error) else Later(code(error))
        except FAILURES as error:
            return Later(type(error).__name__)
        return Accepted() if response.get("MessageId") else Later(INCOMPLETE)

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
        if "SendingEnabled" not in account:
            raise Unavailable("mail", INCOMPLETE)
        if not account["SendingEnabled"]:
            raise Unavailable("mail", "sending is disabled for this account")


def _is_final(error: ClientError) -> bool:
    """Return whether the error is permanent and about the recipient or the content; any other is worth a retry."""
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
