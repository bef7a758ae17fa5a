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
    def forget(self, key: str) -> int:
        """Remove the messages that are kept here whose key is this one or begins with it and a hyphen; return how many.

        Idempotent.  A message that was handed on is not here any more.  Raises ``Unavailable`` if that cannot be done now.
        """

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if no mail can be sent now."""
