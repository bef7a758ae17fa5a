"""Events, tickets, outboxes, keys and leases with one broken rule each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import attrs

from ticketcore.domain import acts, events
from ticketcore.domain.acts import ActPage, AdminAct, AdminActKind
from ticketcore.domain.api_keys import ApiKey, Role
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.attendees import AttendeePage, Cursor
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.events import MAX_PER_ORDER, Event, EventChange, EventFilter, EventStatus
from ticketcore.domain.gate_lists import GateList, GatePlace
from ticketcore.domain.ids import EventId, KeyId, OrderId, TicketId
from ticketcore.domain.merging import Merged
from ticketcore.domain.order_listing import Cursor as Place
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, StaleVersion, TicketNotFound
from ticketcore.domain.summary import EventSummary
from ticketcore.domain.tickets import Admission, Ticket, TicketNumber, TicketRecord, TicketStatus
from ticketcore.domain.validation import Admitted, DecisionRefusal, Scan, Undo, UndoDecisionRefusal
from ticketcore.ports import EventPage, OutboxRow
from ticketcore_memory import MemoryEvents, MemoryKeys, MemoryLeases, MemoryOutbox, MemoryTickets
from ticketcore_testing.samples import MILLISECOND

Changed = Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion
Undone = TicketRecord | UndoDecisionRefusal | TicketNotFound
Outcome = Admitted | DecisionRefusal | TicketNotFound

# Events


class AddsOver(MemoryEvents):
    """Replaces an event that has the same id."""

    def add(self, event: Event, by: str | None = None) -> None:
        self._ledger.events[event.id] = event


class ForgetsWhatIsTaken(MemoryEvents):
    """Reduces the capacity below the places in use."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Changed:
        outcome = super().change(event_id, wanted, revision, now)
        if not isinstance(outcome, CapacityInUse):
            return outcome
        event = self._ledger.events[event_id]
        self._ledger.events[event_id] = attrs.evolve(event, held=0, sold=0)
        return super().change(event_id, wanted, revision, now)


class ForgetsTheRevision(MemoryEvents):
    """Ignores the revision, so that the last change wins."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Changed:
        return super().change(event_id, wanted, None, now)


class JoinsLines(MemoryEvents):
    """Stores a description on one line, as a form of one line would."""

    def add(self, event: Event, by: str | None = None) -> None:
        super().add(attrs.evolve(event, description=" ".join(event.description.split())), by)


class KeepsTheDescription(MemoryEvents):
    """Takes an empty description for none, and leaves the one that there is."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Changed:
        return super().change(event_id, attrs.evolve(wanted, description=wanted.description or None), revision, now, by)


class ChangesTheCurrency(MemoryEvents):
    """Changes the currency even if there are orders."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Changed:
        event = self._ledger.events.get(event_id)
        if event is None:
            return EventNotFound()
        changed = events.change(event, wanted, now, has_orders=False, revision=revision)
        if isinstance(changed, Event):
            self._ledger.events[event_id] = changed
        return changed


class ForgetsTheActOfAChange(MemoryEvents):
    """Records the creation of an event and no change of it."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Changed:
        acts = [*self._ledger.acts]
        outcome = super().change(event_id, wanted, revision, now, by)
        self._ledger.acts[:] = acts
        return outcome


class RecordsRefusedChanges(MemoryEvents):
    """Records a change before the rule has decided about it."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Changed:
        outcome = super().change(event_id, wanted, revision, now, by)
        if not isinstance(outcome, Event):
            self._ledger.acts.append(AdminAct(now, by, AdminActKind.EVENT_CHANGED, event_id, "", ()))
        return outcome


class ForgetsWhoActed(MemoryEvents):
    """Records acts without the key's name."""

    def add(self, event: Event, by: str | None = None) -> None:
        super().add(event)


