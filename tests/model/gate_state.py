"""The states of the protocol of gates: one ticket, the ledger, and devices that judge it with network and without."""

from __future__ import annotations

from typing import NamedTuple


class Scan(NamedTuple):
    """A scan that let a ticket in; ``number`` is its id, ``at`` what the clock of its gate says."""

    at: int
    gate: int
    number: int


class Kept(NamedTuple):
    """A scan that a device keeps until the service has it; ``asked`` is whether the service may know of it already."""

    scan: Scan
    asked: bool = False
    undone: bool = False


class Call(NamedTuple):
    """A call of a device: what it sends, what it knew before, and once the service has decided, with what result."""

    act: str
    scans: tuple[Scan, ...] = ()
    known: str = "valid"
    result: str = ""


class Device(NamedTuple):
    """One gate: what it has on its disk, its calls, and whom it has let in, as far as that was not taken back.

    ``judging`` is a call about a ticket that is presented, ``passing`` one of the pass that hands in, ``listing`` one for
    the list; ``is_newer`` is whether the device has admitted the ticket after it asked for the list.  ``doubtful`` are scans
    that it refused, of which the service may have admitted one: it asked, and what it knew before was against it.
    """

    scans: int
    undos: int
    online: bool = True
    listed: str = "valid"
    admission: Scan | None = None
    last: Scan | None = None
    kept: tuple[Kept, ...] = ()
    judging: Call | None = None
    passing: Call | None = None
    listing: Call | None = None
    is_newer: bool = False
    inside: tuple[Scan, ...] = ()
    doubtful: tuple[Scan, ...] = ()

    @property
    def is_passing(self) -> bool:
        """Whether a pass is under way, which hands in first and then reads the list."""
        return self.passing is not None or self.listing is not None

    def waiting(self, scan: Scan | None) -> Kept | None:
        """Return what is kept of a scan that the service may not know."""
        return next((each for each in self.kept if each.scan == scan), None)


class State(NamedTuple):
    """The ledger's ``counted`` scans of the ticket, the earliest first, when each gate's were ``undone``, and the devices.

    ``greens`` are the scans that the service has admitted, as far as none was taken back.
    """

    devices: tuple[Device, ...]
    faults: int
    ticks: int
    now: int = 1
    counted: tuple[Scan, ...] = ()
    undone: tuple[int, ...] = ()
    greens: tuple[Scan, ...] = ()
    late: tuple[Call, ...] = ()

    @property
    def status(self) -> str:
        """The status of the ticket."""
        return "used" if self.counted else "valid"

    def with_device(self, which: int, **changes: object) -> State:
        """Return the state with a device that has changed."""
        devices = [*self.devices]
        devices[which] = devices[which]._replace(**changes)  # type: ignore[arg-type]  # Fields of a device.
        return self._replace(devices=tuple(devices))
