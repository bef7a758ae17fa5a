"""An admin, who acts on events, orders and addresses while buyers buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ticketcore import EventChange, EventStatus, ForgetReport, Order, OrderStatus
from ticketcore.domain import ids
from ticketcore.domain.ids import EventId, OrderId
from ticketcore_simulator import listings

if TYPE_CHECKING:
    from ticketcore_simulator.actors import Actors

_LOCATIONS = ("Hall", "Garden")
#: The most places of an order: buyers want up to three.
_LIMITS = (2, 10, 10, 10)


@attrs.frozen(eq=False)
class Admin:
    """One admin among the actors."""

    _actors: Actors

    def run(self) -> None:
        """Change, cancel and refund events, refund and correct orders, have mails sent again, forget buyers, and look."""
        rng = self._actors.world.scheduler.random
        while self._actors.selling:
            self._actors.world.scheduler.sleep(rng.uniform(5, 40))
            if not self._actors.selling:
                return
            event_id = rng.choice(self._actors.events)
            if not rng.randrange(6):
                self._cancel_event(event_id)
            else:
                self._change_event(event_id)
            self._act_on_orders()
            if not rng.randrange(12):
                self._refund_event(event_id)
            if not rng.randrange(4):
                self._look_at(event_id)

    def _change_event(self, event_id: EventId) -> None:
        capacity = self._actors.world.scheduler.random.randint(1, 30)
        limit = _LIMITS[capacity % len(_LIMITS)]
        smallest = self._actors.observed.smallest_limits.get(event_id, limit)
        self._actors.observed.smallest_limits[event_id] = min(smallest, limit)
        change = EventChange(capacity=capacity, max_per_order=limit, location=_LOCATIONS[capacity % len(_LOCATIONS)])
        self._actors.organise("change", lambda organiser: organiser.change_event(event_id, change))

    def _act_on_orders(self) -> None:
        rng, paying, addresses = (
            self._actors.world.scheduler.random,
            self._actors.observed.paying,
            self._actors.observed.addresses,
        )
        if paying and not rng.randrange(4):
            order_id = rng.choice(list(paying))
            self._actors.organise("resend", lambda organiser: organiser.resend(order_id))
        if addresses and not rng.randrange(3):
            self._forget(rng.choice(list(addresses.values())))
        if paying and not rng.randrange(3):
            self._refund_a_part(rng.choice(list(paying)))
        if paying and not rng.randrange(3):
            self._refund(rng.choice(list(paying)))
        if addresses and not rng.randrange(3):
            self._correct(rng.choice(list(addresses)))

    def _cancel_event(self, event_id: EventId) -> None:
        change = EventChange(status=EventStatus.CANCELLED)
        self._actors.organise("change", lambda organiser: organiser.change_event(event_id, change))
        self._actors.observed.paid_before_cancellation.setdefault(event_id, self._paid(event_id))

    def _paid(self, event_id: EventId) -> set[OrderId]:
        orders = filter(None, map(self._actors.world.components.ports.orders.get, self._actors.observed.quantities))
        return {order.id for order in orders if order.event_id == event_id and order.status is OrderStatus.PAID}

    def _refund_event(self, event_id: EventId) -> None:
        self._actors.observed.refunding_events.add(event_id)
        paid = self._paid(event_id)
        refunded = self._actors.organise("refund event", lambda organiser: organiser.refund_event(event_id))
        if isinstance(refunded, int):
            self._actors.observed.refunded |= paid

    def _refund(self, order_id: OrderId) -> None:
        include_used = not self._actors.world.scheduler.random.randrange(2)
        self._actors.observed.refunding.add(order_id)
        refunded = self._actors.organise(
            "refund", lambda organiser: organiser.refund(order_id, include_used=include_used)
        )
        if isinstance(refunded, Order):
            self._actors.observed.refunded.add(order_id)

    def _refund_a_part(self, order_id: OrderId) -> None:
        """Refund one ticket, which may be the last of its order."""
        number = self._actors.world.scheduler.random.randint(1, 3)
        self._actors.observed.refunding.add(order_id)
        self._actors.organise(
            "refund a part", lambda organiser: organiser.refund(order_id, tickets=[number], include_used=True)
        )

    def _correct(self, order_id: OrderId) -> None:
        """Correct the address of an order: all come to one mailbox, for which a limited event has not places enough."""
        address = f"Carla+{ids.digest(order_id)}@example.com"
        corrected = self._actors.organise("correct", lambda organiser: organiser.correct(order_id, address))
        if isinstance(corrected, Order):
            self._actors.observed.addresses[order_id] = address

    def _look_at(self, event_id: EventId) -> None:
        orders = filter(None, map(self._actors.world.components.ports.orders.get, self._actors.observed.quantities))
        known = {order.id for order in orders if order.event_id == event_id}
        self._actors.observed.wronged += listings.wrong(self._actors.organise, event_id, known)

    def _forget(self, address: str) -> None:
        self._actors.observed.forgetting.add(address)
        known = [order_id for order_id, each in self._actors.observed.addresses.items() if each == address]
        report = self._actors.organise("forget", lambda organiser: organiser.forget_customer(address.lower()))
        assert isinstance(report, ForgetReport)
        kept = {each.order for each in report.kept}
        self._actors.observed.forgotten.update(order_id for order_id in known if ids.digest(order_id) not in kept)

    def forget_again(self) -> None:
        """Repeat each request to forget an address, which then reaches all orders that have ended."""
        for address in sorted(self._actors.observed.forgetting):
            self._forget(address)
