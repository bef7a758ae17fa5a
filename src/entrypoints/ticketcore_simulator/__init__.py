"""Deterministic simulation: the real use cases over virtual time and injected faults, all drawn from one seed.

(After FoundationDB's: Zhou et al., "FoundationDB: A Distributed Unbundled Transactional Key Value Store", SIGMOD 2021, 4.)
"""

from __future__ import annotations

from ticketcore_simulator.components import Components, memory_components
from ticketcore_simulator.faults import MEANINGS, FaultKind, Faults
from ticketcore_simulator.scheduler import Scheduler
from ticketcore_simulator.shrinking import shrink
from ticketcore_simulator.simulation import MakeComponents, Outcome, Scenario, simulate

__all__ = [
    "MEANINGS",
    "Components",
    "FaultKind",
    "Faults",
    "MakeComponents",
    "Outcome",
    "Scenario",
    "Scheduler",
    "memory_components",
    "shrink",
    "simulate",
]
