"""Forget the addresses of buyers: of one person, or of events that are long over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import attrs

from ticketcore.application import expiry
from ticketcore.application.optimistic_locking import change_record
from ticketcore.domain import ids, retention
from ticketcore.domain.deliveries import Delivery
from ticketcore.domain.ids import OrderId
from ticketcore.domain.retention import AddressedOrder, Need
from ticketcore.ports import Ports

_CHUNK = 100


@attrs.frozen
class KeptAddress:
    """An order that keeps its buyer's address, by the digest of its id, and why."""

    order: str
    need: Need


@attrs.frozen
class ForgetReport:
    """How many orders and mails forgot an address, and which orders keep it."""

    orders: int
    mails: int
    kept: tuple[KeptAddress, ...]


def forget_customer(ports: Ports, customer_email: str) -> ForgetReport:
    """Take an address out of all orders that do not need it any more, and remove the mails to it that are kept here."""
    expiry.expire(ports)
    return _forget(ports, _addressed(ports, customer_email, None))


def forget_past(ports: Ports, before: datetime) -> ForgetReport:
    """Take the addresses out of the orders of events that began before a time (``forget_customer``)."""
    return _forget(ports, _addressed(ports, None, before))


def _addressed(ports: Ports, customer_email: str | None, before: datetime | None) -> Iterator[AddressedOrder]:
    after: OrderId | None = None
    while True:
        found = ports.orders.addressed(customer_email, before, after, _CHUNK)
        yield from found
        if len(found) < _CHUNK:
            return
        after = found[-1].order_id


def _forget(ports: Ports, found: Iterator[AddressedOrder]) -> ForgetReport:
    orders = mails = 0
    kept: list[KeptAddress] = []
    for each in found:
        outcome = _forget_order(ports, each)
        if isinstance(outcome, Need):
            kept.append(KeptAddress(ids.digest(each.order_id), outcome))
            continue
        orders += 1
        mails += outcome
    return ForgetReport(orders, mails, tuple(kept))


def _forget_order(ports: Ports, found: AddressedOrder) -> int | Need:
    """Return how many mails were removed, or why the order keeps its address.

    The mails go first: an order without its address is not found again, should the process crash in between.
    """
    record = ports.orders.load(found.order_id)
    assert record is not None, "an order is never removed"
    now = ports.clock.now()

    def mails() -> Sequence[Delivery]:
        # Read after the record: a mail that a later decision asks for makes this one a conflict.
        return ports.deliveries.of_order(found.order_id)

    need = retention.need_of(record, mails(), found.event_date, now)
    if need is not None:
        return need
    removed = ports.mailer.forget(ids.digest(found.order_id))
    after = change_record(ports, record, lambda each: retention.forget(each, mails(), found.event_date, now))
    need = retention.need_of(after, mails(), found.event_date, now)
    return removed if need is None else need
