"""What has to be true once a request was answered, at the first try or when it was repeated."""

from __future__ import annotations

from collections.abc import Iterator

from tests.crashes.driver import ANOTHER_BUYER, BUYER, Driver
from ticketcore import Step, TicketStatus
from ticketcore.domain import ids
from ticketcore_memory import MemoryMailer


def none(_driver: Driver) -> Iterator[str]:
    """Yield nothing: the laws say all."""
    yield from ()


def undone(driver: Driver) -> Iterator[str]:
    """Yield a ticket whose admission was taken back and is still there."""
    for ticket in driver.ports.tickets.of_order(driver.facts.order.id):
        if ticket.status is not TicketStatus.VALID:
            yield "law 5: an admission was taken back, and its ticket is used"


def forgotten(driver: Driver) -> Iterator[str]:
    """Yield an address that was forgotten and is still there: in an order, the journal, or a mail in memory."""
    order = driver.ports.orders.get(driver.facts.order.id)
    if order is None or order.customer_email == BUYER or order.customer is not None:
        yield "law 5: a person was forgotten, and an order has the address"
    if BUYER in "\n".join(map(repr, driver.ports.orders.journal(driver.facts.order.id))):
        yield "law 5: a person was forgotten, and the journal has the address"
    mailer = driver.outside.mailer
    # Real processes have a directory of mails each, and remove what is in their own.
    sent = mailer.sent if isinstance(mailer, MemoryMailer) else ()
    if any(mail.key.startswith(ids.digest(driver.facts.order.id)) for mail in sent):
        yield "law 5: a person was forgotten, and a mail has the address"


def corrected(driver: Driver) -> Iterator[str]:
    """Yield an order whose address was corrected, and what has the one before, or was not counted with it."""
    order = driver.ports.orders.get(driver.facts.order.id)
    if order is None or order.customer_email != ANOTHER_BUYER:
        yield "law 4: a correction was answered, and the order has another address"
    steps = [entry.step for entry in driver.ports.orders.journal(driver.facts.order.id)]
    if steps.count(Step.CORRECTED) != 1:
        yield f"law 5: one correction was written {steps.count(Step.CORRECTED)} times"
    audit = driver.ports.events.audit(driver.facts.event_id)
    if audit is None or not audit.is_conserved:
        yield f"law 1: a correction moved no count: {audit}"
