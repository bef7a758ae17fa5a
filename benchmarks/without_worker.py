"""``ticketcore`` whose ``serve`` leaves payments and deliveries to a worker elsewhere, as it does with a queue of its own.

That a queue on the ledger's database has its worker inside is no setting, so it is taken out here.
"""

from __future__ import annotations

from ticketcore_bootstrap import background
from ticketcore_cli import run

background.WORKER = ()
run()
