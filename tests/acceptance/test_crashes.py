"""A process that dies at any point leaves an order that the next one brings to its end: one sale, one charge."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.acceptance import forked_processes, ledger_state
from tests.acceptance.crashing_worker import CARELESS, DELIVERING, PAYING, REFUNDING, WORKING, work_until_death
from tests.acceptance.fulfilled import Goods, Mail, assert_whole, goods_of, read_mail
from tests.acceptance.installation import Installation
from tests.acceptance.service import eventually, serving
from tests.servers.ports import free_port
from ticketcore import DeliveryStatus, Order, OrderStatus, TicketStatus
from ticketcore.domain.journal import Step

_QUANTITY = 3


@attrs.frozen
class Inbox:
    """What a mail server has received."""

    mails: list[Mail] = attrs.field(factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  The library's name.
        assert isinstance(envelope.content, bytes)
        self.mails.append(read_mail(envelope.content))
        return "250 OK"


@contextmanager
def smtp_server(inbox: Inbox) -> Iterator[int]:
    """Yield the port of a running mail server."""
    server = Controller(inbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def crash(installation: Installation, point: str, order: Order) -> None:
    """Let a process do its work up to a point and be killed there."""
    ended = forked_processes.run(
        work_until_death, installation.settings, point, order.id, directory=installation.data.parent
    )
    assert ended.code == -signal.SIGKILL, f"it did not come to {point!r}: {ended.errors}"


def reserve(installation: Installation) -> Order:
    """Return an order that is still to be paid."""
    event_id = installation.create_event(capacity=10)
    with installation.opened() as assembly:
        order = assembly.box_office.reserve(event_id, _QUANTITY, "ann@example.com")
    assert isinstance(order, Order)
    return order


def reserve_and_pay(installation: Installation) -> Order:
    """Return a processing order whose message waits for a worker."""
    order = reserve(installation)
    with installation.opened() as assembly:
        paying = assembly.box_office.pay(order.id, "tok_approved")
    assert isinstance(paying, Order)
    return paying


def goods(installation: Installation, order: Order) -> Goods:
    """Return what the buyer has now."""
    with installation.opened() as assembly:
        return goods_of(assembly, order.id)


def is_delivered(installation: Installation, order: Order) -> bool:
    """Whether the order's mail was accepted, which follows the charge in a lane of its own."""
    return goods(installation, order).delivery is DeliveryStatus.DELIVERED


def go_on(installation: Installation) -> None:
    """Do what a service does by itself in the next seconds: sweep, and work off what comes back to the queue."""
    with installation.opened() as assembly:
        ledger_state.end_visibility(assembly)
        ledger_state.end_leases(assembly)
        assembly.box_office.sweep()
    report = installation.ask("worker", "--once")
    assert report["failed"] == 0
    assert ledger_state.is_idle(installation)


def assert_sold_once(installation: Installation, order: Order, before: Goods) -> None:
    """There is one sale with its tickets, one charge, one mail; and it was told once."""
    with installation.opened() as assembly:
        ports = assembly.ports
        assert_whole(before, goods_of(assembly, order.id), _QUANTITY, ports.qr_images)
        steps = [entry.step for entry in ports.orders.journal(order.id)]
    assert steps == [Step.RESERVED, Step.PAYMENT_STARTED, Step.PAID, Step.MAILED]
    assert ledger_state.charges(installation) == [ledger_state.Charge(order.id, "approved", refunded=False)]
    assert installation.audit(order.event_id).sold == _QUANTITY


@pytest.mark.parametrize("point", WORKING | DELIVERING)
def test_a_dead_worker_is_followed_by_another(installation: Installation, point: str) -> None:
    """Wherever a worker dies, the next one ends the order with the same tickets and without another charge."""
    order = reserve_and_pay(installation)
    crash(installation, point, order)
    before = goods(installation, order)
    installation.audit(order.event_id)

    go_on(installation)

    assert_sold_once(installation, order, before)


