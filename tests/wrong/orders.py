"""Orders with one broken rule each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from ticketcore.domain import reservations
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.journal import Entry
from ticketcore.domain.ledger_faults import StoredOrder
from ticketcore.domain.order_listing import Cursor, OrderFilter, OrderPage
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.refusals import SoldOut
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.domain.retention import AddressedOrder
from ticketcore.domain.tickets import TicketStatus
from ticketcore.ports import Conflict
from ticketcore_memory import MemoryOrders
from ticketcore_testing.samples import MILLISECOND

Decided = tuple[OrderRecord, Decision]

# Reserving


class InsertsFirst(MemoryOrders):
    """Writes the order before its places are taken, and keeps it when there are too few."""

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        outcome = super().reserve(wanted, now)
        if isinstance(outcome, SoldOut):
            event = self._ledger.events[wanted.event_id]
            order = reservations.reserve(attrs.evolve(event, capacity=event.capacity + wanted.quantity), wanted, now)
            assert isinstance(order, Order)
            self._ledger.orders[order.id] = order
            self._ledger.revisions[order.id] = 1
            self._ledger.orders_of_event[event.id].append(order.id)
        return outcome


class TakesAgain(MemoryOrders):
    """Takes the places of a repeated reservation a second time."""

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        before = self.get(wanted.order_id)
        if before is None:
            return super().reserve(wanted, now)
        event = self._ledger.events[before.event_id]
        if before.quantity <= event.available:
            self._ledger.events[event.id] = attrs.evolve(event, held=event.held + before.quantity)
        return Change(before)


class FindsByBeginning(MemoryOrders):
    """Finds an order by the beginning of its digest."""

    def find(self, digest: str) -> Order | None:
        known = self._ledger.order_ids.items()
        return next((self._ledger.orders[each] for whole, each in known if whole.startswith(digest)), None)


# Listing


class ListsByRecordedStatus(MemoryOrders):
    """Lists a reservation past its deadline as reserved until a sweep has expired it."""

    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        return super().list(wanted, datetime.min.replace(tzinfo=UTC), after, limit)


class ListsOldestFirst(MemoryOrders):
    """Lists orders in the order of their creation."""

    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        page = super().list(wanted, now, after, limit)
        return attrs.evolve(page, items=page.items[::-1])


class SkipsEqualTimes(MemoryOrders):
    """Begins the next page behind the millisecond in which the page before ended."""

    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        return super().list(wanted, now, after and (after[0], ""), limit)


class CountsItsPages(MemoryOrders):
    """Begins a page so many orders behind the newest, however many have arrived since."""

    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        if after is None:
            self.skipped = limit
            return super().list(wanted, now, None, limit)
        rest = super().list(wanted, now, None, 1000).items[self.skipped :]
        self.skipped += limit
        return OrderPage.of(rest, limit)


class ListsOneSpelling(MemoryOrders):
    """Takes two spellings of an address for two addresses."""

    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        page = super().list(wanted, now, after, limit)
        address = wanted.customer_email
        return attrs.evolve(page, items=tuple(each for each in page.items if address in {None, each.customer_email}))


class ListsRefundedMail(MemoryOrders):
    """Lists orders whose mail could not be delivered, whatever became of them."""

    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        if not wanted.undelivered:
            return super().list(wanted, now, after, limit)
        found = super().list(attrs.evolve(wanted, undelivered=False), now, after, 1000).items
        return OrderPage.of([each for each in found if each.delivery is DeliveryStatus.UNDELIVERED], limit)


# Deciding: each writes something other than the decision.


class IgnoresTheRevision(MemoryOrders):
    """Writes a decision over a change that overtook it."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        revision = self._ledger.revisions[record.order.id]
        return super().write(attrs.evolve(record, revision=revision), decision)


class LoadsOneOfMany(MemoryOrders):
    """Loads the first of several orders."""

    def load_all(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, OrderRecord]:
        return super().load_all([*order_ids][:1])


class WritesOneOfMany(MemoryOrders):
    """Writes the first of several decisions, and takes the others for written."""

    def write_all(self, decided: Sequence[Decided]) -> Sequence[Change | Conflict]:
        return [*super().write_all(decided[:1]), *(Change(decision.order) for _, decision in decided[1:])]


