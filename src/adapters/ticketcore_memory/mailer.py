"""Mail in process."""

from __future__ import annotations

import attrs

from ticketcore.domain.mail import Mail
from ticketcore.ports import Accepted, Mailer


@attrs.define(eq=False)
class MemoryMailer(Mailer):
    """``sent`` is every message, oldest first."""

    sent: list[Mail] = attrs.field(factory=list)

    def send(self, mail: Mail) -> Accepted:
        self.sent.append(mail)
        return Accepted()

    def forget(self, key: str) -> int:
        kept = [mail for mail in self.sent if mail.key != key and not mail.key.startswith(f"{key}-")]
        forgotten = len(self.sent) - len(kept)
        self.sent[:] = kept
        return forgotten

    def check(self) -> None:
        """Memory is always there."""
