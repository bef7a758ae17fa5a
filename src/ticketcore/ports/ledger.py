"""The ledger: the ports that one durable record implements together."""

from __future__ import annotations

import attrs

from ticketcore.ports.deliveries import Deliveries
from ticketcore.ports.events import Events
from ticketcore.ports.keys import Keys
from ticketcore.ports.leases import Leases
from ticketcore.ports.orders import Orders
from ticketcore.ports.outbox import Outbox
from ticketcore.ports.tickets import Tickets
from ticketcore.ports.webhooks import Webhooks


@attrs.frozen
class Ledger:
    """The adapters of one durable record.  They share its locks and transactions, so they are chosen together."""

    events: Events
    orders: Orders
    tickets: Tickets
    outbox: Outbox
    deliveries: Deliveries
    keys: Keys
    leases: Leases
    webhooks: Webhooks
