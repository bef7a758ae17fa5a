"""What a device does: the judge, the pass that hands in, and the store, as the scripts of the page ``/gate`` have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model.gate_state import Call, Device, Kept, Scan, State

if TYPE_CHECKING:
    from tests.model.gate import GateModel


def scan(model: GateModel, state: State, which: int) -> State:
    """Judge.judge, until the service has answered."""
    each = state.devices[which]
    made = Scan(state.now - which * model.behind, which, each.scans)
    state = state.with_device(which, scans=each.scans - 1)
    if each.waiting(each.admission) and model.without != "a gate knows what it has let in":
        return state
    known = "used" if each.admission else each.listed
    if each.online:
        return state.with_device(which, judging=Call("admit", (made,), known))
    return _offline(model, state, which, made, known, asked=False)


def _offline(model: GateModel, state: State, which: int, made: Scan, known: str, *, asked: bool) -> State:
    each = state.devices[which]
    if known != "valid" and model.without != "a gate refuses what it knows to be used":
        return state.with_device(which, doubtful=(*each.doubtful, made)) if asked else state
    if asked and each.listed != "valid" and model.without == "what a list says while a gate asks is not looked at":
        return state
    if asked and model.without == "a scan has one id, asked or not":
        made = made._replace(number=made.number + 10)
    asked = asked and model.without != "what may be known is taken back at the service"
    return _let_in(state, which, made).with_device(which, kept=(*each.kept, Kept(made, asked)))


def _let_in(state: State, which: int, made: Scan) -> State:
    inside = (*state.devices[which].inside, made)
    return state.with_device(which, admission=made, last=made, inside=inside, is_newer=True)


def take_back(model: GateModel, state: State, which: int) -> State:
    """Judge.undo, until the service has answered."""
    each = state.devices[which]
    state = state.with_device(which, undos=each.undos - 1)
    assert each.last is not None
    if each.waiting(each.last):
        return _taken_back(state, which, each.last)
    return state.with_device(which, judging=Call("undo", (each.last,))) if each.online else state


def _taken_back(state: State, which: int, made: Scan) -> State:
    """store.takeBack."""
    each = state.devices[which]
    kept = tuple(
        waiting._replace(undone=True) if waiting.scan == made else waiting
        for waiting in each.kept
        if waiting.scan != made or waiting.asked
    )
    inside = tuple(scan for scan in each.inside if scan != made)
    return state.with_device(which, kept=kept, admission=None, last=None, listed="valid", inside=inside)


def hand_in(model: GateModel, state: State, which: int) -> State:
    """Begin a pass of the service."""
    each = state.devices[which]
    undone = next((kept for kept in each.kept if kept.undone), None)
    if undone:
        return state.with_device(which, passing=Call("undo", (undone.scan,)))
    if model.without == "what may be known is taken back at the service":
        kept = each.kept
    else:
        kept = tuple(each._replace(asked=True) for each in each.kept)
    sent = tuple(each.scan for each in kept)
    if model.without == "a scan is kept until the service has it":
        kept = ()
    return state.with_device(which, kept=kept, passing=Call("merge", sent))


def told(model: GateModel, state: State, which: int, kind: str) -> State:
    """Return the state after the device has the result of a call."""
    each = state.devices[which]
    call: Call = getattr(each, kind)
    state = state.with_device(which, **{kind: None})
    match call.act, call.result:
        case "admit", "admitted":
            return _let_in(state, which, call.scans[0])
        case "undo", "undone" if kind == "judging":
            return _taken_back(state, which, call.scans[0])
        case (("undo" | "merge"), _) if kind == "passing":
            return _taken_over(state, which, call)
        case "list", status:
            return _listed(model, state, which, status)
        case _:
            return state


def _taken_over(state: State, which: int, call: Call) -> State:
    """store.takenOver."""
    kept = tuple(
        each
        for each in state.devices[which].kept
        if each.scan not in call.scans or (each.undone and call.act == "merge")
    )
    return state.with_device(which, kept=kept)


def ask_for_list(state: State, which: int) -> State:
    """Begin to read the list."""
    return state.with_device(which, listing=Call("list"), is_newer=False)


def _listed(model: GateModel, state: State, which: int, status: str) -> State:
    """store.keepList."""
    each = state.devices[which]
    ends = status == "valid" and not each.is_newer and not each.waiting(each.admission)
    ends = ends or (status == "valid" and model.without == "a list ends only what is older")
    return state.with_device(which, listed=status, admission=None if ends else each.admission)


def is_stale(state: State, each: Device) -> bool:
    """Return whether the list has something new for the device."""
    ends = state.status == "valid" and each.admission is not None and not each.waiting(each.admission)
    return each.listed != state.status or ends


def unanswered(model: GateModel, state: State, which: int, kind: str) -> State:
    """Return the state after the device has given a call up."""
    call: Call = getattr(state.devices[which], kind)
    state = state.with_device(which, **{kind: None}, online=False)
    return _offline(model, state, which, call.scans[0], call.known, asked=True) if call.act == "admit" else state
