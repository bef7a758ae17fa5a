"""The suite of payment gateways over the stand-in for Acme, which can play all that the suite asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import urllib3

from tests.servers.acme import Acme, Mood
from ticketcore import AttemptId, Money
from ticketcore.ports import Attempt, PaymentGateway
from ticketcore_simulated_payments import tokens
from ticketcore_testing.contracts.payment_gateway import PaymentGatewayContract

#: How requests fail whose outcome is then unknown.
MOODS = (
    Mood(500),
    Mood(503, spares_preparations=False),
    Mood(429),
    Mood(409),
    Mood(500, is_done=True),
    Mood(),
    Mood(is_done=True),
    Mood(is_done=True, spares_preparations=False),
    Mood(stalls=True),
    Mood(is_done=True, stalls=True),
)
#: For requests that would wait for ever; others are given the time of the guide.
_IMPATIENT = urllib3.Timeout(connect=5, read=0.3)


@contextmanager
def failing(made: Any, stand_in: Acme, mood: Mood) -> Iterator[None]:
    """Fail the requests of a module's gateways meanwhile."""
    patience = made.TIMEOUT
    made.TIMEOUT = _IMPATIENT if mood.stalls else patience
    try:
        with stand_in.failing(mood):
            yield
    finally:
        made.TIMEOUT = patience


class AcmeSuite(PaymentGatewayContract):
    """The suite for gateways of the module ``made``; what waits is a card with a challenge."""

    pending = tokens.PENDING
    stand_in: Acme
    made: Any

    def books(self, gateway: PaymentGateway) -> Mapping[AttemptId, Money]:
        return self.stand_in.books

    def decide(self, gateway: PaymentGateway, attempt: Attempt, *, approved: bool) -> None:
        self.stand_in.decide(attempt.id, approved=approved)

    def notice(self, gateway: PaymentGateway, attempt: Attempt) -> tuple[Mapping[str, str], bytes]:
        return self.stand_in.notice(attempt.id)

    def aged_notice(self, gateway: PaymentGateway, attempt: Attempt, age: timedelta) -> tuple[Mapping[str, str], bytes]:
        return self.stand_in.notice(attempt.id, age=age)

    def faults(self, gateway: PaymentGateway) -> Sequence[Callable[[], AbstractContextManager[None]]]:
        return [partial(failing, self.made, self.stand_in, mood) for mood in MOODS]
