"""The rules of a box office in some three hundred lines, to be checked by eye against the contract.

It has no store and no queue, and shares no code with the rules that it is compared with.  Each act returns one line: a status,
or a refusal's code with its facts.  A reservation expires the moment it is due; ``overdue`` are those not yet swept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from ticketcore.domain.ids import EventId, OrderId

_GRACE = timedelta(minutes=10)
#: The token of a payment that waits for its buyer.
_WAITS = "tok_pending"
#: The token of a payment that is approved.
_SUCCEEDS = "tok_approved"
#: How long the simulated gateway waits for a buyer.
_PATIENCE = timedelta(minutes=30)
_FORGOTTEN = "forgotten@example.invalid"


def mailbox(address: str) -> str:
    """Return the address in lower case, without a tag."""
    local, domain = address.lower().split("@")
    return f"{local.split('+')[0]}@{domain}"


@attrs.define(eq=False)
class Event:
    """An event; ``price`` is in minor units, and a limit or a time that is none may be anything."""

    capacity: int
    price: int
    max_per_order: int
    status: str
    date: datetime
    max_per_customer: object = None
    sale_starts_at: object = None
    sale_ends_at: object = None
    doors_at: object = None
    revision: int = 1
    announced: str = ""
    is_refunded: bool = False

    def ill_timed(self, changes: Mapping[str, object]) -> list[str]:
        """Return the times that would not go together with others after the changes."""
        names = ("date", "sale_starts_at", "sale_ends_at", "doors_at")
        date, starts, ends, doors = (changes.get(name, getattr(self, name)) for name in names)
        last = ends if isinstance(ends, datetime) else date
        wrong = (
            isinstance(starts, datetime) and isinstance(last, datetime) and starts >= last,
            isinstance(ends, datetime) and isinstance(date, datetime) and ends > date,
            isinstance(doors, datetime) and isinstance(date, datetime) and doors > date,
        )
        return [name for name, is_wrong in zip(names[1:], wrong, strict=True) if is_wrong]


@attrs.define(eq=False)
class Ticket:
    """One admission, and the gate, the key and the scan that used it."""

    status: str = "valid"
    is_refunded: bool = False
    gate: str = ""
    scan: tuple[str, str | None] = ("", None)
    used_at: datetime | None = None


@attrs.define(eq=False)
class Order:
    """One buyer's purchase; it has tickets once it is paid.

    It is owed money that the gateway failed to return, and is cancelling until a message tells the gateway that its event is
    cancelled.  Once it was charged with a token that waits for the buyer it has a deadline, ``waits_until``, and after a while
    the buyer's decision.
    """

    event: Event
    quantity: int
    buyer: str
    deadline: datetime
    total: int
    status: str = "reserved"
    token: str = ""
    tries: int = 0
    problem: str = "sales_closed"
    tickets: list[Ticket] = attrs.field(factory=list)
    mail: str | None = None
    other_mails: set[str] = attrs.field(factory=set)
    mails: int = 0
    owed: int = 0
    is_cancelling: bool = False
    waits_until: datetime | None = None
    decision: str = ""

    @property
    def needs_work(self) -> bool:
        """Whether a message of the order still has something to do."""
        return (self.status == "processing" and not self.waits) or self.owed > 0

    @property
    def waits(self) -> bool:
        """Whether the box office waits for the buyer, as far as it knows."""
        return self.status == "processing" and self.waits_until is not None

    @property
    def worth(self) -> int:
        """The price of its tickets that are not refunded."""
        return sum(not ticket.is_refunded for ticket in self.tickets) * (self.total // self.quantity)

    @property
    def kept(self) -> int:
        """The money that the gateway keeps."""
        return self.owed + (self.worth if self.status == "paid" else 0)

    def wants(self, kind: str) -> bool:
        """Return whether a mail that does not bring the tickets still has a point."""
        if self.buyer == _FORGOTTEN or kind == "refund":
            return self.buyer != _FORGOTTEN
        return self.status == "paid" and (kind == "cancelled") == (self.event.status == "cancelled")


@attrs.define(eq=False)
class Model:
    """All events and orders at ``now``; ``counts`` is true if the box office has a counter."""

    now: datetime
    hold: timedelta
    counts: bool
    events: dict[EventId, Event] = attrs.field(factory=dict)
    orders: dict[OrderId, Order] = attrs.field(factory=dict)
    keys: dict[str, OrderId] = attrs.field(factory=dict)
    overdue: list[Order] = attrs.field(factory=list)
    forgotten: list[Order] = attrs.field(factory=list)
    uncounted: list[Event] = attrs.field(factory=list)

    def move(self, by: timedelta) -> None:
        self.now += by
        for order in self.orders.values():
            if order.status == "reserved" and order.deadline <= self.now:
                order.status = "expired"
                self.overdue.append(order)

    def sweep(self, event: Event | None = None) -> None:
        self.overdue = [order for order in self.overdue if event not in (None, order.event)]
        self.uncounted = [] if event is None else self.uncounted

    def _expire_if_due(self, order: Order) -> None:
        if order in self.overdue:
            self.sweep(order.event)

    def wipe(self) -> None:
        self.forgotten = list(self.orders.values())
        self.uncounted = list(self.events.values())

    def _count(self, event: Event) -> None:
        self.uncounted = [other for other in self.uncounted if other is not event]

    def taken(self, event: Event) -> int:
        return sum(self._places(order) for order in self.orders.values() if order.event is event)

    def _places(self, order: Order) -> int:
        if order.status in ("reserved", "processing", "paid"):
            return order.quantity - sum(ticket.status == "void" for ticket in order.tickets)
        return sum(ticket.status == "used" for ticket in order.tickets)

    def free(self, event: Event) -> int:
        return event.capacity - self.taken(event)

    def change(self, event_id: EventId, revision: int | None, **changes: object) -> str:
        event = self.events.get(event_id)
        if event is None:
            return "event_not_found"
        if revision not in (None, event.revision):
            return "stale_version"
        capacity = changes.get("capacity", event.capacity)
        faults = [*(["capacity"] * (capacity == 0)), *event.ill_timed(changes)]
        if faults or not isinstance(capacity, int):
            return " ".join(["invalid_request", *faults])
        if capacity < self.taken(event) + sum(order.quantity for order in self.overdue if order.event is event):
            self.sweep(event)
        if capacity < self.taken(event):
            return f"capacity_in_use {self.taken(event)}"
        self._count(event)
        event.announced = self._news(event, **changes) or event.announced
        event.revision += any(getattr(event, name) != value for name, value in changes.items())
        for name, value in changes.items():
            setattr(event, name, value)
        if event.status == "cancelled":
            for order in self.orders.values():
                if order.event is event and order.status == "processing":
                    self._give_up(order)
                    order.is_cancelling = True
        return "changed"

    def _news(self, event: Event, **changes: object) -> str:
        if changes.get("status", event.status) == "cancelled":
            return "" if event.status == "cancelled" else "cancelled"
        if event.status == "cancelled":
            return "reopened"
        return "" if changes.get("date", event.date) == event.date else "changed"

    def announce(self) -> None:
        """Ask for the mails about changed events, one for each paid order."""
        for order in self.orders.values():
            if order.event.announced and order.status == "paid":
                order.other_mails.add(order.event.announced)
        for event in self.events.values():
            event.announced = ""

    def request_refund(self, event_id: EventId) -> str:
        """Return how many orders will be refunded by the next sweep."""
        event = self.events.get(event_id)
        if event is None:
            return "event_not_found"
        count = sum(order.event is event and order.status == "paid" for order in self.orders.values())
        event.is_refunded = event.is_refunded or count > 0
        return str(count)

    def refund_events(self) -> None:
        """Refund what is paid; workers return the money."""
        for order_id, order in self.orders.items():
            if order.event.is_refunded and order.status == "paid":
                self.refund(order_id, include_used=True, gateway_fails=True)
        for event in self.events.values():
            event.is_refunded = False

    def reschedule(self, event_id: EventId, date: datetime, *, is_past_meant: bool) -> str:
        event = self.events.get(event_id)
        if event is not None and date != event.date and date <= self.now and not is_past_meant:
            return " ".join(["invalid_request", "date", *event.ill_timed({"date": date})])
        return self.change(event_id, None, date=date)

    def _give_up(self, order: Order) -> None:
        order.status = "refunded"
        order.problem = "sales_closed" if order.event.status == "cancelled" else "payment_given_up"

    def reserve(self, order_id: OrderId, event_id: EventId, quantity: int, buyer: str, key: str | None) -> str:
        event = self.events.get(event_id)
        if not 1 <= quantity <= 1000:
            return "invalid_request quantity"
        if key in self.keys:
            order = self.orders[self.keys[key]]
            same = (order.event, order.quantity, order.buyer) == (event, quantity, buyer)
            return order.status if same else "idempotency_conflict"
        if event is None:
            return "event_not_found"
        refusal = self._not_allowed(event, quantity)
        if not refusal and self.counts and event in self.uncounted:
            # Before a counter is created again, what is due is expired.
            due = sum(order.quantity for order in self.overdue if order.event is event)
            refusal = self._limited(event, quantity, buyer) if quantity <= self.free(event) - due else ""
            self.sweep(event)
            if not refusal:
                self._count(event)
        refusal = refusal or self._sold_out(event, quantity) or self._limited(event, quantity, buyer)
        if refusal:
            return refusal
        self.orders[order_id] = Order(event, quantity, buyer, self.now + self.hold, event.price * quantity)
        if key is not None:
            self.keys[key] = order_id
        return "reserved"

    def _not_allowed(self, event: Event, quantity: int) -> str:
        if event.status != "on_sale":
            return f"sales_closed {event.status}"
        if event.date <= self.now:
            return "sales_closed begun"
        if isinstance(event.sale_ends_at, datetime) and event.sale_ends_at <= self.now:
            return "sales_closed ended"
        if isinstance(event.sale_starts_at, datetime) and self.now < event.sale_starts_at:
            return f"sales_not_open {event.sale_starts_at} UTC"
        return "invalid_request quantity" if quantity > event.max_per_order else ""

    def _sold_out(self, event: Event, quantity: int) -> str:
        """Return the refusal: a counter that was wiped has lost deadlines, whose places the next sweep gives back."""
        waiting = [order for order in self.overdue if order.event is event]
        free = self.free(event) - sum(order.quantity for order in waiting)
        if quantity <= free:
            return ""
        if not self.counts or any(order not in self.forgotten for order in waiting):
            self.sweep(event)
            free = self.free(event)
        return f"sold_out {free}" if quantity > free else ""

    def _limited(self, event: Event, quantity: int, buyer: str) -> str:
        """Return the refusal; what is overdue is swept before a buyer hears that he has too much."""
        if not isinstance(event.max_per_customer, int):
            return ""
        own = [
            order for order in self.orders.values() if order.event is event and mailbox(order.buyer) == mailbox(buyer)
        ]
        held = sum(self._places(order) for order in own if order.status in ("reserved", "processing", "paid"))
        waiting = sum(order.quantity for order in own if order in self.overdue)
        if held + waiting + quantity > event.max_per_customer:
            self.sweep(event)
        is_too_much = held + quantity > event.max_per_customer
        return f"customer_limit {event.max_per_customer} {held}" if is_too_much else ""

    def pay(self, order_id: OrderId, token: str) -> str:
        order = self.orders.get(order_id)
        if order is None:
            return "order_not_found"
        match order.status:
            case "expired":
                self._expire_if_due(order)
                return f"reservation_expired {order.deadline} UTC"
            case "declined":
                return "payment_declined"
            case "cancelled" | "refunded":
                return f"order_not_payable {order.status}"
            case "reserved" if order.event.status == "cancelled":
                return "sales_closed cancelled"
            case "reserved":
                # What costs nothing needs no gateway, whatever it would have said.
                order.status, order.token = "processing", token if order.total else _SUCCEEDS
        return order.status

    def process(self, order_id: OrderId) -> str:
        """Process a message: only the gateway's answer ends ``processing``."""
        order = self.orders.get(order_id)
        if order is None:
            return "done"
        order.owed, order.is_cancelling = 0, False
        if order.status != "processing":
            return "done"
        return self._wait_for_the_buyer(order) if order.token == _WAITS else self._charge(order)

    def _wait_for_the_buyer(self, order: Order) -> str:
        if order.waits_until is None:
            order.waits_until = self.now + _PATIENCE
        elif order.waits_until <= self.now:
            order.decision = order.decision or "declined"
        if order.decision:
            self._end(order, is_approved=order.decision == "approved")
        return "done"

    def _charge(self, order: Order) -> str:
        order.tries += 1
        failures = {"tok_flaky": 2, "tok_down": order.tries}
        if order.tries <= failures.get(order.token, 0):
            return "given_back"
        self._end(order, is_approved=order.token in ("tok_approved", "tok_flaky"))
        return "done"

    def _end(self, order: Order, *, is_approved: bool) -> None:
        if not is_approved:
            order.status = "declined"
        elif order.event.status == "cancelled":
            order.status = "refunded"
        else:
            order.status = "paid"
            order.tickets = [Ticket() for _ in range(order.quantity)]
            order.mail = "pending"

    def decide(self, order_id: OrderId, *, is_approved: bool) -> bool:
        """Do what the buyer does at the gateway, and return whether it waited for that; the box office learns of it later."""
        order = self.orders.get(order_id)
        if order is None or order.waits_until is None or order.decision:
            return False
        if order.status != "processing" and not order.is_cancelling:
            return False
        order.decision = "approved" if is_approved else "declined"
        return True

    def deliver(self) -> None:
        """Send the mails that still have a point, and drop the others."""
        for order in self.orders.values():
            order.mails += sum(order.wants(kind) for kind in order.other_mails)
            order.other_mails.clear()
            if order.mail == "pending":
                is_sent = order.status == "paid" and order.buyer != _FORGOTTEN
                order.mail = "delivered" if is_sent else None
                order.mails += is_sent

    def resend(self, order_id: OrderId) -> str:
        order = self.orders.get(order_id)
        if order is None:
            return "order_not_found"
        if order.status != "paid":
            self._expire_if_due(order)
            return f"order_not_paid {order.status}"
        if order.buyer == _FORGOTTEN:
            return "address_forgotten"
        order.mail = "pending"
        return order.status

    def correct(self, order_id: OrderId, buyer: str) -> str:
        order = self.orders.get(order_id)
        if order is None:
            return "order_not_found"
        if order.status == "expired":
            self._expire_if_due(order)
            return f"reservation_expired {order.deadline} UTC"
        if order.status not in ("reserved", "processing", "paid"):
            return f"order_not_payable {order.status}"
        if order.buyer == buyer:
            return order.status
        if mailbox(order.buyer) != mailbox(buyer):
            refusal = self._limited(order.event, self._places(order), buyer)
            if refusal:
                return refusal
        order.buyer = buyer
        if order.status == "paid":
            order.mail = "pending"
        return order.status

    def summary(self, event_id: EventId) -> str:
        """Return an event's free, reserved and sold places, and how many of its tickets are used."""
        event = self.events.get(event_id)
        if event is None:
            return "event_not_found"
        own = [order for order in self.orders.values() if order.event is event]
        held = sum(order.quantity for order in own if order.status in ("reserved", "processing"))
        used = sum(ticket.status == "used" for order in own for ticket in order.tickets)
        return f"{self.free(event)} {held} {self.taken(event) - held} {used}"

    def attendees(self, event_id: EventId) -> list[tuple[OrderId, int, str, str, datetime | None]]:
        """Return each ticket of the event's paid orders, in no particular order."""
        event = self.events.get(event_id)
        return [
            (order_id, number, ticket.status, order.buyer, ticket.used_at)
            for order_id, order in self.orders.items()
            if order.event is event and order.status == "paid"
            for number, ticket in enumerate(order.tickets, 1)
        ]

    def cancel(self, order_id: OrderId) -> str:
        order = self.orders.get(order_id)
        if order is None:
            return "order_not_found"
        if order.status not in ("reserved", "cancelled"):
            self._expire_if_due(order)
            return f"order_not_cancellable {order.status}"
        order.status = "cancelled"
        return "cancelled"

    def refund(self, order_id: OrderId, *, include_used: bool, gateway_fails: bool) -> str:
        order = self.orders.get(order_id)
        if order is None:
            return "order_not_found"
        if order.status not in ("processing", "paid", "refunded"):
            self._expire_if_due(order)
            return f"order_not_paid {order.status}"
        if order.status == "processing":
            self._give_up(order)
            order.is_cancelling = True
        return self._refund(order, order.tickets, include_used=include_used, gateway_fails=gateway_fails)

    def refund_part(self, order_id: OrderId, number: int, *, include_used: bool, gateway_fails: bool) -> str:
        order = self.orders.get(order_id)
        if order is None:
            return "order_not_found"
        if order.status not in ("paid", "refunded"):
            self._expire_if_due(order)
            return f"order_not_paid {order.status}"
        if order.status == "paid" and number > order.quantity:
            return "ticket_not_found"
        wanted = order.tickets[number - 1 : number]
        return self._refund(order, wanted, include_used=include_used, gateway_fails=gateway_fails)

    def _refund(self, order: Order, tickets: list[Ticket], *, include_used: bool, gateway_fails: bool) -> str:
        wanted = [ticket for ticket in tickets if not ticket.is_refunded] if order.status == "paid" else []
        used = next((ticket for ticket in wanted if ticket.status == "used"), None)
        if used and not include_used:
            return f"ticket_already_used {used.used_at} {used.gate} UTC"
        before, late = order.worth, order.total * (order.is_cancelling and order.decision == "approved")
        for ticket in wanted:
            ticket.is_refunded = True
            ticket.status = "void" if ticket.status == "valid" else ticket.status
        # What is cancelled or returned is so at once, if the gateway responds.
        order.owed = order.owed + late + before - order.worth if gateway_fails else 0
        order.is_cancelling = False
        if wanted:
            order.other_mails.add("refund")
            order.status = "refunded" if all(ticket.is_refunded for ticket in order.tickets) else "paid"
        return order.status

    def forget(self, buyer: str) -> str:
        """Return how many orders and mails lose the address, and why other orders keep it."""
        self.overdue = []
        own = [order for order in self.orders.values() if order.buyer.lower() == buyer.lower()]
        kept = sorted(need for order in own if (need := self._need_of(order)))
        gone = [order for order in own if not self._need_of(order)]
        mails = sum(order.mails for order in gone)
        for order in gone:
            order.buyer, order.mails = _FORGOTTEN, 0
        return " ".join(["forgotten", str(len(gone)), str(mails), *kept])

    def _need_of(self, order: Order) -> str:
        if order.status in ("reserved", "processing"):
            return order.status
        if order.owed or order.is_cancelling:
            return "settling"
        if order.status == "paid" and self.now < order.event.date:
            return "coming"
        return "mailing" if order.mail == "pending" or order.other_mails else ""

    def admit(
        self, order: Order, ticket: Ticket, event_id: EventId | None, gate: str, scan_id: str | None, key: str
    ) -> str:
        refusal = self._turned_away(order, ticket, event_id)
        if refusal:
            return refusal
        if ticket.status == "valid":
            ticket.status, ticket.gate, ticket.scan, ticket.used_at = "used", gate, (key, scan_id), self.now
            return "used"
        is_same = scan_id is not None and ticket.scan == (key, scan_id)
        if is_same and ticket.used_at and self.now < ticket.used_at + _GRACE:
            return "used again"
        return f"ticket_already_used {ticket.used_at} {ticket.gate} UTC"

    def _turned_away(self, order: Order, ticket: Ticket, event_id: EventId | None) -> str:
        if event_id is not None and self.events.get(event_id) is not order.event:
            return "wrong_event"
        if order.event.status == "cancelled":
            return "event_cancelled"
        if ticket.status == "void":
            return "ticket_void"
        doors = order.event.doors_at
        is_early = ticket.status == "valid" and isinstance(doors, datetime) and self.now < doors
        return f"too_early {doors} UTC" if is_early else ""

    def undo(self, order: Order, ticket: Ticket, key: str, is_admin: bool) -> str:
        if ticket.status != "used" or ticket.is_refunded or order.status != "paid":
            return "nothing_to_undo"
        is_own = ticket.scan[0] == key and ticket.used_at is not None and self.now < ticket.used_at + _GRACE
        if not is_own and not is_admin:
            return "nothing_to_undo"
        ticket.status, ticket.gate, ticket.scan, ticket.used_at = "valid", "", ("", None), None
        return "valid"
