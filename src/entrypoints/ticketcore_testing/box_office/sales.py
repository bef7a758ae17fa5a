"""The machine's rules for admins, buyers and gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import rule

from ticketcore import (
    NO_LIMIT,
    Attendee,
    AttendeePage,
    EventChange,
    EventDraft,
    EventStatus,
    EventSummary,
    ForgetReport,
    Holder,
    LiveEvent,
    NoLimit,
    Order,
    OrderFilter,
    OrderStatus,
    Refusal,
    Role,
    accepted,
)
from ticketcore.domain.ids import SECRET_BYTES, EventId, TicketCode, TicketId, digest, text_of
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.domain.tickets import TicketNumber
from ticketcore_testing.box_office import model as books
from ticketcore_testing.box_office.history import MILLISECOND, UNKNOWN_ORDER, History, around, which

_BEGINS_AFTER = timedelta(hours=1)
_TOKENS = [
    "tok_approved",
    "tok_approved",
    "tok_approved",
    "tok_flaky",
    "tok_declined",
    "tok_down",
    "tok_pending",
    "nonsense",
]
#: Each address as written and as normalized: the case of a domain does not matter.
_BUYERS = {
    "ann@example.com": "ann@example.com",
    "ann@EXAMPLE.com": "ann@example.com",
    "Ann+2@example.com": "Ann+2@example.com",
    "bob@example.com": "bob@example.com",
}

_HOLDERS = [Holder("1", "one", Role.GATE), Holder("2", "two", Role.GATE), Holder("3", "office", Role.ADMIN)]
_KEYS = ["the first buyer's key", "the second buyer's key"]


def _altered(text: str) -> str:
    at = len(text) // 3
    return text[:at] + ("A" if text[at] == "B" else "B") + text[at + 1 :]


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "white space": lambda text: f" {text}\r\n",
    "lower case": str.lower,
    "a symbology": lambda text: f"\ufeff]Q1{text}\x03",
    "altered": _altered,
}

#: When a time of an event is to be, from now; ``None`` leaves it as it is.
_time = st.sampled_from([None, -MILLISECOND, timedelta(0), MILLISECOND, timedelta(minutes=7), NO_LIMIT])
_status = st.sampled_from([EventStatus.ON_SALE, EventStatus.ON_SALE, *EventStatus])
_changes = st.fixed_dictionaries(
    {},
    optional={
        "capacity": st.integers(0, 9),
        "price": st.integers(0, 3),
        "max_per_order": st.integers(1, 12),
        "status": _status,
        "max_per_customer": st.sampled_from([1, 3, 5, NO_LIMIT]),
    },
)


class Sales(History):
    """The machine's rules for admins, buyers and gates."""

    # Admins

    @rule(
        capacity=st.integers(0, 6),
        price=st.integers(0, 3),
        most=st.integers(1, 12),
        status=_status,
        limit=st.sampled_from([None, 2, 4]),
        starts_in=st.sampled_from([None, None, timedelta(0), MILLISECOND]),
    )
    def create_event(
        self,
        capacity: int,
        price: int,
        most: int,
        status: EventStatus,
        limit: int | None = None,
        starts_in: timedelta | None = None,
    ) -> None:
        date = self.model.now + _BEGINS_AFTER
        starts_at = None if starts_in is None else self.model.now + starts_in
        draft = EventDraft(
            f"Show {next(self.numbers)}", date, "Hall", capacity, f"{price}.00", "EUR", status, most, limit
        )
        live = self.organiser.create_event(attrs.evolve(draft, sale_starts_at=starts_at))
        self.expect("create event", live, "changed" if capacity else "invalid_request capacity")
        if isinstance(live, LiveEvent):
            self.model.events[live.event.id] = books.Event(
                capacity,
                100 * price,
                most,
                status,
                date,
                limit or NO_LIMIT,
                sale_starts_at=starts_at or NO_LIMIT,
                sale_ends_at=NO_LIMIT,
                doors_at=NO_LIMIT,
            )

    @rule(which=which, changes=_changes, revision=st.sampled_from([None, None, 0, 1]))
    def change_event(
        self, which: int, changes: Mapping[str, int | EventStatus | datetime | NoLimit], revision: int | None
    ) -> None:
        """Change an event; a revision of 0 is the current one, one of 1 the one before."""
        event_id = self.event_id(which)
        event = self.model.events.get(event_id)
        seen = event.revision - revision if event and revision is not None else None
        written = {name: f"{value}.00" if name == "price" else value for name, value in changes.items()}
        wanted = EventChange(**written)  # type: ignore[arg-type]  # Each value is drawn for its name.
        result = self.organiser.change_event(event_id, wanted, seen)
        meant = {name: 100 * value if name == "price" else value for name, value in changes.items()}  # type: ignore[operator]  # A price is drawn as an int.
        self.expect("change event", result, self.model.change(event_id, seen, **meant))

    @rule(which=which, starts=_time, ends=_time, doors=_time)
    def change_times(
        self,
        which: int,
        starts: timedelta | NoLimit | None,
        ends: timedelta | NoLimit | None,
        doors: timedelta | NoLimit | None,
    ) -> None:
        """Let a sale start or end, or doors open, about now, or without such a time."""
        wanted = {"sale_starts_at": starts, "sale_ends_at": ends, "doors_at": doors}
        changes = {
            name: self.model.now + time if isinstance(time, timedelta) else time
            for name, time in wanted.items()
            if time is not None
        }
        self.change_event(which, changes, None)

    @rule(which=which)
    def shrink_event(self, which: int) -> None:
        """Change an event's capacity to one place, which is mostly less than is taken."""
        self.change_event(which, {"capacity": 1}, None)

    @rule(which=which, around=around, is_meant=st.booleans())
    def move_event(self, which: int, around: timedelta, is_meant: bool) -> None:
        """Let an event begin now, or a millisecond earlier or later; a date in the past may be a slip."""
        event_id, date = self.event_id(which), self.model.now + around
        result = self.organiser.change_event(event_id, EventChange(date=date, allow_past=is_meant))
        self.expect("move event", result, self.model.reschedule(event_id, date, is_past_meant=is_meant))

    # Buyers

    @rule(
        which=which,
        quantity=st.sampled_from([0, 1, 1, 2, 2, 3, 4, 11, 1001]),
        buyer=st.sampled_from([*_BUYERS]),
        key=st.sampled_from([None, None, *_KEYS]),
    )
    def reserve(self, which: int, quantity: int, buyer: str, key: str | None) -> None:
        self._reserve(self.event_id(which), quantity, buyer, key)

    def _reserve(self, event_id: EventId, quantity: int, buyer: str, key: str | None) -> None:
        result = self.box_office.reserve(event_id, quantity, buyer, key)
        order_id = result.id if isinstance(result, Order) else UNKNOWN_ORDER
        expected = self.model.reserve(order_id, event_id, quantity, _BUYERS.get(buyer, buyer), key)
        self.expect("reserve", result, expected)
        if isinstance(result, Order) and key is not None:
            assert self.model.keys[key] == order_id, "law 5: one key made two orders"

    @rule(
        which=which,
        event=st.none() | which,
        more=st.integers(0, 1),
        buyer=st.sampled_from([None, None, *_BUYERS]),
    )
    def reserve_again(self, which: int, event: int | None, more: int, buyer: str | None) -> None:
        """Use an idempotency key again, for the same order or another, perhaps as another buyer."""
        if not self.model.keys:
            self.reserve(0, 1, "ann@example.com", _KEYS[0])
        for key in list(self.model.keys)[-1 - which :][:1]:
            order = self.model.orders[self.model.keys[key]]
            same = next(each for each, known in self.model.events.items() if known is order.event)
            event_id = same if event is None else self.event_id(event)
            self._reserve(event_id, order.quantity + more, buyer or order.buyer, key)

    @rule(which=which, token=st.sampled_from(_TOKENS), is_lost=st.sampled_from([False, False, True]))
    def pay(self, which: int, token: str, is_lost: bool = False) -> None:
        """Confirm a payment, whose message may stay in the outbox."""
        order_id = self.order_id(which)
        self.watched.queue.is_out_of_reach = is_lost
        self.expect("pay", self.box_office.pay(order_id, token), self.model.pay(order_id, token))
        self.watched.queue.is_out_of_reach = False

    @rule(which=which)
    def cancel(self, which: int) -> None:
        order_id = self.order_id(which)
        self.expect("cancel", self.box_office.cancel(order_id), self.model.cancel(order_id))

    @rule(which=which, include_used=st.booleans(), gateway_fails=st.sampled_from([False, False, True]))
    def refund(self, which: int, include_used: bool = True, gateway_fails: bool = False) -> None:
        """Refund an order, whose money may have to be returned by a worker."""
        order_id = self.order_id(which)
        self.watched.gateway.is_out_of_reach = gateway_fails
        refunded = self.organiser.refund(order_id, include_used=include_used)
        self.watched.gateway.is_out_of_reach = False
        expected = self.model.refund(order_id, include_used=include_used, gateway_fails=gateway_fails)
        self.expect("refund", refunded, expected)

    @rule(
        which=which,
        number=st.integers(1, 3),
        include_used=st.booleans(),
        gateway_fails=st.sampled_from([False, False, True]),
    )
    def refund_part(self, which: int, number: int, include_used: bool = True, gateway_fails: bool = False) -> None:
        """Refund one ticket of an order, which may be the last one."""
        order_id = self.order_id(which)
        self.watched.gateway.is_out_of_reach = gateway_fails
        refunded = self.organiser.refund(order_id, tickets=[number], include_used=include_used)
        self.watched.gateway.is_out_of_reach = False
        expected = self.model.refund_part(order_id, number, include_used=include_used, gateway_fails=gateway_fails)
        self.expect("refund a part", refunded, expected)

    @rule(which=which, is_approved=st.booleans(), notices=st.sampled_from([(), (True,), (True, True), (False,)]))
    def decide(self, which: int, is_approved: bool, notices: tuple[bool, ...] = ()) -> None:
        """Do what a buyer does at the gateway, whose notice is lost, doubled or forged."""
        order_id = self.order_id(which)
        record = self.ports.orders.load(order_id)
        if record is None or record.attempt is None:
            return
        attempt_id = record.attempt.id
        decided = self.watched.gateway.simulated.decide(attempt_id, approved=is_approved)
        assert decided == self.model.decide(order_id, is_approved=is_approved), "a buyer decides once, while it waits"
        self.reach("a buyer decides" if decided else "a buyer has nothing to decide")
        headers, body = self.watched.gateway.simulated.notice_of(attempt_id)
        for is_signed in notices:
            known = self.box_office.receive_notice(headers if is_signed else {}, body)
            assert known is is_signed, "a notice counts if it is signed"

    @rule(which=which)
    def refund_event(self, which: int) -> None:
        """Have all paid orders of an event refunded by the next sweep."""
        event_id = self.event_id(which)
        result = self.organiser.refund_event(event_id)
        count = str(result) if isinstance(result, int) else result
        self.expect("refund event", count, self.model.request_refund(event_id))

    @rule(which=which)
    def resend(self, which: int) -> None:
        order_id = self.order_id(which)
        self.expect("resend", self.organiser.resend(order_id), self.model.resend(order_id))

    @rule(which=which, buyer=st.sampled_from([*_BUYERS]), named=st.sampled_from(["id", "digest", "code"]))
    def correct(self, which: int, buyer: str, named: str = "id") -> None:
        """Correct the address of an order, which an admin names as he knows it."""
        order_id = self.order_id(which)
        names = {"id": str(order_id), "digest": digest(order_id)}
        order = self.ports.orders.get(order_id)
        if order and order.ticket_code:
            names["code"] = order.ticket_code.lower()
        corrected = self.organiser.correct(names.get(named, order_id), buyer)
        self.expect("correct", corrected, self.model.correct(order_id, _BUYERS[buyer]))

    # Listings

    @rule(which=which, status=st.sampled_from([None, None, *OrderStatus]), limit=st.integers(1, 3))
    def list_orders(self, which: int, status: OrderStatus | None, limit: int) -> None:
        """List an event's orders of a status, or of all, page by page: newest first, as they are now."""
        event_id = self.event_id(which)
        event = self.model.events.get(event_id)
        shown: list[Order] = []
        after = None
        while True:
            page = accepted(self.organiser.list_orders(OrderFilter(event_id, status=status), after, limit))
            shown += page.items
            after = page.after
            if after is None:
                break
        known = {
            order_id: order.status
            for order_id, order in self.model.orders.items()
            if order.event is event and status in {None, order.status}
        }
        assert {order.id: order.status for order in shown} == known, "a listing differs from the model's"
        places = [(order.created_at, digest(order.id)) for order in shown]
        assert places == sorted({*places}, reverse=True), "a listing is not newest first, or repeats an order"
        self.reach("list: orders" if shown else "list: nothing")

    @rule(which=which, limit=st.integers(1, 3))
    def list_attendees(self, which: int, limit: int) -> None:
        """List an event's attendees page by page, by order and number."""
        event_id = self.event_id(which)
        shown: list[Attendee] = []
        after = None
        while True:
            page = self.organiser.attendees(event_id, after, limit)
            if not isinstance(page, AttendeePage):
                self.expect("attendees", page, "event_not_found")
                return
            shown += page.items
            after = page.after
            if after is None:
                break
        known = self.model.attendees(event_id)
        listed = [(each.order, each.number, each.status, each.customer_email, each.validation_date) for each in shown]
        assert sorted(listed) == sorted((digest(order_id), *rest) for order_id, *rest in known), "attendees differ"
        orders = list(dict.fromkeys(each.order for each in shown))
        assert listed == sorted(listed, key=lambda each: (orders.index(each[0]), each[1])), "attendees are not in order"

    @rule(which=which)
    def look_at_summary(self, which: int) -> None:
        """Sum an event up: its places and admissions as the model has them, its money as the gateway has it."""
        event_id = self.event_id(which)
        summary = self.organiser.summary(event_id)
        if not isinstance(summary, EventSummary):
            self.expect("summary", summary, "event_not_found")
            return
        shown = f"{summary.available} {summary.reserved} {summary.event.sold} {summary.admitted}"
        assert shown == self.model.summary(event_id), "a summary differs from the model's"
        own = [order for order in self.model.orders.values() if order.event is self.model.events[event_id]]
        kept = sum(order.kept for order in own)
        assert summary.takings.minor - summary.refunded.minor == kept, "law 2: a summary has other money than was kept"
        self.reach("summary: admitted" if summary.admitted else "summary: none admitted")

    # Buyers who are forgotten

    @rule(buyer=st.sampled_from([*_BUYERS]), is_shouted=st.booleans())
    def forget(self, buyer: str, is_shouted: bool = False) -> None:
        """Forget a person, whatever the case of the address."""
        report = self.organiser.forget_customer(buyer.upper() if is_shouted else buyer)
        assert isinstance(report, ForgetReport)
        needs = sorted(each.need.value for each in report.kept)
        for what in ["an address is forgotten"] * report.orders + [f"an address is kept: {need}" for need in needs]:
            self.reach(what)
        result = " ".join(["forgotten", str(report.orders), str(report.mails), *needs])
        self.expect("forget", result, self.model.forget(buyer))

    @rule(which=which)
    def look_at_tickets(self, which: int) -> None:
        order = self.box_office.order(self.order_id(which))
        if isinstance(order, Order):
            result = self.box_office.tickets_of(order)
            status = self.model.orders[order.id].status
            word = result if isinstance(result, Refusal) else f"{len(result)} tickets"
            is_paid = status == OrderStatus.PAID
            self.expect("tickets", word, f"{order.quantity} tickets" if is_paid else f"order_not_paid {status}")

    # Gates

    @rule(
        which=which,
        number=st.integers(0, 2),
        gate_of=st.sampled_from([None, None, 0, 1, 6]),
        spelling=st.sampled_from(["as it is", "as it is", *_SPELLINGS]),
        scan_id=st.sampled_from([None, "the first scan id", "the second scan id"]),
        times=st.integers(1, 2),
        key=st.integers(0, 2),
    )
    def validate(
        self,
        which: int,
        number: int,
        gate_of: int | None,
        spelling: str,
        scan_id: str | None,
        times: int = 1,
        key: int = 0,
    ) -> None:
        """Scan a ticket: its exact text, as scanners spell it, or with one character changed."""
        sold = [order_id for order_id, order in self.model.orders.items() if order.tickets]
        if not sold:
            return
        order_id = sold[-1 - which % len(sold)]
        tickets = self.ports.tickets.of_order(order_id)
        ticket = tickets[number % len(tickets)]
        text = _SPELLINGS[spelling](ticket.qr_code)
        gate, event_id = f"gate {number}", None if gate_of is None else self.event_id(gate_of)
        is_ours = not isinstance(self.ports.seal.open(text), TicketNotAuthentic)
        assert is_ours or spelling == "altered", "law 3: a ticket of ours is refused"
        holder = _HOLDERS[key]
        order = self.model.orders[order_id]
        shown = order.tickets[ticket.number - 1]
        for _ in range(times):
            result = self.box_office.validate(text, gate, event_id, scan_id, holder)
            expected = "ticket_not_authentic"
            if is_ours:
                expected = self.model.admit(order, shown, event_id, gate, scan_id, holder.id)
            self.expect("validate", result, expected)

    @rule(which=which, number=st.integers(0, 2), key=st.integers(0, 2))
    def undo(self, which: int, number: int, key: int) -> None:
        """Take an admission back, by the ticket code and number that a person reads out."""
        sold = [order_id for order_id, order in self.model.orders.items() if order.tickets]
        if not sold:
            return
        order_id, holder = sold[-1 - which % len(sold)], _HOLDERS[key]
        order = self.model.orders[order_id]
        stored = self.ports.orders.get(order_id)
        assert stored is not None
        assert stored.ticket_code is not None
        place = number % len(order.tickets)
        spelled = TicketNumber(TicketCode(stored.ticket_code.lower().replace("-", " ")), place + 1)
        result = self.box_office.undo(spelled, stored.event_id, holder)
        is_admin = holder.role is Role.ADMIN
        self.expect("undo", result, self.model.undo(order, order.tickets[place], holder.id, is_admin))

    @rule(which=which, number=st.integers(0, 2), key=st.integers(0, 2))
    def validate_and_undo(self, which: int, number: int, key: int) -> None:
        """Take back what was just admitted, if it was."""
        self.validate(which, number, None, "as it is", None, key=key)
        self.undo(which, number, key)

    @rule(which=which, text=st.none() | st.text(max_size=160))
    def validate_an_unknown_text(self, which: int, text: str | None) -> None:
        """Scan a text that was never sold: any text, or a sealed one that the ledger does not know."""
        unsold = Claim(self.event_id(which), TicketId(text_of(b"\1" * SECRET_BYTES)))
        result = self.box_office.validate(self.ports.seal.seal(unsold) if text is None else text, "gate")
        self.expect("validate", result, "ticket_not_found" if text is None else "ticket_not_authentic")
