"""Processes that share a socket: one that is gone is replaced, a signal ends all, and none outlives the first."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable

import attrs

_LOG = logging.getLogger("ticketcore")

#: The exit status of a process that could not begin to work.
CANNOT_BEGIN = 3

_ENDING = {signal.SIGTERM, signal.SIGINT}
_WAITED_FOR = {*_ENDING, signal.SIGCHLD, signal.SIGALRM}
#: Before a process is replaced: one that can never live would be replaced without end.
_PAUSE_SECONDS = 1
_ENDING_SECONDS = 35


@attrs.define(eq=False)
class Supervisor:
    """Runs ``work`` in a number of processes until SIGTERM or SIGINT.

    ``work`` is called in each with a file that can be read when the first process is gone, and returns the exit status.  All
    signals that end it are blocked until it unblocks them.  ``gone`` is called with the id of each process that has ended.
    """

    work: Callable[[int], int]
    number: int
    gone: Callable[[int], object]
    _running: set[int] = attrs.field(factory=set)
    _life: tuple[int, int] = attrs.field(factory=os.pipe)

    def run(self) -> bool:
        """Return whether all went well: ``False`` if one of the first processes could not begin to work."""
        # Signals that are blocked and waited for are not lost, and no handler interrupts anything.
        signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR)
        # One that is ignored might not be waited for either.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._fork_missing()
        first = frozenset(self._running)
        while True:
            match signal.sigwait(_WAITED_FOR):
                case signal.SIGCHLD:
                    if any(status == CANNOT_BEGIN and pid in first for pid, status in self._replace_ended()):
                        self._end()
                        return False
                case signal.SIGALRM:
                    self._fork_missing()
                case _:
                    self._end()
                    return True

    def _fork_missing(self) -> None:
        while len(self._running) < self.number:
            pid = os.fork()
            if pid == 0:
                os.close(self._life[1])
                sys.exit(self.work(self._life[0]))
            self._running.add(pid)

    def _replace_ended(self) -> list[tuple[int, int]]:
        ended = self._reap()
        for pid, status in ended:
            _LOG.error("process %s ended (%s) and is replaced", pid, _reason(status))
            signal.alarm(_PAUSE_SECONDS)
        return ended

    def _reap(self) -> list[tuple[int, int]]:
        """Return the ids and exit statuses of processes that have ended, a negative one for a signal."""
        waited = [os.waitpid(pid, os.WNOHANG) for pid in self._running]
        ended = [(pid, os.waitstatus_to_exitcode(status)) for pid, status in waited if pid]
        for pid, _ in ended:
            self._running.remove(pid)
            self.gone(pid)
        return ended

    def _end(self) -> None:
        self._send(signal.SIGTERM)
        signal.alarm(_ENDING_SECONDS)
        while self._running:
            if signal.sigwait({signal.SIGCHLD, signal.SIGALRM}) == signal.SIGALRM:
                self._send(signal.SIGKILL)
            self._reap()
        signal.alarm(0)

    def _send(self, number: signal.Signals) -> None:
        for pid in self._running:
            os.kill(pid, number)


def _reason(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
