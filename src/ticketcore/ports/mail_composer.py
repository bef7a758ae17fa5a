"""The port of the mail composer."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ticketcore.domain.mail import MailContent, OrderMail


class MailComposer(Protocol):
    """Composes what mails say; pure, so that a repeated mail says the same."""

    __slots__ = ()

    @abstractmethod
    def compose(self, mail: OrderMail) -> MailContent:
        """Return the content of a mail of any kind.

        Each of the tickets that it brings has its QR text in plain text, and its image under its content id in HTML.

        HTML shows names as they are: whatever an event is called is escaped.
        """
