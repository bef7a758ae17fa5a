"""What the service does with a call of a gate, each in a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model import gate_rules as rules
from tests.model.gate_state import Call, Scan, State

if TYPE_CHECKING:
    from tests.model.gate import GateModel


def decided(model: GateModel, state: State, call: Call) -> tuple[State, str]:
    """Return the state after the service has decided, and the result."""
    match call.act:
        case "admit":
            return _admit(state, call.scans[0])
        case "merge":
            for scan in call.scans:
                state = state._replace(counted=_merged(model, state, scan))
            return state, "merged"
        case "undo":
            return _undo(state, call.scans[0].gate)
        case _:
            return state, state.status


def _admit(state: State, scan: Scan) -> tuple[State, str]:
    counted, is_admitted = rules.admit(state.counted, state.undone, scan, state.now)
    if not is_admitted:
        return state, "refused"
    greens = (*state.greens, scan) if counted != state.counted else state.greens
    return state._replace(counted=counted, greens=greens), "admitted"


def _merged(model: GateModel, state: State, scan: Scan) -> tuple[Scan, ...]:
    match model.without:
        case "the earliest scan counts":
            made = [each for each in state.counted if each[1:] != scan[1:]]
            return (*made, scan) if scan.at > state.undone[scan.gate] else state.counted
        case "a scan counts once":
            return tuple(sorted([*state.counted, scan]))
        case _:
            return rules.merge(state.counted, state.undone, scan)


def _undo(state: State, gate: int) -> tuple[State, str]:
    taken = rules.undo(state.counted, state.undone, gate, state.now)
    if taken is None:
        return state, "refused"
    counted, undone = taken
    greens = tuple(scan for scan in state.greens if scan.gate != gate)
    after = state._replace(counted=counted, undone=undone, now=state.now + 1, greens=greens)
    # Its clock may be ahead.
    left = tuple(scan for scan in state.devices[gate].inside if scan.at > state.now)
    return after.with_device(gate, inside=left), "undone"
