"""The contract of the port of orders: reservations, decisions, expiry, and what a repetition does."""

from __future__ import annotations

from ticketcore_testing.contracts.orders.batches import BatchesContract
from ticketcore_testing.contracts.orders.capturing import CapturingContract
from ticketcore_testing.contracts.orders.correcting import CorrectingContract
from ticketcore_testing.contracts.orders.delivering import DeliveringContract
from ticketcore_testing.contracts.orders.ending import EndingContract
from ticketcore_testing.contracts.orders.finding import OrderListingContract
from ticketcore_testing.contracts.orders.forgetting import ForgettingContract
from ticketcore_testing.contracts.orders.giving_up import GivingUpContract
from ticketcore_testing.contracts.orders.limiting import LimitingContract
from ticketcore_testing.contracts.orders.paging import PagingContract
from ticketcore_testing.contracts.orders.paying import PayingContract
from ticketcore_testing.contracts.orders.racing import RacingContract
from ticketcore_testing.contracts.orders.reading import ReadingContract
from ticketcore_testing.contracts.orders.refunding import RefundingContract
from ticketcore_testing.contracts.orders.reminding import RemindingContract
from ticketcore_testing.contracts.orders.reserving import ReservingContract
from ticketcore_testing.contracts.orders.waiting import WaitingContract
from ticketcore_testing.contracts.orders.writing import WritingContract

__all__ = ["OrdersContract"]


class OrdersContract(
    ReservingContract,
    LimitingContract,
    WritingContract,
    BatchesContract,
    PayingContract,
    WaitingContract,
    CapturingContract,
    RefundingContract,
    GivingUpContract,
    ForgettingContract,
    CorrectingContract,
    EndingContract,
    DeliveringContract,
    RemindingContract,
    ReadingContract,
    OrderListingContract,
    PagingContract,
    RacingContract,
):
    """Hold ``Orders`` to its contract; override ``open_ledger``.

    What a change does to the events, tickets and outbox of the same ledger is checked too.
    """
