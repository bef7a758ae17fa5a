"""What the port of orders promises: each decision, its boundaries, and what a repetition does."""

from __future__ import annotations

from ticketcore_testing.contracts.orders.capturing import SettlingContract
from ticketcore_testing.contracts.orders.ending import EndingContract
from ticketcore_testing.contracts.orders.fulfilling import FulfillingContract
from ticketcore_testing.contracts.orders.paying import PayingContract
from ticketcore_testing.contracts.orders.reading import LookingContract
from ticketcore_testing.contracts.orders.refunding import RefundingContract
from ticketcore_testing.contracts.orders.reminding import RemindingContract
from ticketcore_testing.contracts.orders.reserving import ReservingContract

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
