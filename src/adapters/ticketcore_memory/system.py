"""Time and randomness: the machine's own, and ones that a test or simulation controls."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime, timedelta

import attrs

from ticketcore.domain.timestamps import whole_milliseconds
from ticketcore.ports import Clock, Ids


@attrs.define(eq=False)
class SystemClock(Clock):
    """The system's clock, in UTC."""

    def now(self) -> datetime:
        return whole_milliseconds(datetime.now(UTC))


@attrs.define(eq=False)
class SystemIds(Ids):
    """The system's cryptographically secure random generator."""

    def new(self, size: int) -> bytes:
        return secrets.token_bytes(size)


@attrs.define(eq=False)
class VirtualClock(Clock):
    """A clock that stands until it is moved."""

    moment: datetime = datetime(2027, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        self.moment += by


@attrs.define(eq=False)
class SeededIds(Ids):
    """The same ids in every run with the same seed; they can be guessed."""

    _random: random.Random = attrs.field(converter=random.Random, repr=False)

    def new(self, size: int) -> bytes:
        return self._random.randbytes(size)
