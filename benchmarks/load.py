"""Load on a server: wrk sends prepared requests on a number of connections, each as soon as the one before is answered."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from tests.servers.programs import find

PROGRAM_VARIABLE = "TICKETCORE_BENCH_WRK"

_SCRIPT = Path(__file__).with_name("wrk.lua")
_CONNECTIONS = 16


@attrs.frozen
class Request:
    """A request; a body is JSON."""

    method: str
    path: str
    body: Mapping[str, object] | None = None

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return json.dumps(self.body) if self.body else ""

    @property
    def line(self) -> str:
        """The request as the script reads it."""
        return f"{self.method}\t{self.path}\t{self.text}\n"


@attrs.frozen
class Load:
    """Requests, with header fields that all of them have; those that may be repeated are, as often as there is time."""

    requests: Sequence[Request]
    own_headers: Mapping[str, str] = attrs.field(factory=dict)
    may_repeat: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The header fields of each request."""
        return {"Content-Type": "application/json", **self.own_headers}


@attrs.frozen
class Answered:
    """What came of a load: times in seconds, and how many requests got no response."""

    requests: int
    seconds: float
    p50: float
    p99: float
    statuses: Mapping[str, int]
    lost: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def find_wrk() -> str | None:
    """Return the path of wrk, which is installed for this where it may be."""
    return find("wrk", "wrk", PROGRAM_VARIABLE)


def send(url: str, load: Load, seconds: float) -> Answered:
    """Load the server at a URL for so long, or until all requests that may not be repeated are sent."""
    wrk = find_wrk()
    assert wrk is not None, "main has looked for it"
    with tempfile.NamedTemporaryFile("w", prefix="requests-") as file:
        file.writelines(request.line for request in load.requests)
        file.flush()
        command = [
            *(wrk, "--threads", "1", "--connections", str(_CONNECTIONS), "--timeout", "30s"),
            *("--duration", f"{max(1, round(seconds))}s", "--script", str(_SCRIPT)),
            *(part for name, value in load.headers.items() for part in ("--header", f"{name}: {value}")),
            *(url, "--", file.name, "again" if load.may_repeat else "once"),
        ]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Answered(**json.loads(output.splitlines()[-1]))
