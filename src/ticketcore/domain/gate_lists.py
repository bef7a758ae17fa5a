"""What a gate needs to judge tickets without network: their statuses, at first all of them and then what changes."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.domain import ids
from ticketcore.domain.checks import cursor
from ticketcore.domain.journal import Step
from ticketcore.domain.order_listing import Cursor
from ticketcore.domain.texts import Text
from ticketcore.domain.tickets import Ticket, TicketStatus

#: The steps after which tickets may have another status, or are there.
CHANGING_STEPS = frozenset(
    {
        Step.PAID,
        Step.REFUND_STARTED,
        Step.PART_REFUND_STARTED,
        Step.ADMITTED,
        Step.ADMITTED_OFFLINE,
        Step.ADMISSION_UNDONE,
    }
)


@attrs.frozen
class GatePlace:
    """Where a gate's list goes on.

    ``journal`` is an entry of the journal, in a number of the ledger's own: what changed up to it is known, once the tickets of all
    orders were listed.  While they are, ``after`` is the cursor of the last order, oldest first.
    """

    journal: int
    after: Cursor | None = None


#: What a BIGINT holds.
_MOST_ENTRIES = 2**63 - 1
_ORDER = cursor(ids.is_digest)


def place_fault(place: object) -> Text | None:
    """Return what is wrong with where a list is to go on, ``None`` if nothing is."""
    wrong = Text("must be where the list before ended")
    if not isinstance(place, GatePlace) or type(place.journal) is not int or not 0 <= place.journal <= _MOST_ENTRIES:
        return wrong
    return None if place.after is None else _ORDER(place.after)


@attrs.frozen
class GateTicket:
    """A ticket as a gate keeps it: the digest of its id, which the seal of its QR text vouches for, and its status."""

    digest: str
    status: TicketStatus

    @classmethod
    def of(cls, ticket: Ticket) -> GateTicket:
        """Return what a gate keeps of a ticket."""
        return cls(ids.digest(ticket.id), ticket.status)


@attrs.frozen
class GateList:
    """A piece of a gate's list, and where the next one begins; it has no end, for tickets go on changing."""

    tickets: tuple[GateTicket, ...]
    after: GatePlace


@attrs.frozen
class GateBundle:
    """All that a gate is given at one time: beside the list the ``public_keys`` that verify seals, and the time."""

    public_keys: tuple[bytes, ...]
    list: GateList
    as_of: datetime
