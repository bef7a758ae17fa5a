"""Real processes that do an act of a story and kill themselves at their hour.

Each is forked from one that has imported everything and opened nothing; it is asked over a pipe, for whoever asks may have
threads.
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

from tests.crashes.enumeration import Ended, act
from tests.crashes.killing import Fate, Strike, deadly
from tests.crashes.process import Desk, Facts
from tests.crashes.stories import STORIES
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_memory import VirtualClock

_ROOT = Path(__file__).parents[2]


@attrs.frozen
class Job:
    """What a process is to do, on which parts, and what it knows."""

    story: str
    strike: Strike | None
    settings: Mapping[str, str]
    moment: datetime
    facts: Facts


def desk_of(assembly: Assembly, clock: VirtualClock, facts: Facts, fate: Fate) -> Desk:
    """Answer a process's desk over parts that were assembled; its clock is moved by hand."""
    ports = attrs.evolve(assembly.ports, clock=clock)
    return Desk(attrs.evolve(assembly, ports=deadly(ports, fate)), ports, clock, facts)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _work(job: Job) -> Ended:
    fate = Fate(job.strike, _kill)
    assembly = assemble(read_settings(job.settings))
    try:
        return act(desk_of(assembly, VirtualClock(job.moment), job.facts, fate), STORIES[job.story], fate)
    finally:
        assembly.close()


def _be_child(job: Job, writer: int) -> NoReturn:
    try:
        with open(writer, "wb") as answer:
            pickle.dump(_work(job), answer)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _run(job: Job) -> tuple[int, bytes]:
    """Answer how a forked process ended, and what it had to say."""
    reader, writer = os.pipe()
    process_id = os.fork()
    if process_id == 0:
        _be_child(job, writer)
    os.close(writer)
    with open(reader, "rb") as said:
        answer = said.read()
    return os.waitstatus_to_exitcode(os.waitpid(process_id, 0)[1]), answer


def serve() -> None:
    """Do every job that comes in, each in a process of its own."""
    while (job := _next_job()) is not None:
        # To assemble the parts imports them, and opens none.
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
class Forks:
    """Whoever forks the processes."""

    _server: subprocess.Popen[bytes]

    def run(self, job: Job) -> Ended:
        """Answer what became of a process that has ended."""
        jobs, results = self._server.stdin, self._server.stdout
        assert jobs is not None
        assert results is not None
        pickle.dump(job, jobs)
        jobs.flush()
        code, answer = pickle.load(results)
        if code == -signal.SIGKILL:
            return Ended(died=True)
        assert code == 0, f"{job.story}: the process ended with {code}, see its standard error"
        ended = pickle.loads(answer)
        assert isinstance(ended, Ended)
        return ended


@contextmanager
def running_forks() -> Iterator[Forks]:
    """Yield whoever forks the processes, which ends with this context."""
    command = [sys.executable, "-c", "from tests.crashes.processes import serve; serve()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT) as server:
        yield Forks(server)
