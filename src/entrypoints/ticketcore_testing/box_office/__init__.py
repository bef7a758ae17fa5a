"""A model of the rules of a box office, and a state machine that compares any box office with it.

::

    class Machine(BoxOfficeMachine):
        def new_harness(self) -> Harness:
            clock, inventory = VirtualClock(), MyInventory()
            ports = memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1), inventory)
            return Harness(BoxOffice(ports), clock, inventory.wipe)


    TestMyBoxOffice = Machine.TestCase
"""

from __future__ import annotations

from ticketcore_testing.box_office.harness import Harness, MovableClock
from ticketcore_testing.box_office.machine import BoxOfficeMachine
from ticketcore_testing.box_office.model import Model

__all__ = ["BoxOfficeMachine", "Harness", "Model", "MovableClock"]
