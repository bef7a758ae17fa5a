"""The port of the mailer."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ticketcore.domain.mail import Mail


class Mailer(Protocol):
    """A way to send mail."""

    __slots__ = ()

    @abstractmethod
    def send(self, mail: Mail) -> None:
        """Send a message, at least once: repeating it sends it again under the same ``Message-ID``.

        Raises ``Unavailable`` if it could not be sent now, ``Rejected`` if this recipient can never be reached.
        """

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if no mail can be sent now."""
