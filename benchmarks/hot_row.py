"""One event that all want: its orders over HTTP, beside the statement that sells them, sent by pgbench alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import attrs

from benchmarks.http_rows import Server, orders_of
from benchmarks.measuring import OURS, Bed, CannotMeasure, Round, Side
from benchmarks.servers import WITHOUT_WORKER, Stores, running_service
from benchmarks.timing import CallRow, Clock
from tests.servers.postgres import wheel_binaries
from ticketcore_sql.reserve_statement import RESERVE

PGBENCH = "pgbench"

_CLIENTS = 16
#: What pgbench fills in for the parameters of the statement; ``:n`` is a random number.
_VALUES = {
    "event_id": "'{event_id}'",
    "order_id": "('order' || :n)",
    "digest": "('digest' || :n)",
    "customer_email": "('buyer' || :n || '@example.com')",
    "customer": "('customer' || :n)",
    "quantity": "1",
    "now": "now()",
    "expires_at": "now() + interval '15 minutes'",
    "step": "'reserved'",
    "facts": "'{{}}'",
}


@attrs.frozen
class PgBench:
    """The statement on as many connections as clients of HTTP have, prepared once on each."""

    stores: Stores
    event_ids: Sequence[str]

    def measure(self, seconds: float) -> Round:
        """Sell places of the events, each as often as the others; raise ``CannotMeasure`` if one could not be sold."""
        clock = Clock(self.stores)
        with tempfile.TemporaryDirectory() as directory:
            files = [Path(directory, f"{number}.sql") for number in range(len(self.event_ids))]
            for file, event_id in zip(files, self.event_ids, strict=True):
                file.write_text(_script(event_id))
            command = self._command(files, seconds)
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if "number of failed transactions: 0 " not in output:
            raise CannotMeasure(output)
        [done] = re.findall(r"actually processed: (\d+)", output)
        return clock.round_of(int(done))

    def _command(self, scripts: Sequence[Path], seconds: float) -> list[str]:
        parts = urlsplit(self.stores.database_url)
        server = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return [
            *(_program(), "--no-vacuum", "--protocol", "prepared", "--client", str(_CLIENTS)),
            *("--time", str(max(1, round(seconds))), *(f"--file={script}" for script in scripts)),
            *("--host", server["host"], "--port", server["port"], "--username", str(parts.username)),
            parts.path.removeprefix("/"),
        ]


def _program() -> str:
    if found := shutil.which("pgbench"):
        return found
    binaries = wheel_binaries()
    assert binaries is not None, "the group of dependencies brings the wheel"
    return str(Path(binaries) / "pgbench")


def _script(event_id: str) -> str:
    statement = RESERVE.replace("{schema}", "")
    for name, value in _VALUES.items():
        statement = statement.replace(f"%({name})s", value.format(event_id=event_id))
    # A semicolon ends it, and it may not be spread over lines that are empty.
    return f"\\set n random(1, 1000000000000000000)\n{' '.join(statement.split())};\n"


@contextmanager
def _sides(bed: Bed) -> Iterator[Mapping[str, Side]]:
    [ours, its] = bed.stock.events(2)
    with running_service(bed.stores, bed.processes, WITHOUT_WORKER) as service:
        yield {
            OURS: Server(201, bed.stores, service, lambda count: orders_of([ours], count)),
            PGBENCH: PgBench(bed.stores, [its]),
        }


HOT_ROWS = (CallRow("hot", "POST /orders, one event", _sides),)