class ActsLater(MemoryEvents):
    """Records the acts on an event after it has let go of the lock."""

    def add(self, event: Event, by: str | None = None) -> None:
        with self._ledger.lock:
            is_new = self._ledger.events.setdefault(event.id, event) is event
        if is_new:
            self._ledger.acts.append(acts.event_created(event, by))

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Changed:
        with self._ledger.lock:
            outcome = super().change(event_id, wanted, revision, now, by)
            recorded = [self._ledger.acts.pop()] if isinstance(outcome, Event) else []
        self._ledger.acts.extend(recorded)
        return outcome


class CountsAllOrders(MemoryEvents):
    """Takes every order for one that is to be refunded."""

    def request_refund(self, request: EventRefund) -> int | None:
        count = super().request_refund(request)
        return count and len(self._ledger.orders_of_event[request.event_id])


class RefundsSilently(MemoryEvents):
    """Records a request without its act."""

    def request_refund(self, request: EventRefund) -> int | None:
        count = super().request_refund(request)
        if count:
            self._ledger.acts.pop()
        return count


class ForgetsTheRequest(MemoryEvents):
    """Counts what is to be refunded and leaves it at that."""

    def request_refund(self, request: EventRefund) -> int | None:
        count = super().request_refund(request)
        self._ledger.event_refunds.pop(request.event_id, None)
        return count


class RecordsNeedlessRequests(MemoryEvents):
    """Records the request of an event that has nothing to refund."""

    def request_refund(self, request: EventRefund) -> int | None:
        count = super().request_refund(request)
        if count is not None:
            self._ledger.event_refunds[request.event_id] = request
        return count


class KeepsTheFirstRequest(MemoryEvents):
    """Goes on with a request that was made again."""

    def request_refund(self, request: EventRefund) -> int | None:
        before = self._ledger.event_refunds.get(request.event_id)
        count = super().request_refund(request)
        if before:
            self._ledger.event_refunds[request.event_id] = before
        return count


class MovesAnyRequest(MemoryEvents):
    """Writes where a process has come to, whatever another one has written."""

    def advance_refund(self, request: EventRefund, after: Place | None) -> bool:
        now = self._ledger.event_refunds.get(request.event_id)
        return now is not None and super().advance_refund(now, after)


class ForgetsThePlace(MemoryEvents):
    """Begins with the first order again."""

    def advance_refund(self, request: EventRefund, after: Place | None) -> bool:
        moved = super().advance_refund(request, after)
        if moved and after:
            self._ledger.event_refunds[request.event_id] = attrs.evolve(request, after=None)
        return moved


class SkipsEqualDates(MemoryEvents):
    """Begins the next page after the last date."""

    def list(self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int) -> EventPage:
        return super().list(wanted, after and (after[0], EventId("\U0010ffff")), limit)


class RepeatsThePlace(MemoryEvents):
    """Begins the next page with the last event of the one before."""

    def list(self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int) -> EventPage:
        return super().list(wanted, after and (after[0], EventId(after[1][:-1])), limit)


class PromisesAnotherPage(MemoryEvents):
    """Gives every full page a cursor."""

    def list(self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int) -> EventPage:
        page = super().list(wanted, after, limit)
        full = len(page.items) == limit
        return EventPage(page.items, (page.items[-1].date, page.items[-1].id) if full else None)


class LocksNothing(MemoryEvents):
    """Returns the event without a lock."""

    @contextmanager
    def locked(self, event_id: EventId) -> Iterator[Event | None]:
        yield self.get(event_id)


