"""Contract suite of what sends messages to webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs
import pytest

from ticketcore.domain.webhooks import WebhookAnswer
from ticketcore.ports import WebhookSender
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import fresh

HEADERS = {"Content-Type": "application/json", "webhook-id": "a-message", "webhook-signature": "v1,c2lnbmVk"}
BODY = '{"data":{"name":"Canções à meia-noite"}}'.encode()


@attrs.frozen
class Received:
    """One request that a receiver got: its path with the query, its headers by their names in lower case, and its body."""

    path: str
    headers: Mapping[str, str] = attrs.field(hash=False)
    body: bytes


@attrs.frozen
class Reception:
    """A sender, and a receiver at ``url``, which ends without a slash.

    ``answering`` returns the URL of a path of it that answers with a status; ``received`` returns its requests so far.
    """

    sender: WebhookSender
    url: str
    answering: Callable[[int], str]
    received: Callable[[], Sequence[Received]]


class WebhookSenderContract:
    """Hold ``WebhookSender`` to its contract; override ``reception``."""

    @pytest.fixture
    def reception(self) -> Reception:
        """Return a sender and a receiver that has got nothing: the one fixture to override."""
        raise NotImplementedError("override reception")

    def test_a_message_arrives(self, reception: Reception) -> None:
        """With its path and query, its headers, and its body to the last octet."""
        assert reception.sender.send(f"{reception.url}/hook?of=a", HEADERS, BODY).is_success
        [received] = reception.received()
        assert received.path == "/hook?of=a"
        assert received.body == BODY
        assert {name: received.headers.get(name.lower()) for name in HEADERS} == HEADERS

    @pytest.mark.parametrize("status", [200, 204, 302, 307, 400, 404, 410, 429, 500, 503])
    def test_an_answer_has_its_status(self, reception: Reception, status: int) -> None:
        """Whatever it is, and a redirect is not followed."""
        assert reception.sender.send(reception.answering(status), HEADERS, BODY) == WebhookAnswer(status)
        assert len(reception.received()) == 1

    def test_what_may_be_sent_to_has_no_fault(self, reception: Reception) -> None:
        """And looking sends nothing."""
        assert reception.sender.fault(f"{reception.url}/hook") is None
        assert list(reception.received()) == []

    def test_two_sends_are_atomic(self, reception: Reception) -> None:
        """Messages that are sent at the same time all arrive."""
        bodies: list[bytes] = []

        def send() -> bool:
            bodies.append(fresh())
            return reception.sender.send(f"{reception.url}/hook", HEADERS, bodies[-1]).is_success

        assert_atomic(reception.sender, lambda: Race.of_one(send, lambda: None))
        assert sorted(each.body for each in reception.received()) == sorted(bodies)
