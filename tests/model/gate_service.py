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
    counted, is_admitted = rules.admit(state.counted, state.undone_at, scan, state.now)
    if not is_admitted:
        return state, "refused"
    greens = (*state.greens, scan) if counted != state.counted else state.greens
    return state._replace(counted=counted, greens=greens), "admitted"


def _merged(model: GateModel, state: State, scan: Scan) -> tuple[Scan, ...]:
    match model.without:
        case "the earliest scan counts":
            made = [each for each in state.counted if each[1:] != scan[1:]]
            return (*made, scan) if scan.at > state.undone_at else state.counted
        case "a scan counts once":
            return tuple(sorted([*state.counted, scan]))
        case "what was taken back stays so":
            return rules.merge(state.counted, 0, scan)
        case _:
            return rules.merge(state.counted, state.undone_at, scan)


def _undo(state: State, gate: int) -> tuple[State, str]:
    undone = rules.undo(state.counted, state.undone_at, gate, state.now)
    if undone is None:
        return state, "refused"
    cleared = {each[1:] for each in state.counted}
    counted, undone_at = undone
    devices = tuple(
        each._replace(inside=tuple(scan for scan in each.inside if scan[1:] not in cleared and scan.at > undone_at))
        for each in state.devices
    )
    after = state._replace(counted=counted, undone_at=undone_at, now=state.now + 1, devices=devices, greens=())
    return after, "undone"
