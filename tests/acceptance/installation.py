"""One box office as its operator has it: a data directory, an environment, and the commands over both."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from tests.acceptance import forked_processes
from tests.limits import NO_LIMITS
from ticketcore import EventDraft, LiveEvent
from ticketcore.domain import timestamps
from ticketcore.domain.availability import Audit
from ticketcore.domain.ids import EventId
from ticketcore_bootstrap import Assembly, assemble, read_settings

ADMIN_KEY = "the-admin-key-of-these-tests"


@attrs.frozen
class Installation:
    """Where a box office keeps its things and how it is set up."""

    data: Path
    settings: Mapping[str, str]

    @classmethod
    def on(cls, url: str, directory: Path) -> Installation:
        """Return an installation on an up-to-date database; a SQLite file becomes the embedded one."""
        data = directory / "data"
        data.mkdir()
        settings = {"TICKETCORE_DATA": str(data), "TICKETCORE_ADMIN_KEY": ADMIN_KEY}
        settings |= {f"TICKETCORE_{name}": value for name, value in NO_LIMITS.items()}
        if url.startswith("sqlite:///"):
            shutil.move(url.removeprefix("sqlite:///"), data / "ticketcore.db")
        else:
            settings["TICKETCORE_DATABASE_URL"] = url
        return cls(data, settings)

    def having(self, **settings: str) -> Installation:
        """Return the same installation with other settings, named without their prefix."""
        return attrs.evolve(
            self, settings={**self.settings, **{f"TICKETCORE_{name}": held for name, held in settings.items()}}
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of this installation's processes."""
        others = {name: held for name, held in os.environ.items() if not name.startswith("TICKETCORE_")}
        return {**others, **self.settings}

    @contextmanager
    def opened(self) -> Iterator[Assembly]:
        """Yield the library on this installation's database, as another process would open it."""
        assembly = assemble(read_settings(self.settings))
        try:
            yield assembly
        finally:
            assembly.close()

    def run(self, *arguments: str) -> str:
        """Run a command of ``ticketcore`` and answer what it prints; it must succeed."""
        ended = forked_processes.run(forked_processes.command, self.environment, arguments, directory=self.data.parent)
        assert ended.code == 0, f"{arguments} exited {ended.code}:\n{ended.output}{ended.errors}"
        return ended.output

    def ask(self, *arguments: str) -> Any:
        """Run a command with ``--json`` and answer what it prints."""
        return json.loads(self.run(*arguments, "--json"))

    def create_event(self, capacity: int) -> EventId:
        """Create an event on sale and answer its id."""
        draft = EventDraft("Show", timestamps.parse("2099-05-01T20:00:00Z"), "Hall", capacity, price="45.00")
        with self.opened() as assembly:
            live = assembly.organiser.create_event(draft)
        assert isinstance(live, LiveEvent), live
        return live.event.id

    def audit(self, event_id: str) -> Audit:
        """Return the audit of an event, which must be conserved for the library and the command line alike."""
        with self.opened() as assembly:
            audit = assembly.ports.events.audit(EventId(event_id))
        assert audit is not None, "there is no such event"
        assert audit.is_conserved, f"not conserved: {audit}"
        shown = self.ask("stock", "show", event_id)
        assert shown["conserved"], f"not conserved: {shown}"
        return audit
