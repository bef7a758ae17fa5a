"""The protocol of gates: devices that ask the service, judge by themselves without it, hand in, take back and read lists.

It follows the script of the page ``/gate``: its judge, its pass and its store.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from tests.model import gate_device as device
from tests.model import gate_service as service
from tests.model.checker import Model
from tests.model.gate_laws import broken_law, broken_law_at_rest
from tests.model.gate_state import Call, Device, State

Steps = Iterator[tuple[str, State]]


@attrs.frozen
class GateModel(Model[State]):
    """Each device makes ``scans`` and ``undos`` at most, while ``ticks`` pass; ``behind`` is how late the second's clock is.

    ``kinds`` are the faults that may happen, ``faults`` of them.  ``without`` names a rule to leave out.
    """

    devices: int = 2
    scans: int = 1
    undos: int = 0
    faults: int = 2
    ticks: int = 1
    behind: int = 0
    kinds: frozenset[str] = frozenset({"cut", "unanswered", "power"})
    without: str = ""

    def start(self) -> State:
        devices = (Device(self.scans, self.undos),) * self.devices
        return State(devices, self.faults, self.ticks, now=1 + self.behind, undone=(0,) * self.devices)

    def broken(self, state: State) -> str | None:
        return broken_law(state)

    def broken_at_rest(self, state: State) -> str | None:
        return broken_law_at_rest(state)

    def steps(self, state: State) -> Steps:
        for which, each in enumerate(state.devices):
            for name, after in self._steps_of(state, which, each):
                yield f"gate {which}: {name}", after
        for number, call in enumerate(state.late):
            left = state._replace(late=(*state.late[:number], *state.late[number + 1 :]))
            yield f"service: late {call.act}", service.decided(self, left, call)[0]

    def _steps_of(self, state: State, which: int, each: Device) -> Steps:
        for kind in ("judging", "passing", "listing"):
            call: Call | None = getattr(each, kind)
            if call is None:
                continue
            if call.result:
                yield f"{kind}: {call.act}: {call.result}", device.told(self, state, which, kind)
            else:
                after, result = service.decided(self, state, call)
                yield f"{kind}: service: {call.act}", after.with_device(which, **{kind: call._replace(result=result)})
        if not each.online:
            yield "the network is back", state.with_device(which, online=True)
            return
        if each.is_passing:
            return
        if each.kept:
            yield "hands in", device.hand_in(self, state, which)
        elif device.is_stale(state, each):
            yield "asks for the list", device.ask_for_list(state, which)

    def optional_steps(self, state: State) -> Steps:
        for which, each in enumerate(state.devices):
            if each.judging is None and each.scans:
                yield f"gate {which}: scans", device.scan(self, state, which)
            if each.judging is None and each.undos and each.last:
                yield f"gate {which}: takes back", device.take_back(self, state, which)
            if each.online and not each.is_passing and not each.kept:
                yield f"gate {which}: looks for something new", device.ask_for_list(state, which)
            for name, after in self._faults(state, which, each) if state.faults else ():
                yield f"gate {which}: FAULT: {name}", after
        if state.ticks:
            yield "time passes", state._replace(now=state.now + 1, ticks=state.ticks - 1)

    def _faults(self, state: State, which: int, each: Device) -> Steps:
        hit = state._replace(faults=state.faults - 1)
        if "cut" in self.kinds and each.online:
            yield "the network is cut", hit.with_device(which, online=False)
        if "power" in self.kinds and each.judging is None and (each.passing or each.listing):
            yield "the phone loses power", hit.with_device(which, passing=None, listing=None)
        for kind in ("judging", "passing", "listing"):
            call: Call | None = getattr(each, kind)
            if call is None:
                continue
            if "unanswered" in self.kinds:
                yield f"{kind}: no answer", device.unanswered(self, hit, which, kind)
            if "late" in self.kinds and not call.result and call.act != "list":
                late = hit._replace(late=tuple(sorted([*hit.late, call])))
                yield f"{kind}: no answer yet", device.unanswered(self, late, which, kind)
