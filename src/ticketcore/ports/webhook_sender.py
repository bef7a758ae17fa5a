"""The port of what sends messages to webhooks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from ticketcore.domain.texts import Text
from ticketcore.domain.webhooks import WebhookAnswer


class WebhookSender(Protocol):
    """A client that sends requests to URLs of receivers.  Neither method raises for what a receiver or a name server does."""

    __slots__ = ()

    @abstractmethod
    def fault(self, url: str) -> Text | None:
        """Return why nothing may be sent to a URL now, as the fault of a field, or ``None`` if it may; send nothing."""

    @abstractmethod
    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """Send a POST request and return its answer; follow no redirect.

        What ``fault`` refuses is not sent, and neither is anything to an address that was not judged.  It takes less than
        ``webhooks.LEASE``, whatever the receiver does.
        """
