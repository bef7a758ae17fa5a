"""``ticketcore demo --serve`` in a process of its own: a sale to look at, of which nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.entrypoints.processes import Process, children, is_ready, running
from tests.entrypoints.server import Json, wait_until
from tests.servers.ports import free_port


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the command makes its directories."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def sale(temporary: Path) -> Iterator[Process]:
    """Yield a sale that is served."""
    port = free_port()
    with running({}, "demo", "--serve", "--port", str(port), "--json", port=port) as process:
        wait_until(lambda: is_ready(process, "/health/ready"))
        yield process


def announced(sale: Process) -> Json:
    """Return what the command has printed."""
    [line] = sale.lines
    value: Json = json.loads(line)
    return value


def test_its_addresses_and_keys_can_be_used(sale: Process) -> None:
    """The pages are there, and an admin finds events, orders in many states, and admissions."""
    found = announced(sale)
    for name in ("events", "order", "api"):
        assert sale.request("GET", urlsplit(found[name]).path or "/")[0] == 200, name
    assert sale.request("GET", urlsplit(found["desk"]).path)[0] == 303
    assert sale.request("GET", urlsplit(found["gate"]).path)[0] == 200
    key = found["admin_key"]
    events = sale.ask("GET", "/events")["items"]
    assert [event["available"] for event in events if event["name"] == "Hamlet"] == [0]
    assert len(events) > 2

    def statuses() -> set[str]:
        return {order["status"] for order in sale.ask("GET", "/orders?limit=100", key=key)["items"]}

    wait_until(lambda: "refunded" in statuses())
    assert {"reserved", "processing", "paid", "declined", "cancelled"} <= statuses()
    [concert] = [event for event in events if event["name"] == "Night of the Proms"]
    assert sale.ask("GET", f"/events/{concert['id']}/summary", key=key)["admitted"] == 4
    status, _ = sale.request("GET", f"/gate/bundle?event_id={concert['id']}", key=found["gate_key"])
    assert status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_nothing_is_left(sale: Process, temporary: Path, number: signal.Signals) -> None:
    """Neither its directory nor a process nor its port; and it says nothing on standard error."""
    assert [*temporary.iterdir()]
    assert sale.end(number) == 0
    assert [*temporary.iterdir()] == []
    with pytest.raises(ProcessLookupError):
        os.killpg(sale.process.pid, 0)
    socket.create_server(("127.0.0.1", sale.port)).close()
    assert sale.errors == []


def test_a_process_that_dies_takes_no_data_with_it(sale: Process) -> None:
    """It is replaced, and the sale goes on."""
    [child] = children(sale)
    os.kill(child, signal.SIGTERM)
    wait_until(lambda: any("is replaced" in line for line in sale.errors))
    wait_until(lambda: is_ready(sale, "/health/ready"))
    assert len(sale.ask("GET", "/events")["items"]) > 2


def test_a_port_in_use_is_one_line(temporary: Path) -> None:
    """It names the port, and no directory is made."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running({}, "demo", "--serve", "--port", str(port)) as process:
            assert process.process.wait(30) == 1
    [line] = process.errors
    assert line.startswith(f"Error: cannot listen on 127.0.0.1:{port}: ")
    assert [*temporary.iterdir()] == []
