"""Wrong parts that can also be lost, set back and looked into, as the simulator needs it."""

from __future__ import annotations

from tests.wrong import ports
from ticketcore_simulator.components import LossyInventory, LossyQueue, SlowGateway


class AcknowledgesFirst(ports.AcknowledgesFirst, LossyQueue):
    """Forgets a message when it is delivered."""


class RetryLoses(ports.RetryLoses, LossyQueue):
    """Forgets a message that is given back."""


class ChargesAgain(ports.ChargesAgain, SlowGateway):
    """Charges anew whenever it is asked."""


class RefundsNothing(ports.RefundsNothing, SlowGateway):
    """Says that the money was returned, and keeps it."""


# A sweep would put these right: only where nothing is lost is a difference a proof.


class VersionsAreIgnored(ports.VersionsAreIgnored, LossyInventory):
    """Follows any news, however old."""


class EndGivesNothingBack(ports.EndGivesNothingBack, LossyInventory):
    """Ends a take without giving its places back."""
