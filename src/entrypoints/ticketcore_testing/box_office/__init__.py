"""The rules of a box office as one model, and a machine that holds any box office against it.

::

    class Machine(BoxOfficeMachine):
        def new_trial(self) -> Trial:
            clock, inventory = VirtualClock(), MyInventory()
            ports = memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1), inventory)
            return Trial(BoxOffice(ports), clock, inventory.wipe)


    TestMyBoxOffice = Machine.TestCase
"""

from __future__ import annotations

from ticketcore_testing.box_office.harness import MovableClock, Trial
from ticketcore_testing.box_office.machine import BoxOfficeMachine
from ticketcore_testing.box_office.model import Model

__all__ = ["BoxOfficeMachine", "Model", "MovableClock", "Trial"]
