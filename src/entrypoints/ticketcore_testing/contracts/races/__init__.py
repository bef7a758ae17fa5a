"""Everybody at once, from two processes' worth of connections: one wins, and nobody hears an error."""

from __future__ import annotations

from ticketcore_testing.contracts.races.door import DoorRaces
from ticketcore_testing.contracts.races.endings import EndingRaces
from ticketcore_testing.contracts.races.mixed_load import MixedLoadRaces
from ticketcore_testing.contracts.races.payment import PaymentRaces
from ticketcore_testing.contracts.races.places import PlacesRaces

__all__ = ["LedgerRacesContract"]


class LedgerRacesContract(PlacesRaces, PaymentRaces, EndingRaces, DoorRaces, MixedLoadRaces):
    """Hold a ledger to its contract while many threads use it; override ``open_ledger``.

    Each race opens the ledger twice, as two processes would, and sets up to 36 threads on it at the same time.  An adapter
    that checks first and writes later loses most of these races, yet may be lucky: run the suite more than once.
    """
