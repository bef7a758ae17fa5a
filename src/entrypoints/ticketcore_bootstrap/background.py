"""The worker and the sweeper as loops: until told to stop, finishing what is in hand."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import attrs

from ticketcore import BoxOffice
from ticketcore.application.worker import Failure, WorkReport
from ticketcore.domain import ids
from ticketcore.domain.errors import TicketcoreError, Unavailable
from ticketcore_bootstrap import backends
from ticketcore_bootstrap.assembly import Assembly

_LOG = logging.getLogger("ticketcore")

IDLE_SECONDS = 0.1
SWEEP_SECONDS = 2.0
_AFTER_FAILURE_SECONDS = 1.0
_BATCH = 10


def work_batch(box_office: BoxOffice) -> WorkReport:
    """Work off one batch of messages and log what failed, by the order's digest."""
    report = box_office.work(_BATCH)
    for failure in report.failures:
        _log(failure)
    return report


def _log(failure: Failure) -> None:
    digest = ids.digest(failure.order_id)
    # What others say in an exception may quote the order's id.
    reason = str(failure.error) if isinstance(failure.error, TicketcoreError) else type(failure.error).__name__
    unexpected = None if isinstance(failure.error, Unavailable) else failure.error
    _LOG.warning("order %s: %s", digest, reason, exc_info=unexpected, extra={"order": digest})


def run_worker(box_office: BoxOffice, stop: threading.Event) -> None:
    """Work messages off until ``stop`` is set."""

    def once() -> float:
        report = work_batch(box_office)
        return 0.0 if report.done or report.failures else IDLE_SECONDS

    _run(once, stop)


def run_sweeper(box_office: BoxOffice, stop: threading.Event, pause_seconds: float = SWEEP_SECONDS) -> None:
    """Sweep until ``stop`` is set."""

    def once() -> float:
        report = box_office.sweep()
        for repair in report.repaired:
            _LOG.warning("event %s: %s", repair.event_id, repair)
        return pause_seconds

    _run(once, stop)


def _run(once: Callable[[], float], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            pause = once()
        except Unavailable as failure:
            _LOG.warning("%s", failure)
            pause = _AFTER_FAILURE_SECONDS
        except Exception:  # A loop that dies unseen would leave paid orders without tickets.
            _LOG.exception("a loop failed and goes on")
            pause = _AFTER_FAILURE_SECONDS
        stop.wait(pause)


@attrs.define(eq=False)
class Background:
    """The worker and the sweeper in threads beside a service."""

    _box_office: BoxOffice
    _loops: tuple[Callable[[BoxOffice, threading.Event], None], ...] = (run_worker, run_sweeper)
    _stop: threading.Event = attrs.field(factory=threading.Event)
    _threads: list[threading.Thread] = attrs.field(factory=list)

    @classmethod
    def beside(cls, assembly: Assembly) -> Background:
        """Answer what a service needs beside it: a queue of its own is for workers of their own."""
        has_own_queue = assembly.settings.queue != backends.Database()
        return cls(assembly.box_office, (run_sweeper,) if has_own_queue else (run_worker, run_sweeper))

    def start(self) -> None:
        """Start them."""
        for loop in self._loops:
            thread = threading.Thread(target=loop, args=(self._box_office, self._stop), name=loop.__name__)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop them and wait for what they have in hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
