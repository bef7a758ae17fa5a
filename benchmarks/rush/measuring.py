"""One rush, from the first order to the last mail, and what has to be true of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from benchmarks.processes import cpu_seconds, memory
from benchmarks.rush.buyers import Crowd, Tally
from benchmarks.rush.stores import Stores
from benchmarks.servers import Program, serving
from ticketcore import EventDraft, StockReport, accepted
from ticketcore.domain.ids import EventId
from ticketcore_bootstrap import Assembly, assemble, read_settings

LOAD, API = "buyers", "API"

_PATIENCE_SECONDS = 1800


@attrs.frozen
class Use:
    """What the processes have used at a moment: CPU seconds by name, and the bytes of the largest process of the API."""

    at: float
    cpu: Mapping[str, float]
    memory: int

    def shares(self, since: Use) -> dict[str, float]:
        """Return the share of a core that each had since then."""
        return {name: (used - since.cpu[name]) / (self.at - since.at) for name, used in self.cpu.items()}


@attrs.frozen
class Rushed:
    """What a rush came to.  ``uses`` are those before it, when it was sold out, at its end, and when all was delivered."""

    crowd: Crowd
    tally: Tally
    uses: tuple[Use, Use, Use, Use]
    stock: StockReport
    mails: int

    @property
    def rush_seconds(self) -> float:
        """How long it took until every buyer knew."""
        return self.uses[2].at - self.uses[0].at

    @property
    def delivered_after(self) -> float:
        """After how many seconds everything that was paid had been delivered."""
        return self.uses[3].at - self.uses[0].at

    def flaws(self) -> Iterator[str]:
        """Yield what is not as it must be."""
        audit, tally = self.stock.audit, self.tally
        if tally.errors:
            yield f"server errors: {dict(tally.errors)}"
        if tally.broken:
            yield f"broken connections: {dict(tally.broken)}"
        if not audit.is_conserved or self.stock.drift:
            yield f"the places do not add up: {self.stock}"
        if audit.sold != tally.winners or audit.sold > self.crowd.places:
            yield f"{audit.sold} places are sold, {tally.winners} buyers have paid, there are {self.crowd.places}"
        if self.mails != tally.winners:
            yield f"{tally.winners} buyers have paid, {self.mails} mails were sent"


def rush(stores: Stores, processes: int, places: int, buyers: int, tries: int, connections: int) -> Rushed:
    """Sell an event to a crowd, and wait until everything is delivered; raise ``TimeoutError`` if it never is."""
    with assemble(read_settings(stores.environment)) as assembly:
        assembly.prepare()
        event_id = _event(assembly, places)
        with serving(stores.environment, processes) as service:
            crowd = Crowd(_port(service), event_id, places, buyers, tries, connections)
            uses = [_use(stores, service)]
            tally = asyncio.run(crowd.rush(lambda: uses.append(_use(stores, service))))
            ended = _use(stores, service)
            sold_out = uses[1] if len(uses) > 1 else ended
            _wait_until_delivered(assembly, tally.winners)
            delivered = _use(stores, service)
        stock = assembly.organiser.stock(event_id)
        assert isinstance(stock, StockReport), stock
        return Rushed(crowd, tally, (uses[0], sold_out, ended, delivered), stock, _mails(assembly))


def _event(assembly: Assembly, places: int) -> EventId:
    date = datetime.now(UTC) + timedelta(days=100)
    draft = EventDraft("The last concert", date, "The hall at the end of the street", places, "45.00", "BRL")
    return accepted(assembly.organiser.create_event(draft)).event.id


def _port(service: Program) -> int:
    port = urlsplit(service.url).port
    assert port is not None
    return port


def _use(stores: Stores, service: Program) -> Use:
    cpu = {LOAD: sum(os.times()[:2]), API: cpu_seconds(service.process)}
    cpu |= {name: cpu_seconds(process) for name, process in stores.processes.items()}
    return Use(time.perf_counter(), cpu, memory(service.process))


def _wait_until_delivered(assembly: Assembly, paid: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _mails(assembly) < paid or assembly.organiser.delivery_backlog().pending:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{_mails(assembly)} of {paid} mails were sent")
        time.sleep(0.5)


def _mails(assembly: Assembly) -> int:
    directory: Path = assembly.settings.data / "mail"
    return sum(1 for _ in directory.glob("*.eml"))