class CountsDueLate(MemoryEvents):
    """Treats a reservation as not yet due at its deadline."""

    def due(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        return super().due(event_ids, now - MILLISECOND)


class SumsUpLate(MemoryEvents):
    """Counts a reservation as reserved at its deadline."""

    def summary(self, event_id: EventId, now: datetime) -> EventSummary | None:
        return super().summary(event_id, now - MILLISECOND)


class RefundsEarly(MemoryEvents):
    """Counts money as refunded when its refund begins."""

    def summary(self, event_id: EventId, now: datetime) -> EventSummary | None:
        found = super().summary(event_id, now)
        returning = [self._ledger.attempts.get(each) for each in self._ledger.orders_of_event.get(event_id, ())]
        begun = [each.amount.minor for each in returning if each and each.status is AttemptStatus.REFUNDING]
        return found and attrs.evolve(
            found, refunded=attrs.evolve(found.refunded, minor=found.refunded.minor + sum(begun))
        )


class ForgetsMoneyThatGoesBack(MemoryEvents):
    """Takes what was refunded off the takings."""

    def summary(self, event_id: EventId, now: datetime) -> EventSummary | None:
        found = super().summary(event_id, now)
        return found and attrs.evolve(
            found, takings=attrs.evolve(found.takings, minor=found.takings.minor - found.refunded.minor)
        )


class CountsGatesOfAllEvents(MemoryEvents):
    """Counts the admissions at a gate whatever the event."""

    def summary(self, event_id: EventId, now: datetime) -> EventSummary | None:
        found = super().summary(event_id, now)
        used = [each.admission.gate for each in self._ledger.tickets.values() if each.admission]
        return found and attrs.evolve(found, gates=Counter(used))


# Tickets


class ReturnsTheOldestCode(MemoryTickets):
    """Takes the first ticket for the newest."""

    def newest_qr_code(self) -> str | None:
        return next(iter(self._qr_codes()), None)


class CountsVoidTickets(MemoryTickets):
    """Lists signers whose tickets are all void."""

    def _qr_codes(self) -> list[str]:
        return [ticket.qr_code for ticket in self._ledger.tickets.values()]


class ListsOneSigner(MemoryTickets):
    """Returns the code of the newest ticket alone."""

    def qr_codes_by_signer(self) -> Sequence[str]:
        return self._qr_codes()[-1:]


class ListsRefundedOrders(MemoryTickets):
    """Lists the attendees of orders that were refunded, too."""

    def list(self, event_id: EventId, after: Cursor | None, limit: int) -> AttendeePage:
        with self._ledger.lock:
            orders = self._ledger.orders
            self._ledger.orders = {
                each: attrs.evolve(order, status=OrderStatus.PAID) if order.ticket_code else order
                for each, order in orders.items()
            }
            try:
                return super().list(event_id, after, limit)
            finally:
                self._ledger.orders = orders


class ListsNoVoidTickets(MemoryTickets):
    """Leaves void tickets out of a list of attendees."""

    def of_order(self, order_id: OrderId) -> Sequence[Ticket]:
        return [ticket for ticket in super().of_order(order_id) if not ticket.is_refunded]


class EndsPagesWithOrders(MemoryTickets):
    """Leaves out what is left of an order within which a page ended."""

    def list(self, event_id: EventId, after: Cursor | None, limit: int) -> AttendeePage:
        return super().list(event_id, after and (after[0], after[1], MAX_PER_ORDER), limit)


class CountsItsAttendees(MemoryTickets):
    """Takes a cursor for the number of tickets before it."""

    def list(self, event_id: EventId, after: Cursor | None, limit: int) -> AttendeePage:
        if after is None:
            return super().list(event_id, None, limit)
        page = super().list(event_id, None, limit + limit)
        return attrs.evolve(page, items=page.items[limit:])


class AdmitsAnyStatus(MemoryTickets):
    """Admits a ticket in any status."""

    def admit(self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime) -> Outcome:
        record = self._record(ticket)
        if record is not None:
            self._ledger.tickets[record.ticket.id] = attrs.evolve(record.ticket, is_refunded=False, admission=None)
        return super().admit(ticket, scan, now)


class AdmitsARepeatedScan(MemoryTickets):
    """Treats a repeated scan as a new one and admits the ticket again."""

    def admit(self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime) -> Outcome:
        record = self._record(ticket)
        if record is not None and record.ticket.admission and record.ticket.admission.scan_id == scan.scan_id:
            self._ledger.tickets[record.ticket.id] = attrs.evolve(record.ticket, is_refunded=False, admission=None)
        return super().admit(ticket, scan, now)


class RefusesARepeatedScan(MemoryTickets):
    """Treats a repeated scan as another one and refuses it."""

    def admit(self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime) -> Outcome:
        record = self._record(ticket)
        if record is not None and record.ticket.admission:
            scan = attrs.evolve(scan, scan_id=f"{scan.scan_id} again")
        return super().admit(ticket, scan, now)


class ForgetsTheKey(MemoryTickets):
    """Treats the same scan id with another key as the same scan."""

    def admit(self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime) -> Outcome:
        record = self._record(ticket)
        if record is not None and record.ticket.admission and record.ticket.admission.scan_id == scan.scan_id:
            scan = attrs.evolve(scan, holder=attrs.evolve(scan.holder, id=record.ticket.admission.key_id))
        return super().admit(ticket, scan, now)


class RemembersScansForever(MemoryTickets):
    """Repeats the response of a scan however long ago it was."""

    def admit(self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime) -> Outcome:
        record = self._record(ticket)
        if record is not None and record.ticket.admission and not record.ticket.is_refunded:
            now = record.ticket.admission.date
        return super().admit(ticket, scan, now)


class AdmitsAnywhere(MemoryTickets):
    """Ignores the event of the gate."""

    def admit(self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime) -> Outcome:
        return super().admit(ticket, attrs.evolve(scan, event_ids=None), now)


class AdmitsAfterCancellation(MemoryTickets):
    """Does not look at the event's status."""

    def _record(self, wanted: TicketId | TicketNumber) -> TicketRecord | None:
        record = super()._record(wanted)
        return record and attrs.evolve(record, event_status=EventStatus.ON_SALE)


class AcceptsAnyDate(MemoryEvents):
    """Moves an event into the past without being told so twice."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Changed:
        return super().change(event_id, attrs.evolve(wanted, allow_past=True), revision, now, by)


class AdmitsBeforeTheDoors(MemoryTickets):
    """Does not look at the time of the doors."""

    def _record(self, wanted: TicketId | TicketNumber) -> TicketRecord | None:
        record = super()._record(wanted)
        return record and attrs.evolve(record, doors_at=None)


class UndoesForAnyKey(MemoryTickets):
    """Lets every gate take back every admission."""

    def undo(self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime) -> Undone:
        return super().undo(ticket, attrs.evolve(wanted, holder=attrs.evolve(wanted.holder, role=Role.ADMIN)), now)


class UndoesWithoutARevision(MemoryTickets):
    """Takes an admission back without a new revision of the order."""

    def undo(self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime) -> Undone:
        outcome = super().undo(ticket, wanted, now)
        if isinstance(outcome, TicketRecord):
            self._ledger.revisions[outcome.ticket.order_id] -= 1
        return outcome


class MergesTheLatest(MemoryTickets):
    """Takes the scan that is merged last for the one that counts."""

    def merge(self, ticket_id: TicketId, scan: Scan, scanned_at: datetime, now: datetime) -> Merged | TicketNotFound:
        outcome = super().merge(ticket_id, scan, scanned_at, now)
        if isinstance(outcome, Merged) and outcome.refusal and outcome.record.ticket.admission:
            ticket = outcome.record.ticket
            made = Admission(scanned_at, scan.gate, scan.scan_id, scan.holder.id)
            self._ledger.tickets[ticket_id] = attrs.evolve(ticket, admission=made)
        return outcome


class ForgetsOtherScans(MemoryTickets):
    """Keeps the scan that counts alone."""

    def merge(self, ticket_id: TicketId, scan: Scan, scanned_at: datetime, now: datetime) -> Merged | TicketNotFound:
        outcome = super().merge(ticket_id, scan, scanned_at, now)
        if isinstance(outcome, Merged):
            self._ledger.tickets[ticket_id] = attrs.evolve(outcome.record.ticket, others=())
        return outcome


class MergesSilently(MemoryTickets):
    """Writes no entry of a merged scan."""

    def merge(self, ticket_id: TicketId, scan: Scan, scanned_at: datetime, now: datetime) -> Merged | TicketNotFound:
        before = len(self._ledger.entries)
        outcome = super().merge(ticket_id, scan, scanned_at, now)
        for entry in self._ledger.entries[before:]:
            self._ledger.journal[entry.order_id].remove(entry)
        del self._ledger.entries[before:]
        return outcome


class ForgetsTheUndo(MemoryTickets):
    """Merges scans from before an admission was taken back."""

    def merge(self, ticket_id: TicketId, scan: Scan, scanned_at: datetime, now: datetime) -> Merged | TicketNotFound:
        ticket = self._ledger.tickets.get(ticket_id)
        if ticket:
            self._ledger.tickets[ticket_id] = attrs.evolve(ticket, taken_back=())
        return super().merge(ticket_id, scan, scanned_at, now)


class ListsWhatIsPaid(MemoryTickets):
    """Leaves refunded tickets out of the lists of gates."""

    def gate_list(self, event_id: EventId, after: GatePlace | None, limit: int) -> GateList:
        found = super().gate_list(event_id, after, limit)
        return attrs.evolve(
            found, tickets=tuple(each for each in found.tickets if each.status is not TicketStatus.VOID)
        )


class BeginsWithTheEnd(MemoryTickets):
    """Lists what changes from the end of the first list on, not from its beginning."""

    def gate_list(self, event_id: EventId, after: GatePlace | None, limit: int) -> GateList:
        found = super().gate_list(event_id, after, limit)
        is_last = after is not None and after.after is not None and found.after.after is None
        return attrs.evolve(found, after=GatePlace(len(self._ledger.entries))) if is_last else found


class UndoesAfterARefund(MemoryTickets):
    """Makes a used ticket valid although its money went back."""

    def undo(self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime) -> Undone:
        record = self._record(ticket)
        if record is None or record.order_status is not OrderStatus.REFUNDED or record.ticket.admission is None:
            return super().undo(ticket, wanted, now)
        self._ledger.tickets[record.ticket.id] = attrs.evolve(record.ticket, admission=None)
        return record


class SortsAsText(MemoryTickets):
    """Returns ticket 10 before ticket 2."""

    def of_order(self, order_id: OrderId) -> Sequence[Ticket]:
        return sorted(super().of_order(order_id), key=lambda ticket: str(ticket.number))


# The outbox


class MarksBeforeSending(MemoryOutbox):
    """Removes a row as soon as it was read."""

    def pending(self, limit: int, order_ids: Collection[OrderId] | None = None) -> Sequence[OutboxRow]:
        rows = super().pending(limit, order_ids)
        super().sent(rows)
        return rows


class NoOutbox(MemoryOutbox):
    """Leaves publishing to the caller after the commit, with nothing for a sweep to find."""

    def pending(self, limit: int, order_ids: Collection[OrderId] | None = None) -> Sequence[OutboxRow]:
        return super().pending(limit, order_ids) if order_ids is not None else ()


class LimitsFirst(MemoryOutbox):
    """Searches an order's rows among the oldest only."""

    def pending(self, limit: int, order_ids: Collection[OrderId] | None = None) -> Sequence[OutboxRow]:
        return [row for row in super().pending(limit) if order_ids is None or row.order_id in order_ids]


class YoungestFirst(MemoryOutbox):
    """Returns the newest rows first."""

    def pending(self, limit: int, order_ids: Collection[OrderId] | None = None) -> Sequence[OutboxRow]:
        return super().pending(1_000_000, order_ids)[::-1][:limit]


class UsesIdsAgain(MemoryOutbox):
    """Numbers its rows from the beginning when it is empty."""

    def sent(self, rows: Sequence[OutboxRow]) -> None:
        super().sent(rows)
        self._ledger.outbox_last = max(self._ledger.outbox, default=0)


# Keys and secrets


class ForgetsTheEventsOfAKey(MemoryKeys):
    """Stores a bound key as one for all events."""

    def add(self, key: ApiKey, by: str | None = None) -> None:
        super().add(attrs.evolve(key, event_ids=None), by)


class AddsAKeyOver(MemoryKeys):
    """Replaces a key that has the same id."""

    def add(self, key: ApiKey, by: str | None = None) -> None:
        self._ledger.keys[key.id] = key


class RevokesAgain(MemoryKeys):
    """Revokes a revoked key with a new time."""

    def revoke(self, key_id: KeyId, now: datetime, by: str | None = None) -> ApiKey | None:
        key = self._ledger.keys.get(key_id)
        if key is not None:
            self._ledger.keys[key_id] = attrs.evolve(key, revoked_at=None)
        return super().revoke(key_id, now, by)


class ForgetsTheActOfARevocation(MemoryKeys):
    """Records that a key was made and not that it was revoked."""

    def revoke(self, key_id: KeyId, now: datetime, by: str | None = None) -> ApiKey | None:
        acts = [*self._ledger.acts]
        key = super().revoke(key_id, now, by)
        self._ledger.acts[:] = acts
        return key


class RecordsEveryRevocation(MemoryKeys):
    """Records a revocation each time that it is asked for."""

    def revoke(self, key_id: KeyId, now: datetime, by: str | None = None) -> ApiKey | None:
        before = self.get(key_id)
        key = super().revoke(key_id, now, by)
        if before and before.revoked_at:
            self._ledger.acts.append(acts.key_revoked(before, by, now))
        return key


class ActsOnKeysLater(MemoryKeys):
    """Records the acts on a key after it has let go of the lock."""

    def add(self, key: ApiKey, by: str | None = None) -> None:
        with self._ledger.lock:
            self._ledger.keys[key.id] = key
        self._ledger.acts.append(acts.key_created(key, by))


class ListsTheOldestActs(MemoryKeys):
    """Begins a listing of acts with the oldest one."""

    def acts(self, after: int | None, limit: int) -> ActPage:
        page = super().acts(after, limit)
        return attrs.evolve(page, items=tuple(reversed(page.items)))


class RepeatsAnAct(MemoryKeys):
    """Begins the next page of acts with the last one of the page before."""

    def acts(self, after: int | None, limit: int) -> ActPage:
        return super().acts(after and after + 1, limit)


class ListsValidKeys(MemoryKeys):
    """Leaves revoked keys out."""

    def list(self) -> Sequence[ApiKey]:
        return [key for key in super().list() if key.revoked_at is None]


@attrs.define(eq=False)
class SecretPerProcess(MemoryKeys):
    """Keeps secrets in the process that made them."""

    _secrets: dict[str, bytes] = attrs.field(factory=dict)

    def secret(self, name: str, fresh: bytes) -> bytes:
        return self._secrets.setdefault(name, fresh)


class SecretPerCall(MemoryKeys):
    """Stores every secret that it is given."""

    def secret(self, name: str, fresh: bytes) -> bytes:
        self._ledger.secrets[name] = fresh
        return fresh


# Leases


class LeasesForEver(MemoryLeases):
    """Leaves a lease to its first holder, who may be dead."""

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        return self._ledger.leases.setdefault(name, (holder, until))[0] == holder


class LeasesToAll(MemoryLeases):
    """Gives a lease to each that asks."""

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        return True


class LeasesOnce(MemoryLeases):
    """Takes a lease for free at its first end, although its holder has renewed it."""

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        before = self._ledger.leases.get(name)
        is_taken = super().acquire(name, holder, now, until)
        if before and before[0] == holder:
            self._ledger.leases[name] = before
        return is_taken


class LeasesLonger(MemoryLeases):
    """Prolongs a lease when another asks for it."""

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        is_taken = super().acquire(name, holder, now, until)
        if not is_taken:
            self._ledger.leases[name] = self._ledger.leases[name][0], until
        return is_taken


class OneLease(MemoryLeases):
    """Has one lease for all names."""

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        return super().acquire("lease", holder, now, until)
