"""What an event has sold, taken and admitted."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.events import Event
from ticketcore.domain.money import Money

#: Attempts whose money came: what is on its way back had come before.
TAKEN = frozenset({AttemptStatus.CAPTURED, AttemptStatus.REFUNDING, AttemptStatus.REFUNDED})


@attrs.frozen
class EventSummary:
    """An event's sales at one moment.

    ``due`` are the places of reservations past their deadline, which count as free.  ``takings`` is all money that came,
    ``refunded`` what of it went back.  ``gates`` has the number of tickets that are used, by the name of the gate.
    """

    event: Event
    due: int
    takings: Money
    refunded: Money
    gates: Mapping[str, int] = attrs.field(hash=False)

    @property
    def reserved(self) -> int:
        """Places of orders that are reserved or processing."""
        return self.event.held - self.due

    @property
    def available(self) -> int:
        """Free places: capacity - reserved - sold."""
        return self.event.available + self.due

    @property
    def admitted(self) -> int:
        """Tickets that are used."""
        return sum(self.gates.values())
