"""The actors: buyers, gates, workers, a sweeper, and faults of the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TypeVar

import attrs

from ticketcore import (
    Admitted,
    BoxOffice,
    Holder,
    Order,
    OrderStatus,
    Organiser,
    Refusal,
    Role,
    Ticket,
    TicketRecord,
    Unavailable,
)
from ticketcore.application import expiry, paying, publishing, refunding, sweeper
from ticketcore.domain.api_keys import LIBRARY
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.refusals import InvalidRequest, NothingToUndo, OrderNotPayable, PaymentDeclined, SalesNotOpen
from ticketcore.domain.validation import GRACE
from ticketcore_simulated_payments import tokens
from ticketcore_simulator.components import SlowGateway
from ticketcore_simulator.faults import FaultKind
from ticketcore_simulator.observed import Observed
from ticketcore_simulator.offline_gates import OfflineGate
from ticketcore_simulator.world import Crash, Process, World

T = TypeVar("T")

_MILLISECOND, _SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
#: Clocks differ by seconds, and the last scans may stall.
_LATE = GRACE + timedelta(minutes=5)
_OUTAGES = ("ledger", "inventory", "payment_queue", "payment_gateway", "files", "mailer")
#: Most buyers arrive at the same instants, in seconds after the first.
_RUSHES = (0, 0, 0, 30)
_PLANS = (
    *[tokens.APPROVED] * 5,
    *(tokens.DECLINED, tokens.FLAKY, tokens.PENDING, tokens.PENDING),
    *("cancel", "abandon", "pay and cancel"),
)


#: Suffixes that scanners add to a text.
_SCANNERS_ADD = ("", " ", "\r\n")


def _address(number: int) -> str:
    """Return the address of a buyer: some people come several times, each time with another spelling."""
    name = "ann" if number % 4 else "bob"
    return f"{name.capitalize() if number % 2 else name}+{number}@example.com"


def _key_of(gate: str) -> Holder:
    """Return the holder of a gate's key, which has the gate's name."""
    return Holder(gate, gate, Role.GATE)


def _receive_notice(headers: Mapping[str, str], body: bytes, office: BoxOffice) -> bool | InvalidRequest:
    return office.receive_notice(headers, body)


def _expire_and_publish(process: Process) -> None:
    expiry.expire(process.box_office.ports)
    paying.poll(process.box_office.ports)
    sweeper.announce(process.box_office.ports)
    refunding.refund_events(process.box_office.ports)
    publishing.publish(process.box_office.ports)


@attrs.define(eq=False)
class Actors:
    """All actors and their shared state.

    ``selling`` is true until the last buyer has left, ``open`` until nothing is left to be done.  ``busy`` is the number of
    use cases that are running.  ``pace`` multiplies the pauses of workers and sweepers.
    """

    world: World
    apis: list[Process]
    events: list[EventId]
    observed: Observed = attrs.field(factory=Observed)
    buyers: int = 0
    busy: int = 0
    offline_gates: list[OfflineGate] = attrs.field(factory=list)
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
        # Between two tries, too, something is still to come.
        return self._at_work(partial(self._repeat, what, call))

    def _repeat(self, what: str, call: Callable[[Process], T]) -> T:
        scheduler = self.world.scheduler
        while True:
            process = scheduler.random.choice(self.apis)
            try:
                result = call(process)
            except (Unavailable, Crash):
                scheduler.sleep(scheduler.random.uniform(0.1, 5))
                continue
            outcome = result.code if isinstance(result, Refusal) else "done"
            self.observed.outcomes[f"{what}: {outcome}"] += 1
            self.world.note("client", f"{what}: {outcome}")
            return result

    def _at_work(self, call: Callable[[], T]) -> T:
        self.busy += 1
        try:
            return call()
        finally:
            self.busy -= 1

    # Buyers

    def buyer(self, number: int) -> None:
        """Reserve, wait, and pay, cancel or abandon the order."""
        try:
            self._buy(number)
        finally:
            self.buyers -= 1

    def _buy(self, number: int) -> None:
        rng = self.world.scheduler.random
        self.world.scheduler.sleep(rng.choice((*_RUSHES, rng.uniform(0, 60))))
        event_id, quantity, key = rng.choice(self.events), rng.randint(1, 3), f"key of order {number:08}"
        address = _address(number)
        order = self._reserve(lambda office: office.reserve(event_id, quantity, address, key))
        if isinstance(order, InvalidRequest) and quantity <= self.observed.smallest_limits.get(event_id, quantity):
            self.observed.wronged.append(f"an order of {quantity} was refused, and no limit was so small")
        if not isinstance(order, Order):
            return
        self.observed.quantities[order.id] = quantity
        self.observed.addresses[order.id] = address
        self.observed.orders_of_key.setdefault(key, set()).add(order.id)
        self._wait(order)
        plan = rng.choice(_PLANS)
        if plan == "pay and cancel":
            self.buyers += 1
            self.world.scheduler.spawn(lambda: self._cancel_beside(order.id))
        if plan in {tokens.APPROVED, tokens.DECLINED, tokens.FLAKY, tokens.PENDING, "pay and cancel"}:
            self._pay(order.id, plan if plan.startswith("tok_") else tokens.APPROVED)
        elif plan == "cancel":
            self._cancel(order.id)
        if plan == tokens.PENDING:
            self._pay_at_the_gateway(order.id)

    def _reserve(self, reserve: Callable[[BoxOffice], Order | Refusal]) -> Order | Refusal:
        """Reserve; before the start of a sale wait for it, and ask again as long as a clock is behind."""
        while isinstance(outcome := self.insist("reserve", reserve), SalesNotOpen):
            scheduler = self.world.scheduler
            scheduler.sleep_until(max(scheduler.clock.moment + _SECOND, outcome.opens_at))
        return outcome

    def _wait(self, order: Order) -> None:
        """Wait a little, or until a millisecond around the deadline, when a sweep begins, too."""
        rng, scheduler = self.world.scheduler.random, self.world.scheduler
        if not rng.randrange(3):
            scheduler.sleep_until(
                max(self.world.scheduler.clock.moment, order.expires_at + rng.randint(-1, 1) * _MILLISECOND)
            )
            scheduler.spawn(self._expire_beside)
        else:
            scheduler.sleep(rng.uniform(0, 20))

    def _expire_beside(self) -> None:
        process = self.world.scheduler.random.choice(self.apis)
        with suppress(Unavailable, Crash):
            self._at_work(lambda: expiry.expire(process.box_office.ports))

    def _pay(self, order_id: OrderId, token: str) -> None:
        for _ in range(1 + (not self.world.scheduler.random.randrange(4))):
            paid = self.insist("pay", lambda office: office.pay(order_id, token))
            # If the response to an earlier try was lost, this one reports its result.
            if isinstance(paid, Order | PaymentDeclined) or paid == OrderNotPayable(OrderStatus.REFUNDED.value):
                self.observed.paying[order_id] = token

    def _pay_at_the_gateway(self, order_id: OrderId) -> None:
        """Approve or decline what the gateway waits for, or leave it to its deadline; the notice is lost, doubled or forged."""
        rng, gateway = self.world.scheduler.random, self.world.components.ports.payment_gateway
        assert isinstance(gateway, SlowGateway)
        self.world.scheduler.sleep(rng.uniform(0, 120))
        attempt_id = next((each for each, order in gateway.orders.items() if order == order_id), None)
        if attempt_id is None:
            return
        if rng.randrange(4):
            gateway.decide(attempt_id, approved=bool(rng.randrange(3)))
        headers, body = gateway.notice_of(attempt_id)
        for signed in rng.choice(((), (True,), (True, True), (False,))):
            known = self.insist("notice", partial(_receive_notice, headers if signed else {}, body))
            if known is not signed:
                self.observed.wronged.append(f"a notice that was signed ({signed}) was believed ({known})")

    def _cancel(self, order_id: OrderId) -> None:
        if isinstance(self.insist("cancel", lambda office: office.cancel(order_id)), Order):
            self.observed.cancelled.add(order_id)

    def _cancel_beside(self, order_id: OrderId) -> None:
        try:
            self._cancel(order_id)
        finally:
            self.buyers -= 1

    # Gates

    def gate(self, name: str) -> None:
        """Scan sold tickets, some of them repeatedly, and take admissions back, its own, another gate's, or as an admin."""
        rng, key = self.world.scheduler.random, _key_of(name)
        number = 0
        while self.selling:
            self.world.scheduler.sleep(rng.uniform(2, 20))
            paid = [order_id for order_id, token in self.observed.paying.items() if token != tokens.DECLINED]
            for ticket in self._tickets(rng.choice(paid)) if paid else ():
                number += 1
                self._scan(ticket, key, f"scan {number:06} at {name}")
                if not rng.randrange(6):
                    self._undo(ticket, rng.choice((key, key, LIBRARY)))

    def offline_gate(self, name: str) -> None:
        """Scan sold tickets without network, some that others scan too; merge some of the scans now and then."""
        rng, observed = self.world.scheduler.random, self.observed
        gate = OfflineGate(name, self.events, observed, self.world.scheduler, self.insist)
        self.offline_gates.append(gate)
        while self.selling:
            self.world.scheduler.sleep(rng.uniform(5, 30))
            paid = [order_id for order_id, token in observed.paying.items() if token != tokens.DECLINED]
            for ticket in self._tickets(rng.choice(paid)) if paid else ():
                gate.scan(ticket)
            if not rng.randrange(3):
                gate.look()
            if not rng.randrange(3):
                gate.merge(rng.random())

    def merge_all(self) -> None:
        """Have all gates merge all of their scans, twice, and bring their lists up to date; the second time changes nothing."""
        self._merge_all()
        before = self._issued()
        self._merge_all()
        after = self._issued()
        if before != after:
            self.observed.wronged.append("merging again changed tickets")
        for gate in self.offline_gates:
            gate.look()
            self.observed.wronged += [f"a gate's list is wrong about {len(gate.stale(after))} tickets"] * bool(
                gate.stale(after)
            )

    def _merge_all(self) -> None:
        for gate in self.offline_gates:
            gate.merge()

    def _issued(self) -> list[Ticket]:
        ports = self.world.components.ports
        return [ticket for order_id in self.observed.quantities for ticket in ports.tickets.of_order(order_id)]

    def _tickets(self, order_id: OrderId) -> Sequence[Ticket]:
        order = self.insist("show", lambda office: office.order(order_id))
        if not isinstance(order, Order) or order.status is not OrderStatus.PAID:
            return ()
        tickets = self.insist("tickets", lambda office: office.tickets_of(order))
        return () if isinstance(tickets, Refusal) else tickets

    def _scan(self, ticket: Ticket, key: Holder, scan_id: str) -> None:
        read = ticket.qr_code + self.world.scheduler.random.choice(_SCANNERS_ADD)
        scanned = self.insist("scan", lambda office: office.validate(read, key.name, None, scan_id, key))
        if isinstance(scanned, Admitted):
            self.observed.admitted[scanned.ticket.order_id, scanned.ticket.id] += 1

    def _undo(self, ticket: Ticket, key: Holder) -> TicketRecord | Refusal:
        return self.insist("undo", lambda office: office.undo(ticket.qr_code, None, key))

    def undo_late(self) -> None:
        """Take back what was admitted more than ten minutes ago: a gate may not, an admin may, and only once."""
        self.world.scheduler.sleep(_LATE.total_seconds())
        for order_id in self.observed.paying:
            for ticket in self._tickets(order_id):
                if ticket.admission is None or ticket.is_refunded:
                    continue
                gate = _key_of(ticket.admission.gate)
                refused = [self._undo(ticket, key) == NothingToUndo() for key in (gate, LIBRARY, LIBRARY)]
                if refused != [True, False, True]:
                    self.observed.wronged.append(f"late undos by a gate and twice by an admin: {refused} were refused")

    # Background work

    def worker(self, process: Process) -> None:
        """Process messages; restart after a crash."""
        self._serve(process.box_office.work, 4)

    def deliverer(self, process: Process) -> None:
        """Deliver mails; restart after a crash."""
        self._serve(process.box_office.deliver, 4)

    def teller(self, process: Process) -> None:
        """Tell webhooks what was recorded; restart after a crash."""

        def tell() -> None:
            process.box_office.collect_webhooks()
            process.box_office.send_webhooks()

        self._serve(tell, 4)

    def sweeper(self, process: Process) -> None:
        """Sweep every few seconds, together with others.  Without faults counters are not repaired: they must not need it."""
        is_faultless = not self.world.faults.kinds
        self._serve(partial(_expire_and_publish, process) if is_faultless else process.box_office.sweep_in_turn, 5)

    def _serve(self, once: Callable[[], object], pause: float) -> None:
        scheduler = self.world.scheduler
        while self.open:
            try:
                self._at_work(once)
            except (Unavailable, Crash):
                scheduler.sleep(1)
            scheduler.sleep(scheduler.random.uniform(0.5, 1.5) * pause * self.pace)

    def inject_faults(self) -> None:
        """Wipe or roll back the inventory, and take components down."""
        world, rng = self.world, self.world.scheduler.random
        while self.selling:
            world.scheduler.sleep(rng.uniform(1, 15))
            if world.faults.maybe(FaultKind.WIPE, 4):
                world.note("-", "the inventory is wiped")
                world.components.inventory.wipe()
            if world.faults.maybe(FaultKind.SET_BACK, 4):
                world.note("-", "the inventory is rolled back")
                world.components.inventory.roll_back()
            if not rng.randrange(4):
                world.components.inventory.snapshot()
            if world.faults.maybe(FaultKind.OUTAGE, 8):
                world.outage(rng.choice(_OUTAGES), rng.uniform(1, 20))
