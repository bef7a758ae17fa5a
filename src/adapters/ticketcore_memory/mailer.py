"""Mail in process."""

from __future__ import annotations

import attrs

from ticketcore.domain.mail import TicketMail
from ticketcore.ports import Mailer


@attrs.define(eq=False)
class MemoryMailer(Mailer):
    """``sent`` is every message, oldest first."""

    sent: list[TicketMail] = attrs.field(factory=list)

    def send(self, mail: TicketMail) -> None:
        self.sent.append(mail)

    def check(self) -> None:
        """Memory is always there."""
