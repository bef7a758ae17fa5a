"""The laws of gates."""

from __future__ import annotations

from tests.model.gate_state import State

ONCE = "a gate lets a ticket in once"
GREEN = "the service admits a ticket once"
SORTED = "the earliest scan counts"
SINGLE = "a scan counts once"
KNOWN = "the ledger knows who was let in"
BACK = "every scan that counts let the ticket in"
LISTED = "a list tells what the ledger has"


def broken_law(state: State) -> str | None:
    """Return the law that a state breaks."""
    if any(len(each.inside) > 1 for each in state.devices):
        return ONCE
    if len(state.greens) > 1:
        return GREEN
    if [*state.counted] != sorted(state.counted):
        return SORTED
    counted = [each[1:] for each in state.counted]
    return SINGLE if len({*counted}) != len(counted) else None


def broken_law_at_rest(state: State) -> str | None:
    """Return the law that a state breaks in which all was handed in."""
    # The clock of the service counts for what it has admitted.
    admitted = {scan[1:] for scan in state.greens}
    inside = {
        scan[1:]
        for each in state.devices
        for scan in each.inside
        if scan.at > state.undone[scan.gate] or scan[1:] in admitted
    }
    counted = [each[1:] for each in state.counted]
    if not inside <= {*counted}:
        return KNOWN
    doubtful = {scan[1:] for each in state.devices for scan in each.doubtful}
    if not {*counted} <= inside | doubtful:
        return BACK
    return LISTED if any(each.listed != state.status for each in state.devices) else None
