"""Contract suite of a ledger that many threads of two processes use at once."""

from __future__ import annotations

from ticketcore_testing.contracts.races.door import DoorRaces
from ticketcore_testing.contracts.races.endings import EndingRaces
from ticketcore_testing.contracts.races.mixed_load import MixedLoadRaces
from ticketcore_testing.contracts.races.payment import PaymentRaces
from ticketcore_testing.contracts.races.places import PlacesRaces

__all__ = ["LedgerRacesContract"]


class LedgerRacesContract(PlacesRaces, PaymentRaces, EndingRaces, DoorRaces, MixedLoadRaces):
    """Hold a ledger to its contract while many threads use it; override ``open_ledger``.

    Each race opens the ledger twice, as two processes would, and calls it from up to 36 threads at the same time.  An adapter
    that checks first and writes later may be lucky here: the tests whose names end with ``atomic`` find it every time.
    """
