"""Contract suite of events."""

from __future__ import annotations

from ticketcore_testing.contracts.events.acting import ActingContract
from ticketcore_testing.contracts.events.changing import DescribingContract
from ticketcore_testing.contracts.events.counting import CountingContract
from ticketcore_testing.contracts.events.listing import ListingContract
from ticketcore_testing.contracts.events.racing import RacingContract
from ticketcore_testing.contracts.events.refunding_events import RefundingContract
from ticketcore_testing.contracts.events.summing import SummingContract

__all__ = ["EventsContract"]


class EventsContract(
    DescribingContract,
    ListingContract,
    CountingContract,
    SummingContract,
    RacingContract,
    ActingContract,
    RefundingContract,
):
    """Hold ``Events`` to its contract; override ``open_ledger``."""