class StopsAtAConflict(MemoryOrders):
    """Writes no decision behind one that was overtaken."""

    def write_all(self, decided: Sequence[Decided]) -> Sequence[Change | Conflict]:
        outcomes: list[Change | Conflict] = []
        for record, decision in decided:
            is_stopped = Conflict() in outcomes
            outcomes.append(Conflict() if is_stopped else self.write(record, decision))
        return outcomes


class WritesAllOrNothing(MemoryOrders):
    """Writes no decision of several if one was overtaken."""

    def write_all(self, decided: Sequence[Decided]) -> Sequence[Change | Conflict]:
        if any(self._is_overtaken(record) for record, _ in decided):
            return [Conflict() for _ in decided]
        return super().write_all(decided)


class ChangesPlacesOnce(MemoryOrders):
    """Changes an event's places by several decisions as by one, with one version."""

    def write_all(self, decided: Sequence[Decided]) -> Sequence[Change | Conflict]:
        outcomes = super().write_all(decided)
        shown = [each.availability for each in outcomes if isinstance(each, Change) and each.availability]
        if not shown:
            return outcomes
        event = self._ledger.events[shown[0].event_id]
        self._ledger.events[event.id] = attrs.evolve(event, version=event.version - len(shown) + 1)
        last = self._ledger.events[event.id].availability
        return [
            attrs.evolve(each, availability=last) if isinstance(each, Change) and each.availability else each
            for each in outcomes
        ]


class ReturnsTheLastAvailability(MemoryOrders):
    """Returns for each of several changes what was left after the last one."""

    def write_all(self, decided: Sequence[Decided]) -> Sequence[Change | Conflict]:
        outcomes = super().write_all(decided)
        shown = [each.availability for each in outcomes if isinstance(each, Change) and each.availability]
        return [
            attrs.evolve(each, availability=shown[-1]) if isinstance(each, Change) and each.availability else each
            for each in outcomes
        ]


class KeepsTheRevision(MemoryOrders):
    """Does not raise the revision of an order."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        outcome = super().write(record, decision)
        self._ledger.revisions[record.order.id] = record.revision
        return outcome


class ExpiresBesideTheRevision(MemoryOrders):
    """Does not raise the revision for an expiry."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        revisions = dict(self._ledger.revisions)
        expired = super().expire_due(event_id, now, limit)
        self._ledger.revisions = revisions
        return expired


class RemindersAreRevisions(MemoryOrders):
    """Raises the revision for a reminder."""

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        rows = set(self._ledger.outbox)
        reminded = super().remind(before, now, limit)
        for number in set(self._ledger.outbox) - rows:
            self._ledger.revisions[self._ledger.outbox[number].order_id] += 1
        return reminded


class IgnoresTheEvent(MemoryOrders):
    """Writes a decision for an event whose status has changed meanwhile."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        status = self._ledger.events[record.order.event_id].status
        return super().write(attrs.evolve(record, event_status=status), decision)


class IgnoresCancellations(IgnoresTheEvent):
    """Gives up no payment of a cancelled event either: where one of the two is left, no order is sold after the cancellation."""

    def stranded(self, limit: int) -> Sequence[OrderId]:
        return ()


class LoadsNoEvent(MemoryOrders):
    """Loads every event as on sale."""

    def load(self, order_id: OrderId) -> OrderRecord | None:
        record = super().load(order_id)
        return record and attrs.evolve(record, event_status=EventStatus.ON_SALE)

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        status = self._ledger.events[record.order.event_id].status
        return super().write(attrs.evolve(record, event_status=status), decision)


class LoadsALaterDeadline(MemoryOrders):
    """Loads every reservation with a deadline a millisecond later."""

    def load(self, order_id: OrderId) -> OrderRecord | None:
        record = super().load(order_id)
        return record and attrs.evolve(record, order=_later(record.order, MILLISECOND))

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, order=_later(decision.order, -MILLISECOND)))


def _later(order: Order, by: timedelta) -> Order:
    return attrs.evolve(order, expires_at=order.expires_at + by)


class LoadsNoAttempt(MemoryOrders):
    """Loads every order without its payment attempt."""

    def load(self, order_id: OrderId) -> OrderRecord | None:
        record = super().load(order_id)
        return record and attrs.evolve(record, attempt=None)


class WritesNoMessage(MemoryOrders):
    """Leaves the message of a decision to be published after the commit."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, enqueues=False))


