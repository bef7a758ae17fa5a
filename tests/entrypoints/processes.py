"""``ticketcore`` commands as processes of their own, with all that they write."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO

import attrs
from prometheus_client.parser import text_string_to_metric_families

from tests import forked
from tests.entrypoints.server import Json, Server, wait_until
from tests.limits import NO_LIMITS
from tests.servers.ports import free_port

ADMIN_KEY = "an-admin-key-from-outside"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@attrs.define(eq=False)
class Process(Server):
    """A running command; ``lines`` is what it wrote to standard output, ``errors`` what to standard error."""

    errors: list[str] = attrs.field(factory=list)

    @property
    def records(self) -> list[Json]:
        """What was logged so far."""
        return [json.loads(line) for line in self.errors]

    def digests(self, *acts: str) -> set[str]:
        """The orders that were logged with one of these acts."""
        return {record["order"] for record in self.records if record.get("act") in acts}

    def scrape(self) -> Samples:
        """Return what ``/metrics`` shows."""
        status, content = self.request("GET", "/metrics", key=ADMIN_KEY)
        assert status == 200, content
        families = text_string_to_metric_families(content.decode())
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end by a signal; answer its exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


def sample(samples: Samples, name: str, **labels: str) -> float:
    return samples[(name, frozenset(labels.items()))]


@contextmanager
def running(variables: Mapping[str, str], *arguments: str, port: int = 0, first: str = "") -> Iterator[Process]:
    """Yield a command that is gone afterwards; ``first`` is Python that it runs before it begins."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TICKETCORE_")}
    environment |= {f"TICKETCORE_{name}": value for name, value in (NO_LIMITS | dict(variables)).items()}
    command = forked.piped(arguments, environment, first=first)
    process = Process(command, port)
    assert command.stdout is not None
    assert command.stderr is not None
    streams = ((command.stdout, process.lines), (command.stderr, process.errors))
    readers = [threading.Thread(target=_collect, args=each) for each in streams]
    for reader in readers:
        reader.start()
    try:
        yield process
    finally:
        if command.poll() is None:
            process.kill()
        for reader in readers:
            reader.join()


def _collect(stream: IO[str], lines: list[str]) -> None:
    with stream:
        for line in stream:
            lines.append(line.rstrip("\n"))


@contextmanager
def serving(variables: Mapping[str, str], *arguments: str, first: str = "") -> Iterator[Process]:
    """Yield a service that answers."""
    port = free_port()
    with running(variables, "serve", "--port", str(port), *arguments, port=port, first=first) as process:
        wait_until(lambda: is_ready(process, "/health/ready"))
        yield process


@contextmanager
def working(variables: Mapping[str, str], *arguments: str, first: str = "") -> Iterator[Process]:
    """Yield a worker whose metrics can be scraped."""
    port = free_port()
    with running(variables, "worker", "--metrics-port", str(port), *arguments, port=port, first=first) as process:
        wait_until(lambda: is_ready(process, "/health/live"))
        yield process


def is_ready(process: Process, path: str) -> bool:
    """Whether it answers there; fails if the process is gone."""
    assert process.process.poll() is None, process.errors
    try:
        return process.request("GET", path)[0] == 200
    except (OSError, HTTPException):
        return False


def children(process: Process) -> set[int]:
    """The processes that this one has forked and that are still there."""
    pid = process.process.pid
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
