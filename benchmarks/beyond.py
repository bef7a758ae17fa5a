"""``python -m benchmarks.beyond``: what more processes, more rows and more nodes of Redis change, each measured alone."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import redis

from benchmarks.hot_row import PgBench
from benchmarks.http_rows import HTTP_ROWS, Server
from benchmarks.processes import cpu_seconds
from benchmarks.servers import environment, fresh, running_service, running_stores
from benchmarks.stock import stocked
from tests.servers.redis import running_cluster
from tests.servers.redis import serve as serve_redis
from tests.servers.redis_programs import any_program
from ticketcore import EventDraft, accepted
from ticketcore.domain.ids import EventId
from ticketcore_bootstrap import assemble, read_settings
from ticketcore_redis.key_names import Keys

_ROWS = (1, 2, 4, 8, 16)
#: The best round is shown: others do not show what can be had, but what else the machine did.
_ROUNDS = 3
_PROCESSES = (1, 2)
_OPERATIONS = ("event", "sold_out", "reserve")
_TAKERS, _THREADS = 3, 4
_CANDIDATES = 40
_MICRO = 1e6


class Line(NamedTuple):
    """What was measured, on what, how much of it in a second, and what CPU time one took."""

    what: str
    configuration: str
    rate: float
    cost: str


def main() -> None:
    """Measure processes, rows and nodes, or those that are named, and print a table."""
    chosen = _arguments()
    print("| operation | with | a second | CPU of one |\n| --- | --- | --- | --- |")
    for part in chosen.parts or _PARTS:
        for line in _PARTS[part](chosen.seconds):
            print(f"| {line.what} | {line.configuration} | {line.rate:,.0f} | {line.cost} |", flush=True)


def _processes(seconds: float) -> Iterator[Line]:
    """Measure requests with one process of the service, and with two."""
    rows = [row for row in HTTP_ROWS if row.name in _OPERATIONS]
    with running_stores() as template:
        with stocked(template):
            pass
        for row in rows:
            for count in _PROCESSES:
                with fresh(template) as stores, stocked(stores) as stock, running_service(stores, count) as service:
                    server = Server(row.status, stores, service, row.prepare(stock))
                    server.measure(1)
                    found = server.measure(seconds)
                cost = (
                    f"API {found.api * 1e3:.2f}, Postgres {found.postgres * 1e3:.2f}, Redis {found.redis * 1e3:.2f} ms"
                )
                yield Line(row.title, f"API processes: {count}", found.rate, cost)


def _rows(seconds: float) -> Iterator[Line]:
    """Measure the statement that sells a place on one row of an event, and spread over several; commits wait for the disk."""
    with running_stores(fsync="on") as stores, stocked(stores) as stock:
        for count in _ROWS:
            found = PgBench(stores, stock.events(count)).measure(seconds)
            yield Line(
                "the statement that sells", f"{count} rows", found.rate, f"Postgres {found.postgres * 1e3:.2f} ms"
            )


def _nodes(seconds: float) -> Iterator[Line]:
    """Measure takes of three processes, each of another event, on one Redis and on a cluster of three nodes."""
    with serve_redis(any_program()) as server:
        yield _taken("nodes of Redis: 1", server.url, [server.url], seconds)
    with running_cluster() as url, redis.RedisCluster.from_url(url.replace("+cluster", "")) as client:
        nodes = [f"redis://{node.host}:{node.port}" for node in client.get_nodes()]
        yield _taken("nodes of Redis: 3", url, nodes, seconds)


def _taken(configuration: str, url: str, nodes: Sequence[str], seconds: float) -> Line:
    event_ids = _events(url)
    with ExitStack() as stack:
        clients = [stack.enter_context(redis.Redis.from_url(node)) for node in nodes]
        process_ids = [int(client.info("server")["process_id"]) for client in clients]
    before = [cpu_seconds(process) for process in process_ids]
    command = [sys.executable, "-m", "benchmarks.takers", url]
    started = [
        subprocess.Popen([*command, event_id, str(seconds), str(_THREADS)], stdout=subprocess.PIPE, text=True)
        for event_id in event_ids
    ]
    found = [json.loads(each.communicate()[0]) for each in started]
    takes = sum(each["takes"] for each in found)
    used = [cpu_seconds(process) - earlier for process, earlier in zip(process_ids, before, strict=True)]
    cost = ", ".join(f"node {number} {cpu / takes * _MICRO:.1f} µs" for number, cpu in enumerate(used, 1))
    return Line("a take from the counter", configuration, sum(each["takes"] / each["seconds"] for each in found), cost)


def _events(url: str) -> list[EventId]:
    """Return events with counters, on as many nodes as there are."""
    with tempfile.TemporaryDirectory() as data, ExitStack() as stack:
        settings = {**environment(data), "TICKETCORE_INVENTORY_URL": url}
        assembly = stack.enter_context(assemble(read_settings(settings)))
        assembly.prepare()
        draft = EventDraft("Event", datetime.now(UTC) + timedelta(days=100), "Hall", 1_000_000, "45.00", "BRL")
        found = [accepted(assembly.organiser.create_event(draft)).event.id for _ in range(_CANDIDATES)]
    if "+cluster" not in url:
        return found[:_TAKERS]
    with redis.RedisCluster.from_url(url.replace("+cluster", "")) as client:
        of_nodes = {str(client.get_node_from_key(Keys(True).event(each)[0])): each for each in found}
    return list(of_nodes.values())


_PARTS = {"processes": _processes, "rows": _rows, "nodes": _nodes}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beyond", description=main.__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(_PARTS)}; all by default")
    parser.add_argument("--seconds", type=float, default=5, help="how long each is measured (5)")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(_PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; known are {', '.join(_PARTS)}")
    return chosen


if __name__ == "__main__":
    main()
