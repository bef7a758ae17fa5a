"""The live counter is set to the ledger's row, under the row's lock: created, corrected or repaired."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ticketcore.application import expiry
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId
from ticketcore.ports import Counter, Ports


@attrs.frozen
class Repair:
    """A counter that was wrong: ``drift`` is what it had too much, ``None`` if there was no counter."""

    event_id: EventId
    drift: int | None

    def __str__(self) -> str:
        return (
            "the counter was created again"
            if self.drift is None
            else f"the counter was repaired, drift {self.drift:+d}"
        )


def reconcile(ports: Ports, event_id: EventId) -> Repair | None:
    """Expire what is due of an event, and set its counter and terms of sale to the ledger's; return what was wrong.

    Raises ``Unavailable`` if either cannot be reached.
    """
    if not ports.inventory.counts:
        return None
    now = ports.clock.now()
    expiry.expire(ports, event_id)
    with ports.events.locked(event_id) as event:
        if event is None:
            return None
        # The counter forgets the reservations that were due before the expiry, no later ones.
        drift = ports.inventory.reset(event.availability, event.terms, now)
    return Repair(event_id, drift) if drift != 0 else None


def repair(ports: Ports, found: Sequence[Event]) -> list[Repair]:
    """Reconcile the events whose counters differ from the ledger; those that agree need no lock on their row."""
    counters = ports.inventory.counters([event.id for event in found], ports.clock.now())
    differing = [event.id for event in found if not _agrees(counters.get(event.id), event)]
    return [repair for event_id in differing if (repair := try_to_reconcile(ports, event_id))]


def _agrees(counter: Counter | None, event: Event) -> bool:
    if counter is None or counter.may_be_due:
        return False
    return (counter.available, counter.revision) == (event.available, event.revision)


def try_to_reconcile(ports: Ports, event_id: EventId) -> Repair | None:
    """Reconcile if the counter can be reached; raise ``Unavailable`` only if the ledger cannot."""
    try:
        return reconcile(ports, event_id)
    except Unavailable:
        ports.events.check()
        return None
