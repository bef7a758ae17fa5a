"""What the port of orders promises: each decision, its boundaries, and what a repetition does."""

from __future__ import annotations

from ticketcore.testing.contracts.orders.ending import EndingContract
from ticketcore.testing.contracts.orders.fulfilling import FulfillingContract
from ticketcore.testing.contracts.orders.looking import LookingContract
from ticketcore.testing.contracts.orders.paying import PayingContract
from ticketcore.testing.contracts.orders.refunding import RefundingContract
from ticketcore.testing.contracts.orders.reminding import RemindingContract
from ticketcore.testing.contracts.orders.reserving import ReservingContract
from ticketcore.testing.contracts.orders.settling import SettlingContract

__all__ = ["OrdersContract"]


class OrdersContract(
    ReservingContract,
    PayingContract,
    SettlingContract,
    RefundingContract,
    EndingContract,
    FulfillingContract,
    RemindingContract,
    LookingContract,
):
    """Hold ``Orders`` to its contract; override ``open_ledger``.

    Orders are never alone: their moves show in the events, tickets and outbox of the same ledger, and are looked for there.
    """
