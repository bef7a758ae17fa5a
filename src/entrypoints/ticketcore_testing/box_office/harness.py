"""The box office under test, and watchers of the ports around it."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import attrs

from ticketcore import BoxOffice, Organiser
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import GatewayUnavailable, Unavailable
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.mail import Mail
from ticketcore.domain.money import Money
from ticketcore.domain.refusals import OrderNotFound
from ticketcore.ports import (
    Accepted,
    Approved,
    Cancelled,
    Clock,
    Declined,
    Later,
    Mailer,
    PaymentGateway,
    PaymentQueue,
    Pending,
    QueueDepth,
    ReceivedMessage,
    Refused,
)
from ticketcore_simulated_payments import SimulatedPaymentGateway


class MovableClock(Clock, Protocol):
    """A clock that a test can advance."""

    __slots__ = ()

    @abstractmethod
    def move(self, by: timedelta) -> None:
        """Let this much time pass."""


@attrs.frozen
class Harness:
    """A box office without events, the clock that it reads, and a function that wipes its inventory.

    Its payment gateway is a ``SimulatedPaymentGateway``, which gets the same clock, and a secret for its notices.
    """

    box_office: BoxOffice
    clock: MovableClock
    wipe: Callable[[], object]


@attrs.define(eq=False)
class WatchedGateway(PaymentGateway):
    """Records whose money was taken and returned; it can be unavailable for one refund."""

    _gateway: PaymentGateway
    is_out_of_reach: bool = False
    taken: dict[AttemptId, Attempt] = attrs.field(factory=dict)
    returned: dict[str, tuple[AttemptId, Money]] = attrs.field(factory=dict)

    @property
    def simulated(self) -> SimulatedPaymentGateway:
        """The gateway itself, at which buyers decide."""
        assert isinstance(self._gateway, SimulatedPaymentGateway), "the harness has the simulated gateway"
        return self._gateway

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        result = self._gateway.charge(attempt)
        if isinstance(result, Approved):
            self.taken[attempt.id] = attempt
        return result

    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        result = self._gateway.cancel(attempt)
        if isinstance(result, Approved):
            self.taken[attempt.id] = attempt
        return result

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        if self.is_out_of_reach:
            self.is_out_of_reach = False
            raise GatewayUnavailable("out of reach")
        self._gateway.refund(attempt, amount, refund_id)
        known = self.returned.setdefault(refund_id, (attempt.id, amount))
        assert known == (attempt.id, amount), "one refund is of one amount"

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> AttemptId | None:
        return self._gateway.read_notice(headers, body)

    def kept(self, order_id: OrderId) -> int:
        """Return the money of the order that was taken and not returned, in minor units."""
        taken = {attempt.id: attempt.amount.minor for attempt in self.taken.values() if attempt.order_id == order_id}
        return sum(taken.values()) - sum(amount.minor for of, amount in self.returned.values() if of in taken)


@attrs.define(eq=False)
class WatchedMailer(Mailer):
    """Records every message, and the status of its order when it was sent."""

    _mailer: Mailer
    _organiser: Organiser
    sent: list[tuple[Mail, str]] = attrs.field(factory=list)

    def send(self, mail: Mail) -> Accepted | Refused | Later:
        order = self._organiser.find_order(mail.key.partition("-")[0])
        self.sent.append((mail, "unknown" if isinstance(order, OrderNotFound) else order.status.value))
        return self._mailer.send(mail)

    def forget(self, key: str) -> int:
        return self._mailer.forget(key)

    def check(self) -> None:
        self._mailer.check()


@attrs.define(eq=False)
class WatchedQueue(PaymentQueue):
    """Records deliveries and the number of messages of each order; it can be unavailable for one call."""

    _queue: PaymentQueue
    is_out_of_reach: bool = False
    delivered: list[OrderId] = attrs.field(factory=list)
    messages: Counter[OrderId] = attrs.field(factory=Counter)

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        if self.is_out_of_reach:
            self.is_out_of_reach = False
            raise Unavailable("payment queue", "out of reach")
        self._queue.publish(order_ids, now)
        self.messages.update(order_ids)

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        deliveries = self._queue.receive(limit, now)
        self.delivered += [delivery.order_id for delivery in deliveries]
        return deliveries

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        self._queue.done(deliveries)
        self.messages.subtract(delivery.order_id for delivery in deliveries)

    def extend(self, deliveries: Sequence[ReceivedMessage], now: datetime) -> None:
        self._queue.extend(deliveries, now)

    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        self._queue.retry(delivery, after, now)

    def depth(self, now: datetime) -> QueueDepth:
        return self._queue.depth(now)

    def redrive(self, now: datetime) -> int:
        return self._queue.redrive(now)

    def check(self) -> None:
        self._queue.check()


@attrs.frozen
class Watched:
    """A box office and its organiser, whose gateway, mailer and queue are watched."""

    box_office: BoxOffice
    organiser: Organiser
    gateway: WatchedGateway
    mailer: WatchedMailer
    queue: WatchedQueue


def watch(box_office: BoxOffice) -> Watched:
    """Return the same box office with watchers in front of three of its ports."""
    ports = box_office.ports
    gateway = WatchedGateway(ports.payment_gateway)
    gateway.simulated.now, gateway.simulated.notice_secret = ports.clock.now, b"the gateway's own secret"
    mailer = WatchedMailer(ports.mailer, Organiser(ports))
    queue = WatchedQueue(ports.payment_queue)
    watched = attrs.evolve(ports, payment_gateway=gateway, mailer=mailer, payment_queue=queue)
    return Watched(type(box_office)(watched, box_office.hold), Organiser(watched), gateway, mailer, queue)
