"""What an event has sold, taken and admitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.events import Event
from ticketcore.domain.ids import TicketCode
from ticketcore.domain.money import Money
from ticketcore.domain.tickets import Admission

#: Attempts whose money came: what is on its way back had come before.
TAKEN = frozenset({AttemptStatus.CAPTURED, AttemptStatus.REFUNDING, AttemptStatus.REFUNDED})


@attrs.frozen
class DoubleAdmission:
    """A ticket that several scans admitted, some of them without network: its number in its order, and the gates."""

    ticket_code: TicketCode
    number: int
    gates: tuple[str, ...]

    @classmethod
    def of(cls, code: TicketCode, number: int, admission: Admission, others: Iterable[Admission]) -> DoubleAdmission:
        """Return what happened to a ticket; the gates stand in the order of their scans."""
        return cls(code, number, tuple(each.gate for each in (admission, *others)))


@attrs.frozen
class EventSummary:
    """An event's sales at one moment.

    ``due`` are the places of reservations past their deadline, which count as free.  ``takings`` is all money that came,
    ``refunded`` what of it went back.  ``gates`` has the number of tickets that are used, by the name of the gate.
    ``double_admissions`` are tickets that let more than one person in, by ticket code and number.
    """

    event: Event
    due: int
    takings: Money
    refunded: Money
    gates: Mapping[str, int] = attrs.field(hash=False)
    double_admissions: tuple[DoubleAdmission, ...] = ()

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