class WritesEveryMessage(MemoryOrders):
    """Puts the order into the outbox with every decision."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, enqueues=True))


class WritesNoEntry(MemoryOrders):
    """Writes a decision without its journal entry."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, entries=()))


class IssuesNoTickets(MemoryOrders):
    """Records a sale without its tickets."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, issued=()))


class WritesHalfOfAConflict(MemoryOrders):
    """Issues the tickets of a decision that it does not write."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        outcome = super().write(record, decision)
        if isinstance(outcome, Conflict):
            self._issue(decision.issued)
        return outcome


class ForgetsTheCode(MemoryOrders):
    """Gives a ticket code to two orders."""

    def _is_code_taken(self, order: Order) -> bool:
        return False


class KeepsTheAttempt(MemoryOrders):
    """Does not write the attempt of a decision."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, attempt=record.attempt or decision.attempt))


class KeepsTheToken(MemoryOrders):
    """Writes the status of an attempt alone."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        attempt = decision.attempt
        if attempt is not None and record.attempt is not None:
            attempt = attrs.evolve(attempt, token=record.attempt.token)
        return super().write(record, attrs.evolve(decision, attempt=attempt))


class KeepsTheAddress(MemoryOrders):
    """Writes no address of a decision."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        order = attrs.evolve(decision.order, customer_email=record.order.customer_email)
        return super().write(record, attrs.evolve(decision, order=order))


class FindsAddressesByCase(MemoryOrders):
    """Takes two spellings of an address for two addresses."""

    def addressed(
        self, customer_email: str | None, before: datetime | None, after: OrderId | None, limit: int
    ) -> Sequence[AddressedOrder]:
        found = super().addressed(customer_email, before, after, limit)
        orders = self._ledger.orders
        return [each for each in found if customer_email in {None, orders[each.order_id].customer_email}]


class FindsComingEvents(MemoryOrders):
    """Finds the orders of events that are still to come."""

    def addressed(
        self, customer_email: str | None, before: datetime | None, after: OrderId | None, limit: int
    ) -> Sequence[AddressedOrder]:
        return super().addressed(customer_email, None, after, limit)


class PagesWithoutTickets(MemoryOrders):
    """Returns orders without the tickets that are used or void."""

    def page(self, after: OrderId | None, limit: int) -> Sequence[StoredOrder]:
        found = super().page(after, limit)
        valid = TicketStatus.VALID
        return [attrs.evolve(each, tickets=tuple(t for t in each.tickets if t.status is valid)) for each in found]


class PagesWithoutMessages(MemoryOrders):
    """Does not see the outbox."""

    def page(self, after: OrderId | None, limit: int) -> Sequence[StoredOrder]:
        return [attrs.evolve(each, is_enqueued=False) for each in super().page(after, limit)]


class RepeatsAnOrder(MemoryOrders):
    """Begins a page with the last order of the one before."""

    def page(self, after: OrderId | None, limit: int) -> Sequence[StoredOrder]:
        if after is None:
            return super().page(after, limit)
        behind = super().page(None, 1000)
        position = next((number for number, each in enumerate(behind) if each.record.order.id == after), 0)
        return behind[position : position + limit] if position < len(behind) - 1 else ()


class DeclineKeepsPlaces(MemoryOrders):
    """Ends a declined order without giving its places back."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        held = self._ledger.events[record.order.event_id].held
        outcome = super().write(record, decision)
        if decision.order.status is OrderStatus.DECLINED:
            event = self._ledger.events[record.order.event_id]
            self._ledger.events[event.id] = attrs.evolve(event, held=held)
        return outcome


