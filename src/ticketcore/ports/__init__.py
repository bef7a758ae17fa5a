"""The ports: the interfaces between the use cases and the outside world.

Each method's docstring is the contract of every adapter.  Adapters are shared: they must be thread-safe.  The values that
ports take and return are here too, unless ``ticketcore`` has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ticketcore.domain.attempts import Attempt, AttemptStatus, Refund
from ticketcore.domain.availability import SaleTerms
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import Delivery
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.ids import OrderId
from ticketcore.domain.ledger_faults import StoredOrder
from ticketcore.domain.limits import Limit, LimitedAct
from ticketcore.domain.mail import DrawnTicket, InlineImage, Mail, MailContent, OrderMail
from ticketcore.domain.merging import Merged
from ticketcore.domain.orders import Change
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.retention import AddressedOrder
from ticketcore.domain.validation import Scan, Undo
from ticketcore.domain.webhook_news import News
from ticketcore.domain.webhooks import Webhook, WebhookAnswer, WebhookDelivery
from ticketcore.ports.clock import Clock
from ticketcore.ports.deliveries import Deliveries
from ticketcore.ports.events import EventPage, Events
from ticketcore.ports.files import Files
from ticketcore.ports.ids import Ids
from ticketcore.ports.inventory import (
    Counter,
    Due,
    Inventory,
    Limited,
    NotAdmitted,
    Repeated,
    Take,
    Taken,
    TooFew,
    Uncounted,
    Unknown,
)
from ticketcore.ports.keys import Keys
from ticketcore.ports.leases import Leases
from ticketcore.ports.ledger import Ledger
from ticketcore.ports.limits import Limits
from ticketcore.ports.mail_composer import MailComposer
from ticketcore.ports.mailer import Accepted, Later, Mailer, Refused
from ticketcore.ports.observer import Act, Observer, Occurrence
from ticketcore.ports.orders import Conflict, Orders
from ticketcore.ports.outbox import Outbox, OutboxRow
from ticketcore.ports.payment_gateway import Approved, Cancelled, Declined, PaymentGateway, Pending
from ticketcore.ports.payment_queue import PaymentQueue, QueueDepth, ReceivedMessage
from ticketcore.ports.qr_images import QrImages
from ticketcore.ports.seal import Seal
from ticketcore.ports.tickets import Tickets
from ticketcore.ports.webhook_sender import WebhookSender
from ticketcore.ports.webhooks import Webhooks

__all__ = [
    "Accepted",
    "Act",
    "AddressedOrder",
    "Approved",
    "Attempt",
    "AttemptStatus",
    "Cancelled",
    "Change",
    "Claim",
    "Clock",
    "Conflict",
    "Counter",
    "Decision",
    "Declined",
    "Deliveries",
    "Delivery",
    "DrawnTicket",
    "Due",
    "EventPage",
    "EventRefund",
    "Events",
    "Files",
    "Ids",
    "InlineImage",
    "Inventory",
    "Keys",
    "Later",
    "Leases",
    "Ledger",
    "Limit",
    "Limited",
    "LimitedAct",
    "Limits",
    "Mail",
    "MailComposer",
    "MailContent",
    "Mailer",
    "Merged",
    "News",
    "NotAdmitted",
    "Observer",
    "Occurrence",
    "OrderMail",
    "OrderRecord",
    "Orders",
    "Outbox",
    "OutboxRow",
    "PaymentGateway",
    "PaymentQueue",
    "Pending",
    "Ports",
    "QrImages",
    "QueueDepth",
    "ReceivedMessage",
    "Refund",
    "Refused",
    "Repeated",
    "ReservationRequest",
    "SaleTerms",
    "Scan",
    "Seal",
    "StoredOrder",
    "Take",
    "Taken",
    "Tickets",
    "TooFew",
    "Uncounted",
    "Undo",
    "Unknown",
    "Webhook",
    "WebhookAnswer",
    "WebhookDelivery",
    "WebhookSender",
    "Webhooks",
]


@attrs.frozen
class Ports:
    """One adapter for each port: all that a box office needs."""

    ledger: Ledger
    inventory: Inventory
    payment_queue: PaymentQueue
    payment_gateway: PaymentGateway
    files: Files
    mail_composer: MailComposer
    mailer: Mailer
    seal: Seal
    qr_images: QrImages
    webhook_sender: WebhookSender
    clock: Clock
    ids: Ids
    observer: Observer

    @property
    def checks(self) -> Mapping[str, Callable[[], None]]:
        """The components by name, each with a check that raises ``Unavailable`` if it cannot be reached."""
        return {
            "ledger": self.events.check,
            "inventory": self.inventory.check,
            "payment_queue": self.payment_queue.check,
            "files": self.files.check,
            "mail": self.mailer.check,
        }

    @property
    def events(self) -> Events:
        return self.ledger.events

    @property
    def orders(self) -> Orders:
        return self.ledger.orders

    @property
    def deliveries(self) -> Deliveries:
        return self.ledger.deliveries

    @property
    def tickets(self) -> Tickets:
        return self.ledger.tickets

    @property
    def outbox(self) -> Outbox:
        return self.ledger.outbox

    @property
    def keys(self) -> Keys:
        return self.ledger.keys

    @property
    def leases(self) -> Leases:
        return self.ledger.leases

    @property
    def webhooks(self) -> Webhooks:
        return self.ledger.webhooks

    def replacing(self, **ports: Any) -> Ports:
        """Return these ports with others in their place, by name, those of the ledger included."""
        of_ledger = {name: ports.pop(name) for name in attrs.fields_dict(Ledger) if name in ports}
        return attrs.evolve(self, **{"ledger": attrs.evolve(self.ledger, **of_ledger), **ports})

    def observe(self, act: Act, outcome: Refusal | str, order_id: OrderId | None = None) -> None:
        """Tell the observer of an act; a refusal's outcome is its code."""
        word = outcome.code if isinstance(outcome, Refusal) else outcome
        self.observer.observe(Occurrence(act, word, order_id))
