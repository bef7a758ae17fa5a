"""Mail as files that every mail program opens."""

from __future__ import annotations

from pathlib import Path

import attrs

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.mail import Mail
from ticketcore.domain.mime import to_mime
from ticketcore.ports.mailer import Accepted, Later, Mailer
from ticketcore_local import atomic


@attrs.frozen(eq=False)
class EmlMailer(Mailer):
    """Writes each message to ``<key>.eml`` in ``directory``; the same message again replaces it."""

    directory: Path
    sender: str

    def send(self, mail: Mail) -> Accepted | Later:
        message = to_mime(mail, self.sender).as_bytes()
        try:
            with atomic.unavailable("mail"):
                atomic.write(self.directory / f"{mail.key}.eml", message)
        except Unavailable as failure:
            return Later(failure.reason)
        return Accepted()

    def forget(self, key: str) -> int:
        with atomic.unavailable("mail"):
            found = [*self.directory.glob(f"{key}.eml"), *self.directory.glob(f"{key}-*.eml")]
            for path in found:
                path.unlink(missing_ok=True)
        return len(found)

    def check(self) -> None:
        with atomic.unavailable("mail"):
            atomic.check_writable(self.directory)