class KeepsTheCount(MemoryOrders):
    """Gives an order's places back, and not its customer's."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        counted = dict(self._ledger.customers)
        outcome = super().write(record, decision)
        self._ledger.customers = counted
        return outcome


class LeavesTheCount(MemoryOrders):
    """Leaves the count of a corrected order with the address before."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        counted = dict(self._ledger.customers)
        outcome = super().write(record, decision)
        if record.order.customer != decision.order.customer is not None:
            self._ledger.customers = counted
        return outcome


class CorrectsBeyondTheLimit(MemoryOrders):
    """Corrects an order although its new customer has too many places by then."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, most_places=None))


class ExpiresBesideTheCount(MemoryOrders):
    """Expires orders without giving their customers' places back."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        counted = dict(self._ledger.customers)
        expired = super().expire_due(event_id, now, limit)
        self._ledger.customers = counted
        return expired


class CountsOneEvent(MemoryOrders):
    """Counts a customer's places at all events together."""

    def _rule(self, event: Event, wanted: ReservationRequest, now: datetime) -> Order | ReserveRefusal:
        customers = self._ledger.customers.items()
        held = sum(places for (_, customer), places in customers if customer == wanted.customer)
        return reservations.reserve(event, wanted, now, held)


class LimitsNoCustomer(MemoryOrders):
    """Knows no limit of customers."""

    def _rule(self, event: Event, wanted: ReservationRequest, now: datetime) -> Order | ReserveRefusal:
        return reservations.reserve(event, wanted, now)


class OpensEarly(MemoryOrders):
    """Sells before the start of a sale."""

    def _rule(self, event: Event, wanted: ReservationRequest, now: datetime) -> Order | ReserveRefusal:
        return super()._rule(attrs.evolve(event, sale_starts_at=None), wanted, now)


class SellsUntilTheDate(MemoryOrders):
    """Knows no end of a sale but the event's date."""

    def _rule(self, event: Event, wanted: ReservationRequest, now: datetime) -> Order | ReserveRefusal:
        return super()._rule(attrs.evolve(event, sale_ends_at=None), wanted, now)


class RefundWithoutRecord(MemoryOrders):
    """Refunds an order without recording that its money is to be returned."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        attempt = decision.attempt
        if attempt is not None and attempt.status is AttemptStatus.REFUNDING:
            decision = attrs.evolve(decision, attempt=attempt.to(AttemptStatus.REFUNDED))
        return super().write(record, decision)


class RefundKeepsTickets(MemoryOrders):
    """Refunds an order and keeps its tickets valid."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, voids=()))


class RefundIgnoresScans(MemoryOrders):
    """Writes a refund although a ticket was used since it was decided."""

    def _is_used(self, decision: Decision) -> bool:
        return False


class RefundVoidsUsedTickets(MemoryOrders):
    """Makes used tickets void too."""

    def _refund(self, order_id: OrderId, numbers: Collection[int]) -> None:
        for ticket in self._numbered(order_id, numbers):
            self._ledger.tickets[ticket.id] = attrs.evolve(ticket, is_refunded=True, admission=None)


class ForgetsThatUsedTicketsAreRefunded(MemoryOrders):
    """Returns the money of a used ticket each time it is asked for."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, refunds_used=()))


class PollsNothing(MemoryOrders):
    """Leaves a payment that waits for its buyer to notices."""

    def poll(self, now: datetime, again_at: datetime, limit: int) -> int:
        return 0


class PollsAtEachSweep(MemoryOrders):
    """Forgets that a payment was polled."""

    def poll(self, now: datetime, again_at: datetime, limit: int) -> int:
        return super().poll(now, now, limit)


class PollsTheLatestFirst(MemoryOrders):
    """Polls any payments that are due, not the soonest."""

    def poll(self, now: datetime, again_at: datetime, limit: int) -> int:
        attempts = self._ledger.attempts
        latest = sorted(attempts.values(), key=lambda each: each.poll_at or now, reverse=True)
        due = [each for each in latest if each.poll_at and each.poll_at <= now][:limit]
        for attempt in due:
            attempts[attempt.order_id] = attrs.evolve(attempt, poll_at=again_at)
            self._ledger.put_in_outbox(attempt.order_id)
        return len(due)


class RefundKeepsPlaces(MemoryOrders):
    """Refunds an order without giving its places back."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        outcome = super().write(record, decision)
        if isinstance(outcome, Change) and decision.order.status is OrderStatus.REFUNDED and decision.voids:
            event = self._ledger.events[record.order.event_id]
            self._ledger.events[event.id] = attrs.evolve(event, sold=event.sold + len(decision.voids))
        return outcome


