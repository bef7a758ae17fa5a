"""Every outcome that an act can have: a closed set, so that metrics stay few and no id can slip in as a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from ticketcore.application.paying import FORGED
from ticketcore.domain.api_keys import KeyRefusal
from ticketcore.domain.correcting import CorrectRefusal
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.payments import PayRefusal, RefundRefusal
from ticketcore.domain.resending import ResendRefusal
from ticketcore.domain.reservations import CancelRefusal, ReserveRefusal
from ticketcore.domain.validation import AdmitRefusal, UndoRefusal
from ticketcore.ports import Act, Occurrence

OTHER = "other"

_STATUSES = frozenset(status.value for status in OrderStatus)


def _codes(union: Any) -> frozenset[str]:
    return frozenset(refusal.code for refusal in get_args(union))


#: What can become of an act that was done.
DONE: Mapping[Act, frozenset[str]] = {
    Act.RESERVE: frozenset({"reserved"}),
    Act.PAY: frozenset({"processing", "paid"}),
    Act.CANCEL: frozenset({"cancelled"}),
    Act.EXPIRE: frozenset({"expired"}),
    Act.NOTICE: frozenset({"known", "unknown"}),
    Act.PUBLISH: frozenset({"published"}),
    # A capture may find its order in any state.
    Act.CHARGE: _STATUSES - {"reserved", "processing"} | {"pending"},
    Act.DELIVER: frozenset({"delivered", "postponed", "refused", "given_up"}),
    Act.RESEND: frozenset({"asked"}),
    Act.TELL: frozenset({"delivered", "postponed", "given_up", "ended"}),
    Act.CORRECT: frozenset({"corrected"}),
    Act.REFUND: frozenset({"started", "given_up", "refunded"}),
    Act.ADMIT: frozenset({"admitted", "merged"}),
    Act.UNDO: frozenset({"undone"}),
    Act.WORK: frozenset({"done", "given_back"}),
    # A key that opens something is part of that act.
    Act.AUTHENTICATE: frozenset(),
}

#: The codes of the refusals that an act can meet.
REFUSED: Mapping[Act, frozenset[str]] = {
    Act.RESERVE: _codes(ReserveRefusal),
    Act.PAY: _codes(PayRefusal),
    Act.CANCEL: _codes(CancelRefusal),
    Act.REFUND: _codes(RefundRefusal),
    Act.RESEND: _codes(ResendRefusal),
    Act.CORRECT: _codes(CorrectRefusal),
    Act.ADMIT: _codes(AdmitRefusal),
    Act.UNDO: _codes(UndoRefusal),
    Act.NOTICE: frozenset({FORGED}),
    Act.AUTHENTICATE: frozenset(refusal.value for refusal in KeyRefusal),
}


def was_refused(occurrence: Occurrence) -> bool:
    """Return whether nothing came of it."""
    return occurrence.outcome in REFUSED.get(occurrence.act, ())


def outcome_of(occurrence: Occurrence) -> str:
    """Return the outcome if it is a known one, otherwise ``other``."""
    known = occurrence.outcome in DONE[occurrence.act] or was_refused(occurrence)
    return occurrence.outcome if known else OTHER