@pytest.mark.parametrize("point", PAYING)
def test_a_confirmed_payment_is_not_forgotten(installation: Installation, point: str) -> None:
    """A process that dies between confirming and publishing leaves a message that the sweeper publishes."""
    order = reserve(installation)
    crash(installation, point, order)
    before = goods(installation, order)
    assert before.status is OrderStatus.PROCESSING

    go_on(installation)

    assert_sold_once(installation, order, before)


@pytest.mark.parametrize("point", REFUNDING)
def test_a_begun_refund_is_finished(installation: Installation, point: str) -> None:
    """A process that dies while returning money leaves a refund that the next worker finishes, once."""
    order = reserve_and_pay(installation)
    go_on(installation)
    crash(installation, point, order)

    go_on(installation)

    assert ledger_state.charges(installation) == [ledger_state.Charge(order.id, "approved", refunded=True)]
    with installation.opened() as assembly:
        ports = assembly.ports
        refunded = ports.orders.get(order.id)
        tickets = ports.tickets.of_order(order.id)
        steps = [entry.step for entry in ports.orders.journal(order.id) if entry.step is not Step.MAILED]
    assert refunded is not None
    assert refunded.status is OrderStatus.REFUNDED
    assert {ticket.status for ticket in tickets} == {TicketStatus.VOID}
    assert steps[-2:] == [Step.REFUND_STARTED, Step.REFUNDED]
    audit = installation.audit(order.event_id)
    assert (audit.held, audit.sold, audit.available) == (0, 0, 10)


def test_a_charge_that_was_not_recorded_before_the_event_was_cancelled_goes_back(installation: Installation) -> None:
    """The gateway can no longer cancel what a dead worker had charged: the money is returned."""
    order = reserve_and_pay(installation)
    crash(installation, "after the charge", order)
    installation.ask("events", "update", order.event_id, "--status", "cancelled")

    go_on(installation)

    assert ledger_state.charges(installation) == [ledger_state.Charge(order.id, "approved", refunded=True)]
    assert "The gateway has returned R$135.00." in installation.run("orders", "explain", order.id)
    audit = installation.audit(order.event_id)
    assert (audit.held, audit.sold, audit.tickets) == (0, 0, 0)


# The wait is real and long.  A killed service waits for it too, on both databases.
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_message_comes_back_by_itself(installation: Installation) -> None:
    """A message that a dead worker had received is delivered again when its visibility ends."""
    order = reserve_and_pay(installation)
    crash(installation, "after the charge", order)
    before = goods(installation, order)
    assert installation.ask("queue", "status")["in_flight"] == 1

    with serving(installation) as service:
        service.client.order_once("paid", order.id)
        eventually(lambda: ledger_state.is_idle(installation), "the message comes back and is worked off", pause=0.5)
        eventually(lambda: is_delivered(installation, order), "the tickets are mailed", pause=0.5)

    assert_sold_once(installation, order, before)


def test_a_mail_that_comes_twice_is_one_message(installation: Installation) -> None:
    """A worker that dies after the mail sends it again: the same tickets under the same Message-ID."""
    inbox = Inbox()
    with smtp_server(inbox) as port:
        mailing = installation.having(MAIL_URL=f"smtp://127.0.0.1:{port}?from=tickets@example.org")
        order = reserve_and_pay(mailing)
        crash(mailing, "after the mail", order)
        go_on(mailing)

    first, second = inbox.mails
    assert first == second
    assert first.qr_codes == goods(mailing, order).qr_codes
    assert mailing.audit(order.event_id).sold == _QUANTITY


def test_a_worker_that_mails_before_the_sale_is_recorded_is_caught(installation: Installation) -> None:
    """Tickets that were mailed and then replaced by others are noticed by the same assertions."""
    order = reserve_and_pay(installation)
    crash(installation, CARELESS, order)
    before = goods(installation, order)
    assert before.mails

    go_on(installation)

    with pytest.raises(AssertionError, match="a mail brought tickets that do not count"):
        assert_sold_once(installation, order, before)
    installation.audit(order.event_id)
