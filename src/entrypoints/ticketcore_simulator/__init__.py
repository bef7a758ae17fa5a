"""Deterministic simulation: the real use cases over virtual time, one seed, and every fault that can be named.

(After FoundationDB's: Zhou et al., "FoundationDB: A Distributed Unbundled Transactional Key Value Store", SIGMOD 2021, 4.)
"""

from __future__ import annotations

from ticketcore_simulator.components import Parts, memory_parts
from ticketcore_simulator.faults import MEANINGS, Fault, Faults
from ticketcore_simulator.scheduler import Scheduler
from ticketcore_simulator.shrinking import shrink
from ticketcore_simulator.simulation import Life, MakeParts, Outcome, simulate

__all__ = [
    "MEANINGS",
    "Fault",
    "Faults",
    "Life",
    "MakeParts",
    "Outcome",
    "Parts",
    "Scheduler",
    "memory_parts",
    "shrink",
    "simulate",
]
