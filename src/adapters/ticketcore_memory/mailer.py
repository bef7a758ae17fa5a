"""Mail in process."""

from __future__ import annotations

import attrs

from ticketcore.domain.mail import Mail
from ticketcore.ports import Mailer


@attrs.define(eq=False)
class MemoryMailer(Mailer):
    """``sent`` is every message, oldest first."""

    sent: list[Mail] = attrs.field(factory=list)

    def send(self, mail: Mail) -> None:
        self.sent.append(mail)

    def check(self) -> None:
        """Memory is always there."""
