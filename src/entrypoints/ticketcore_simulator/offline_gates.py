"""Gates without network: they judge by their lists and their own scans, and merge these later, in any order, repeatedly."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol, TypeVar

import attrs

from ticketcore import BoxOffice, Holder, Refusal, Role, Ticket, TicketStatus
from ticketcore.domain import ids
from ticketcore.domain.gate_lists import GateBundle, GatePlace
from ticketcore.domain.ids import EventId, TicketId
from ticketcore.domain.merging import OfflineScan
from ticketcore_simulator.observed import MadeScan, Observed
from ticketcore_simulator.scheduler import Scheduler

T = TypeVar("T")

#: How far the clock of a gate may be wrong.
_MOST_SKEW_SECONDS = 5


class Ask(Protocol):
    """Calls the box office of any service, again until it returns, and returns its outcome."""

    @abstractmethod
    def __call__(self, what: str, call: Callable[[BoxOffice], T]) -> T:
        """Return the outcome."""


@attrs.define(eq=False)
class OfflineGate:
    """One gate with a list for each event, and the scans that it has made by itself."""

    name: str
    events: Sequence[EventId]
    observed: Observed
    _scheduler: Scheduler
    _ask: Ask
    _skew: timedelta = attrs.field(init=False)
    _places: dict[EventId, GatePlace | None] = attrs.field(init=False, factory=dict)
    _statuses: dict[str, TicketStatus] = attrs.field(init=False, factory=dict)
    _scans: dict[EventId, list[OfflineScan]] = attrs.field(init=False, factory=dict)
    _admitted: set[TicketId] = attrs.field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        self._skew = timedelta(seconds=self._scheduler.random.randint(-_MOST_SKEW_SECONDS, _MOST_SKEW_SECONDS))

    @property
    def key(self) -> Holder:
        """The holder of the gate's key."""
        return Holder(self.name, self.name, Role.GATE)

    def scan(self, ticket: Ticket) -> None:
        """Admit a ticket, unless the list or an own scan says that it is used or void."""
        listed = self._statuses.get(ids.digest(ticket.id), TicketStatus.VALID)
        if listed is not TicketStatus.VALID or ticket.id in self._admitted:
            return
        self._admitted.add(ticket.id)
        scans = self._scans.setdefault(ticket.event_id, [])
        scan_id = f"offline scan {len(self._admitted):06} at {self.name}"
        # As the wire has it.
        scanned_at = self._scheduler.clock.moment + self._skew
        scanned_at -= timedelta(microseconds=scanned_at.microsecond % 1000)
        scans.append(OfflineScan(ticket.qr_code, scan_id, scanned_at))
        self.observed.scanned_offline.setdefault(ticket.id, []).append(MadeScan(self.name, scan_id, scanned_at))

    def look(self) -> None:
        """Have the lists brought up to date."""
        for event_id in self.events:
            while self._read(event_id):
                pass

    def _read(self, event_id: EventId) -> bool:
        """Read a piece of a list; return whether there may be more."""
        after = self._places.get(event_id)
        bundle = self._ask("bundle", partial(BoxOffice.gate_bundle, event_id=event_id, after=after, holder=self.key))
        assert isinstance(bundle, GateBundle)
        self._statuses.update({ticket.digest: ticket.status for ticket in bundle.list.tickets})
        self._places[event_id] = bundle.list.after
        return bool(bundle.list.tickets)

    def merge(self, share: float = 1) -> None:
        """Merge about that share of all scans, in any order; they are kept, and may be merged again."""
        rng = self._scheduler.random
        for event_id, scans in self._scans.items():
            chosen = [scan for scan in scans if rng.random() < share]
            rng.shuffle(chosen)
            if chosen:
                self._merge(event_id, chosen)

    def _merge(self, event_id: EventId, scans: Sequence[OfflineScan]) -> None:
        merged = self._ask(
            "merge",
            partial(BoxOffice.merge_scans, event_id=event_id, gate=self.name, scans=scans, holder=self.key),
        )
        assert not isinstance(merged, Refusal), "a gate merges scans of events that there are"
        if [each.scan_id for each in merged] != [scan.scan_id for scan in scans]:
            self.observed.wronged.append("scans were merged, and others were reported")
        self.observed.merged.update({each.scan_id: each for each in merged})

    def stale(self, tickets: Sequence[Ticket]) -> list[TicketId]:
        """Return the tickets of which the lists, once up to date, say something else."""
        return [each.id for each in tickets if self._statuses.get(ids.digest(each.id)) is not each.status]
