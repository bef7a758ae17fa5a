"""Every sender of messages to webhooks passes the suite of its port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.controls import reception
from tests.servers.receiver import receiver
from ticketcore_local import HttpWebhookSender
from ticketcore_memory import MemoryWebhookSender
from ticketcore_testing.contracts.webhook_sender import Reception, WebhookSenderContract


class TestWebhookSender(WebhookSenderContract):
    """HTTP, and memory."""

    @pytest.fixture(params=["http", "memory"])
    def reception(self, request: pytest.FixtureRequest) -> Iterator[Reception]:
        """Yield a sender and a receiver that has got nothing."""
        if request.param == "memory":
            yield reception(MemoryWebhookSender())
            return
        with receiver() as running:
            sender = HttpWebhookSender(allow_private=True)
            yield Reception(sender, running.url, running.answering, lambda: running.received)
