"""Wrong queues, gateways and inventories over those of the simulator."""

from __future__ import annotations

from tests.wrong import ports
from ticketcore_memory import MemoryMailer
from ticketcore_simulator.components import LossyInventory, LossyQueue, SlowGateway


class AcknowledgesFirst(ports.AcknowledgesFirst, LossyQueue):
    """Deletes a message when it is delivered."""


class RetryLoses(ports.RetryLoses, LossyQueue):
    """Deletes a message that is given back."""


class ChargesAgain(ports.ChargesAgain, SlowGateway):
    """Charges again at every call."""


class RefundsNothing(ports.RefundsNothing, SlowGateway):
    """Reports a refund and keeps the money."""


class RefundsAll(ports.RefundsAll, SlowGateway):
    """Returns all of the money for a part of it."""


class CancelsNothingThatWaits(ports.CancelsNothingThatWaits, SlowGateway):
    """Calls a charge cancelled that its buyer can still pay."""


class BelievesEveryNotice(ports.BelievesEveryNotice, SlowGateway):
    """Takes any message for its own."""


class KeepsMails(MemoryMailer):
    """Removes no mail."""

    def forget(self, key: str) -> int:
        return 0


# A sweep repairs the counters of these, so they are looked for where nothing is lost and nothing is repaired.


class VersionsAreIgnored(ports.VersionsAreIgnored, LossyInventory):
    """Follows a sync of any version."""


class EndGivesNothingBack(ports.EndGivesNothingBack, LossyInventory):
    """Ends a take without giving its places back."""


class KeepsOldTerms(ports.KeepsOldTerms, LossyInventory):
    """Keeps the terms of sale with which the counter was created."""
