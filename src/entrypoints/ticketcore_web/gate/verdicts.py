"""Verdicts of the service on tickets, in words for a door: what, why, and what to do next."""

from __future__ import annotations

from typing import Any

import attrs

from ticketcore import Admitted, TicketRecord
from ticketcore.domain.refusals import (
    EventCancelled,
    NothingToUndo,
    Refusal,
    TicketAlreadyUsed,
    TicketNotAuthentic,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WrongEvent,
)
from ticketcore.domain.texts import Text
from ticketcore_web import errors
from ticketcore_web.phrases import PHRASES
from ticketcore_wire.ticket_schemas import ADMISSION

ADMITTED = "admitted"
REFUSED = "refused"
UNDONE = "undone"
_STOP = Text("Do not let this person in.")
#: What the person at the door does next, by the refusal's code.
_NEXT = {
    TicketAlreadyUsed.code: Text("Do not let this person in. Someone came in with this ticket before."),
    WrongEvent.code: Text("Do not let this person in here. Read the event on the ticket."),
    EventCancelled.code: _STOP,
    TicketVoid.code: _STOP,
    TooEarly.code: Text("Ask the person to wait. The ticket stays valid."),
    TicketNotAuthentic.code: Text("Do not let this person in. Ask for the mail with the ticket."),
    TicketNotFound.code: Text("Check the code and the number, or ask for the mail with the ticket."),
    NothingToUndo.code: Text("Ask the organiser, who can take back any admission."),
}
#: The codes of refusals that are verdicts on tickets.
CODES = frozenset(_NEXT)
#: What a gate may refuse by itself, for it reads seals and lists.
_BY_ITSELF = (TicketAlreadyUsed, WrongEvent, EventCancelled, TicketVoid, TooEarly, TicketNotAuthentic)


@attrs.frozen
class Verdict:
    """A verdict as a door is told it; ``code`` is that of a refusal, and ``ticket`` is known unless it was refused.

    There is no ``detail`` where the title says it all.
    """

    result: str
    title: Text
    detail: Text | None
    next_step: Text
    code: str | None = None
    ticket: TicketRecord | None = None

    @classmethod
    def on(cls, outcome: Admitted | TicketRecord | Refusal) -> Verdict:
        """Return the verdict that an outcome of a use case is."""
        match outcome:
            case Admitted(record=record):
                return cls(ADMITTED, PHRASES["admitted"], _named(record), PHRASES["let_in"], ticket=record)
            case TicketRecord():
                return cls(UNDONE, PHRASES["undone"], _named(outcome), PHRASES["undone_next"], ticket=outcome)
            case _:
                detail = errors.beyond_title(outcome)
                return cls(REFUSED, outcome.title, detail, _NEXT.get(outcome.code, _STOP), outcome.code)

    @property
    def as_json(self) -> dict[str, Any]:
        """The verdict for the page's script."""
        return {
            "result": self.result,
            "code": self.code,
            "title": self.title,
            "detail": self.detail or "",
            "next": self.next_step,
            "ticket": None if self.ticket is None else ADMISSION.encode(self.ticket),
        }


def refused_without_network() -> dict[str, dict[str, Text]]:
    """Return the words for what a gate refuses by itself, by code."""
    return {kind.code: {"title": kind.title, "next": _NEXT[kind.code]} for kind in _BY_ITSELF}


def _named(record: TicketRecord) -> Text:
    return Text(
        "Ticket %(number)s of %(of)s, %(code)s", number=record.ticket.number, of=record.of, code=record.ticket_code
    )
