"""Who is there: buyers, gates, an admin, workers, a sweeper, and what goes wrong by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

import attrs

from ticketcore import BoxOffice, EventChange, EventStatus, Order, OrderStatus, Organiser, Refusal, Ticket, Unavailable
from ticketcore.application import sweeper
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.refusals import OrderNotPayable, PaymentDeclined
from ticketcore_simulated_payments import tokens
from ticketcore_simulator.faults import Fault
from ticketcore_simulator.observed import Told
from ticketcore_simulator.world import Crash, Process, World

T = TypeVar("T")

_MILLISECOND = timedelta(milliseconds=1)
#: Most buyers come in the same instants, in seconds after the first.
_RUSHES = (0, 0, 0, 30)
_PLANS = (*[tokens.APPROVED] * 5, tokens.DECLINED, tokens.FLAKY, "cancel", "abandon", "pay and cancel")

#: What scanners send after a text.
_SCANNERS_ADD = ("", " ", "\r\n")


def _expire_and_publish(process: Process) -> None:
    sweeper.expire(process.box_office.ports)
    sweeper.publish(process.box_office.ports)


@attrs.define(eq=False)
class Cast:
    """Everybody who acts, and what they have in common; ``selling`` until the last buyer has gone, ``open`` until all is quiet;
    ``busy`` are those whose calls are under way; ``pace`` is how many times more slowly workers and sweepers go round.
    """

    world: World
    apis: list[Process]
    events: list[EventId]
    told: Told = attrs.field(factory=Told)
    buyers: int = 0
    busy: int = 0
    pace: int = 1
    selling: bool = True
    open: bool = True

    def insist(self, what: str, call: Callable[[BoxOffice], T]) -> T:
        """Call the box office of any service, again until it returns, and return its outcome."""
        return self._insist(what, lambda process: call(process.box_office))

    def organise(self, what: str, call: Callable[[Organiser], T]) -> T:
        """Call the organiser of any service, again until it returns, and return its outcome."""
        return self._insist(what, lambda process: call(process.organiser))

    def _insist(self, what: str, call: Callable[[Process], T]) -> T:
        scheduler = self.world.scheduler
        while True:
            process = scheduler.random.choice(self.apis)
            try:
                answer = self._at_work(partial(call, process))
            except (Unavailable, Crash):
                scheduler.sleep(scheduler.random.uniform(0.1, 5))
                continue
            outcome = answer.code if isinstance(answer, Refusal) else "done"
            self.told.answers[f"{what}: {outcome}"] += 1
            self.world.note("client", f"{what}: {outcome}")
            return answer

    def _at_work(self, call: Callable[[], T]) -> T:
        self.busy += 1
        try:
            return call()
        finally:
            self.busy -= 1

    # Buyers

    def buyer(self, number: int) -> None:
        """Reserve, think, and pay, cancel or forget about it."""
        try:
            self._live(number)
        finally:
            self.buyers -= 1

    def _live(self, number: int) -> None:
        dice = self.world.scheduler.random
        self.world.scheduler.sleep(dice.choice((*_RUSHES, dice.uniform(0, 60))))
        event_id, quantity, key = dice.choice(self.events), dice.randint(1, 3), f"key {number}"
        order = self.insist("reserve", lambda office: office.reserve(event_id, quantity, "ann@example.com", key))
        if not isinstance(order, Order):
            return
        self.told.quantities[order.id] = quantity
        self.told.orders_of_key.setdefault(key, set()).add(order.id)
        self._think(order)
        plan = dice.choice(_PLANS)
        if plan == "pay and cancel":
            self.buyers += 1
            self.world.scheduler.spawn(lambda: self._cancel_beside(order.id))
        if plan in {tokens.APPROVED, tokens.DECLINED, tokens.FLAKY, "pay and cancel"}:
            self._pay(order.id, plan if plan.startswith("tok_") else tokens.APPROVED)
        elif plan == "cancel":
            self._cancel(order.id)

    def _think(self, order: Order) -> None:
        """Wait a little, or until the very deadline."""
        dice, scheduler = self.world.scheduler.random, self.world.scheduler
        if not dice.randrange(4):
            scheduler.sleep_until(
                max(self.world.scheduler.clock.moment, order.expires_at + dice.randint(-1, 1) * _MILLISECOND)
            )
        else:
            scheduler.sleep(dice.uniform(0, 20))

    def _pay(self, order_id: OrderId, token: str) -> None:
        for _ in range(1 + (not self.world.scheduler.random.randrange(4))):
            paid = self.insist("pay", lambda office: office.pay(order_id, token))
            # Without the answer to an earlier try the buyer hears here what came of it.
            if isinstance(paid, Order | PaymentDeclined) or paid == OrderNotPayable(OrderStatus.REFUNDED.value):
                self.told.paying[order_id] = token

    def _cancel(self, order_id: OrderId) -> None:
        if isinstance(self.insist("cancel", lambda office: office.cancel(order_id)), Order):
            self.told.cancelled.add(order_id)

    def _cancel_beside(self, order_id: OrderId) -> None:
        try:
            self._cancel(order_id)
        finally:
            self.buyers -= 1

    # Gates and the admin

    def gate(self, name: str) -> None:
        """Scan tickets that were sold, some of them again and again."""
        dice = self.world.scheduler.random
        number = 0
        while self.selling:
            self.world.scheduler.sleep(dice.uniform(2, 20))
            paid = [order_id for order_id, token in self.told.paying.items() if token != tokens.DECLINED]
            for ticket in self._tickets(dice.choice(paid)) if paid else ():
                number += 1
                self._scan(ticket, name, f"{name} {number}")

    def _tickets(self, order_id: OrderId) -> Sequence[Ticket]:
        order = self.insist("show", lambda office: office.order(order_id))
        if not isinstance(order, Order) or order.status is not OrderStatus.PAID:
            return ()
        tickets = self.insist("tickets", lambda office: office.tickets_of(order))
        return () if isinstance(tickets, Refusal) else tickets

    def _scan(self, ticket: Ticket, gate: str, scan_id: str) -> None:
        read = ticket.qr_code + self.world.scheduler.random.choice(_SCANNERS_ADD)
        answer = self.insist("scan", lambda office: office.validate(read, gate, None, scan_id))
        if isinstance(answer, Ticket):
            self.told.admitted[answer.order_id, answer.id] += 1

    def admin(self) -> None:
        """Change capacities, refund, and now and then cancel an event."""
        dice = self.world.scheduler.random
        while self.selling:
            self.world.scheduler.sleep(dice.uniform(5, 40))
            event_id = dice.choice(self.events)
            if not dice.randrange(12):
                self._cancel_event(event_id)
            else:
                change = EventChange(capacity=dice.randint(1, 30))
                self.organise("change", lambda organiser: organiser.change_event(event_id, change))  # noqa: B023  It is called at once.
            if self.told.paying and not dice.randrange(3):
                self._refund(dice.choice(list(self.told.paying)))

    def _cancel_event(self, event_id: EventId) -> None:
        change = EventChange(status=EventStatus.CANCELLED)
        self.organise("change", lambda organiser: organiser.change_event(event_id, change))
        orders = filter(None, map(self.world.parts.ports.orders.get, self.told.quantities))
        paid = {order.id for order in orders if order.event_id == event_id and order.status is OrderStatus.PAID}
        self.told.paid_before_cancellation.setdefault(event_id, paid)

    def _refund(self, order_id: OrderId) -> None:
        self.told.refunding.add(order_id)
        if isinstance(self.organise("refund", lambda organiser: organiser.refund(order_id)), Order):
            self.told.refunded.add(order_id)

    # Behind the counter

    def worker(self, process: Process) -> None:
        """Work messages off; a worker that died is started anew."""
        self._serve(process.box_office.work, 4)

    def sweeper(self, process: Process) -> None:
        """Sweep every few seconds; where nothing is ever lost, without repairing counters, which must not need it."""
        is_calm = not self.world.faults.kinds
        self._serve(partial(_expire_and_publish, process) if is_calm else process.box_office.sweep, 5)

    def _serve(self, once: Callable[[], object], pause: float) -> None:
        scheduler = self.world.scheduler
        while self.open:
            try:
                self._at_work(once)
            except (Unavailable, Crash):
                scheduler.sleep(1)
            scheduler.sleep(scheduler.random.uniform(0.5, 1.5) * pause * self.pace)

    def fate(self) -> None:
        """Let the inventory be lost or set back, and parts be out of reach."""
        world, dice = self.world, self.world.scheduler.random
        while self.selling:
            world.scheduler.sleep(dice.uniform(1, 15))
            if world.faults.maybe(Fault.WIPE, 4):
                world.note("-", "the inventory forgets everything")
                world.parts.inventory.wipe()
            if world.faults.maybe(Fault.SET_BACK, 4):
                world.note("-", "the inventory goes back to an older state")
                world.parts.inventory.set_back()
            if not dice.randrange(4):
                world.parts.inventory.keep()
            if world.faults.maybe(Fault.OUTAGE, 8):
                part = dice.choice(("ledger", "inventory", "payment_queue", "payment_gateway", "files", "mailer"))
                world.outage(part, dice.uniform(1, 20))
