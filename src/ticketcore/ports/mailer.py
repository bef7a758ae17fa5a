"""The port of the mailer."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

import attrs

from ticketcore.domain.mail import Mail


@attrs.frozen
class Accepted:
    """The message is the mail service's to deliver."""


@attrs.frozen
class Refused:
    """This message can never be delivered to its recipient; ``reason`` holds no address."""

    reason: str


@attrs.frozen
class Later:
    """The message could not be sent now; ``reason`` holds no address."""

    reason: str


class Mailer(Protocol):
    """A way to send mail."""

    __slots__ = ()

    @abstractmethod
    def send(self, mail: Mail) -> Accepted | Refused | Later:
        """Send a message, at least once: repeating it sends it again under the same ``Message-ID``.

        Return ``Refused`` only for what a retry cannot change.  A service that cannot be reached, throttles or does not
        answer in time is ``Later``; the call ends within ``deliveries.LEASE``.  It raises nothing.
        """

    @abstractmethod
    def forget(self, key: str) -> int:
        """Remove the messages that are kept here whose key is this one or begins with it and a hyphen; return how many.

        Idempotent.  A message that was handed on is not here any more.  Raises ``Unavailable`` if that cannot be done now.
        """

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if no mail can be sent now."""
