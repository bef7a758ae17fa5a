"""Real processes that run the request of a scenario and kill themselves at a call.

Each is forked from a server process that has imported everything and opened nothing.  The server is a process of its own
because the tests may have threads, which do not survive a fork.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import attrs

from tests.crashes.driver import Driver, Facts
from tests.crashes.enumeration import Result, run_request
from tests.crashes.fault_injection import FaultInjector, Injection, with_faults
from tests.crashes.scenarios import SCENARIOS
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_memory import VirtualClock

_ROOT = Path(__file__).parents[2]


@attrs.frozen
class Job:
    """A request for a process: the scenario, the fault, the settings, the time and the recorded facts."""

    scenario: str
    injection: Injection | None
    settings: Mapping[str, str]
    moment: datetime
    facts: Facts


def driver_of(assembly: Assembly, clock: VirtualClock, facts: Facts, injector: FaultInjector) -> Driver:
    """Return a driver over an assembly, with a virtual clock and injected faults."""
    ports = attrs.evolve(assembly.ports, clock=clock)
    return Driver(attrs.evolve(assembly, ports=with_faults(ports, injector)), ports, clock, facts)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _request(job: Job) -> Result:
    injector = FaultInjector(job.injection, _kill)
    assembly = assemble(read_settings(job.settings))
    try:
        return run_request(
            driver_of(assembly, VirtualClock(job.moment), job.facts, injector), SCENARIOS[job.scenario], injector
        )
    finally:
        assembly.close()


def _be_child(job: Job, writer: int) -> NoReturn:
    try:
        with open(writer, "wb") as result:
            pickle.dump(_request(job), result)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _run(job: Job) -> tuple[int, bytes]:
    """Run a job in a forked process; return its exit code and its pickled result."""
    reader, writer = os.pipe()
    process_id = os.fork()
    if process_id == 0:
        _be_child(job, writer)
    os.close(writer)
    with open(reader, "rb") as results:
        result = results.read()
    return os.waitstatus_to_exitcode(os.waitpid(process_id, 0)[1]), result


def serve() -> None:
    """Run each job from standard input in a process of its own."""
    while (job := _next_job()) is not None:
        # Assembling imports the adapters before the fork, and opens nothing.
        assemble(read_settings(job.settings)).close()
        pickle.dump(_run(job), sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _next_job() -> Job | None:
    try:
        job: Job = pickle.load(sys.stdin.buffer)
    except EOFError:
        return None
    return job


@attrs.frozen
class ProcessServer:
    """A process that forks a process for each job."""

    _server: subprocess.Popen[bytes]

    def run(self, job: Job) -> Result:
        """Return the result of a job once its process has ended."""
        jobs, results = self._server.stdin, self._server.stdout
        assert jobs is not None
        assert results is not None
        pickle.dump(job, jobs)
        jobs.flush()
        code, pickled = pickle.load(results)
        if code == -signal.SIGKILL:
            return Result(crashed=True)
        assert code == 0, f"{job.scenario}: the process ended with {code}, see its standard error"
        result = pickle.loads(pickled)
        assert isinstance(result, Result)
        return result


@contextmanager
def running_process_server() -> Iterator[ProcessServer]:
    """Yield a process server, which ends with this context."""
    command = [sys.executable, "-c", "from tests.crashes.processes import serve; serve()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT) as server:
        yield ProcessServer(server)