class ReturnsNoAvailability(MemoryOrders):
    """Does not return the availability that a decision has changed."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        outcome = super().write(record, decision)
        return attrs.evolve(outcome, availability=None) if isinstance(outcome, Change) else outcome


# Ending


class ExpiresLate(MemoryOrders):
    """Expires a reservation a millisecond too late."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return super().expire_due(event_id, now - MILLISECOND, limit)


class ExpiresEarly(MemoryOrders):
    """Expires a reservation a millisecond too early."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return super().expire_due(event_id, now + MILLISECOND, limit)


class ExpiresProcessing(MemoryOrders):
    """Expires an order whose payment is in progress."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        for order in list(self._ledger.orders.values()):
            if order.status is OrderStatus.PROCESSING and order.expires_at <= now:
                self._ledger.replace(order, attrs.evolve(order, status=OrderStatus.EXPIRED, places=0))
        return super().expire_due(event_id, now, limit)


class ExpiresBeyondTheLimit(MemoryOrders):
    """Ignores the limit."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return super().expire_due(event_id, now, 1000)


class ExpiresOldOrdersFirst(MemoryOrders):
    """Expires the oldest order first, whatever its deadline."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        made = [order for order in self._ledger.orders.values() if event_id in (None, order.event_id)]
        due = [order for order in made if reservations.is_due(order, now)][:limit]
        return [self._expire(order, now) for order in due]


class ExpiresInOneGo(MemoryOrders):
    """Returns the same availability with each order that expired together."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        changes = super().expire_due(event_id, now, limit)
        return [
            attrs.evolve(each, availability=self._ledger.events[each.order.event_id].availability) for each in changes
        ]


# Afterwards


class StrandsNothing(MemoryOrders):
    """Finds no payment of a cancelled event."""

    def stranded(self, limit: int) -> Sequence[OrderId]:
        return ()


class StrandsWhatIsOnSale(MemoryOrders):
    """Finds the awaited payments of every event."""

    def stranded(self, limit: int) -> Sequence[OrderId]:
        orders = self._ledger.orders.values()
        return [order.id for order in orders if order.status is OrderStatus.PROCESSING][:limit]


class ForgetsToCancel(MemoryOrders):
    """Does not remind of a charge that is to be cancelled."""

    def _needs_work(self, order: Order) -> bool:
        attempt = self._ledger.attempts.get(order.id)
        is_cancelling = attempt is not None and attempt.status is AttemptStatus.CANCELLING
        return super()._needs_work(order) and not is_cancelling


class RemindsAgain(MemoryOrders):
    """Writes a second row for an order with a pending one."""

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        rows, self._ledger.outbox = self._ledger.outbox, {}
        reminded = super().remind(before, now, limit)
        self._ledger.outbox = rows | self._ledger.outbox
        return reminded


class RemindsOfEverything(MemoryOrders):
    """Reminds of orders that need no work."""

    def _needs_work(self, order: Order) -> bool:
        return True


class RemindsSilently(MemoryOrders):
    """Writes rows without journal entries, so that the orders stay silent."""

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        journal = {order_id: list(entries) for order_id, entries in self._ledger.journal.items()}
        reminded = super().remind(before, now, limit)
        self._ledger.journal = journal
        return reminded


class RemindsImpatiently(MemoryOrders):
    """Reminds a millisecond too early."""

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        return super().remind(before + MILLISECOND, now, limit)


class ReturnsTheNewestFirst(MemoryOrders):
    """Returns the newest journal entry first."""

    def journal(self, order_id: OrderId) -> Sequence[Entry]:
        return super().journal(order_id)[::-1]
