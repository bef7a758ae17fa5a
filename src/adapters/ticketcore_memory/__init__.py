"""Every port in process: thread-safe, for tests, simulation and embedding.  Nothing survives the process."""

from __future__ import annotations

from ticketcore.ports import Clock, Ids, Inventory, Ledger, PaymentGateway, Ports
from ticketcore_memory.deliveries import MemoryDeliveries
from ticketcore_memory.events import MemoryEvents
from ticketcore_memory.files import MemoryFiles
from ticketcore_memory.inventory import MemoryInventory, NoInventory
from ticketcore_memory.keys import MemoryKeys
from ticketcore_memory.leases import MemoryLeases
from ticketcore_memory.ledger import MemoryLedger
from ticketcore_memory.limits import MemoryLimits
from ticketcore_memory.mail_composer import PlainMailComposer
from ticketcore_memory.mailer import MemoryMailer
from ticketcore_memory.observer import MemoryObserver, NoObserver
from ticketcore_memory.orders import MemoryOrders
from ticketcore_memory.outbox import MemoryOutbox
from ticketcore_memory.payment_queue import MemoryPaymentQueue
from ticketcore_memory.seal import HmacSeal, TextImages
from ticketcore_memory.system import SeededIds, SystemClock, SystemIds, VirtualClock
from ticketcore_memory.tickets import MemoryTickets
from ticketcore_memory.webhooks import MemoryWebhooks, MemoryWebhookSender

__all__ = [
    "HmacSeal",
    "MemoryDeliveries",
    "MemoryEvents",
    "MemoryFiles",
    "MemoryInventory",
    "MemoryKeys",
    "MemoryLeases",
    "MemoryLedger",
    "MemoryLimits",
    "MemoryMailer",
    "MemoryObserver",
    "MemoryOrders",
    "MemoryOutbox",
    "MemoryPaymentQueue",
    "MemoryTickets",
    "MemoryWebhookSender",
    "MemoryWebhooks",
    "NoInventory",
    "NoObserver",
    "PlainMailComposer",
    "SeededIds",
    "SystemClock",
    "SystemIds",
    "TextImages",
    "VirtualClock",
    "memory_ledger",
    "memory_ports",
]


def memory_ledger(rows: MemoryLedger | None = None) -> Ledger:
    """Return the ledger over these rows, by default an empty one."""
    rows = rows or MemoryLedger()
    return Ledger(
        events=MemoryEvents(rows),
        orders=MemoryOrders(rows),
        tickets=MemoryTickets(rows),
        outbox=MemoryOutbox(rows),
        deliveries=MemoryDeliveries(rows),
        keys=MemoryKeys(rows),
        leases=MemoryLeases(rows),
        webhooks=MemoryWebhooks(rows),
    )


def memory_ports(
    payment_gateway: PaymentGateway,
    clock: Clock | None = None,
    ids: Ids | None = None,
    inventory: Inventory | None = None,
) -> Ports:
    """Return a complete set of ports over one empty ledger; by default with the system's clock and randomness."""
    ids = ids or SystemIds()
    return Ports(
        ledger=memory_ledger(),
        inventory=inventory or MemoryInventory(),
        payment_queue=MemoryPaymentQueue(),
        payment_gateway=payment_gateway,
        files=MemoryFiles(),
        mail_composer=PlainMailComposer(),
        mailer=MemoryMailer(),
        seal=HmacSeal(ids.new(32)),
        qr_images=TextImages(),
        webhook_sender=MemoryWebhookSender(),
        clock=clock or SystemClock(),
        ids=ids,
        observer=NoObserver(),
    )
