"""Takes from the live counter: the adapter, beside the script called by redis-py and by redis-benchmark."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib import resources
from urllib.parse import urlsplit

import attrs
import redis

from benchmarks.measuring import OURS, Bed, CannotMeasure, Round, Side
from benchmarks.servers import Stores
from benchmarks.takers import Taker
from benchmarks.timing import CallRow, Calls, Clock, side_by_side
from benchmarks.yardsticks import taking
from tests.servers.programs import find

PROGRAM_VARIABLE = "TICKETCORE_BENCH_REDIS_BENCHMARK"

_THREADS = 8
_AT_ONCE = 16


def _one_process(bed: Bed) -> Mapping[str, Side]:
    ours, its = bed.stock.events(2)
    taker, client = Taker(bed.stores.redis_url, ours), redis.Redis.from_url(bed.stores.redis_url)
    script = client.register_script(_script())
    return {
        OURS: Calls(bed.stores, taker.take),
        "redis-py": Calls(bed.stores, lambda: taking.take(script, its, taking.new_order_id(), 1)),
    }


def _several_processes(bed: Bed) -> Mapping[str, Side]:
    ours, its = bed.stock.events(2)
    return {OURS: Takers(bed.stores, ours, bed.processes), "redis-benchmark": RedisBenchmark(bed.stores, its)}


@attrs.frozen
class Takers:
    """The adapter in several processes, each with several threads."""

    stores: Stores
    event_id: str
    processes: int

    def measure(self, seconds: float) -> Round:
        """Take places for so long."""
        command = [
            *(sys.executable, "-m", "benchmarks.takers"),
            *(self.stores.redis_url, self.event_id, str(seconds), str(_THREADS)),
        ]
        clock = Clock(self.stores)
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(self.processes)]
        found = [json.loads(each.communicate()[0]) for each in started]
        # Until they have imported what they need is no part of it.
        return attrs.evolve(
            clock.round_of(sum(each["takes"] for each in found)),
            rate=sum(each["takes"] / each["seconds"] for each in found),
            api=sum(each["cpu"] for each in found) / sum(each["takes"] for each in found),
        )


@attrs.frozen
class RedisBenchmark:
    """The script on as many connections as the threads of two processes have."""

    stores: Stores
    event_id: str

    def measure(self, seconds: float) -> Round:
        """Take places for about so long."""
        count = round(self._run(1000).rate * seconds)
        return self._run(max(1000, count))

    def _run(self, count: int) -> Round:
        program = find("redis-benchmark", "redis-tools", PROGRAM_VARIABLE)
        if program is None:
            raise CannotMeasure(f"no redis-benchmark: install redis-tools, or set {PROGRAM_VARIABLE} to its path")
        with redis.Redis.from_url(self.stores.redis_url) as client:
            digest = client.script_load(_script())
        address = urlsplit(self.stores.redis_url)
        clock = Clock(self.stores)
        command = [
            *(program, "-h", str(address.hostname), "-p", str(address.port), "-c", str(_AT_ONCE), "-n", str(count)),
            *("-r", "1000000000", "--csv", "evalsha", str(digest), *self._arguments()),
        ]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        [rate] = re.findall(r'^"evalsha[^\n]*?","([\d.]+)"', output, re.MULTILINE)
        return attrs.evolve(clock.round_of(count), rate=float(rate))

    def _arguments(self) -> list[str]:
        keys = taking.keys(self.event_id, "__rand_int__")
        return [str(len(keys)), *keys, *map(str, taking.arguments(self.event_id, "__rand_int__", 1))]


def _script() -> str:
    return (resources.files("ticketcore_redis") / "scripts" / "take.lua").read_text()


TAKE_ROWS = (
    CallRow("take", "RedisInventory.take, one process", side_by_side(_one_process)),
    CallRow("takes", "RedisInventory.take, several processes", side_by_side(_several_processes)),
)
