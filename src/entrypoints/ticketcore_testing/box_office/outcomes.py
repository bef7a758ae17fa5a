"""What was answered, on one line, as the model writes it."""

from __future__ import annotations

import attrs

from ticketcore import LiveEvent, Order, Refusal, Ticket
from ticketcore.domain.refusals import InvalidRequest

Answer = LiveEvent | Order | Ticket | Refusal


def told(answer: Answer) -> str:
    """Return a status, or a refusal's code with its facts; for a request with faults, their fields."""
    match answer:
        case LiveEvent():
            return "changed"
        case Order() | Ticket():
            return answer.status.value
        case InvalidRequest(errors=faults):
            return " ".join([answer.code, *(fault.field for fault in faults)])
        case Refusal():
            return " ".join([answer.code, *map(str, attrs.astuple(answer))])
