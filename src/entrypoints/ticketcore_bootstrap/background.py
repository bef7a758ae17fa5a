"""The worker's lanes and the sweeper as loops that run until they are stopped; the step in progress is finished."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

import attrs

from ticketcore import BoxOffice
from ticketcore.application.publishing import Publisher
from ticketcore.application.reports import Failure, WebhookReport, WorkReport
from ticketcore.domain import ids
from ticketcore.domain.errors import TicketcoreError, Unavailable
from ticketcore.ports import Ports
from ticketcore_bootstrap import backends
from ticketcore_bootstrap.assembly import Assembly
from ticketcore_bootstrap.parallel import map_in_threads

_LOG = logging.getLogger("ticketcore")

SWEEP_SECONDS = 2.0
#: Mails that are tried at the same time: as many servers may hang before others wait.
DELIVERY_THREADS = 4
#: Webhooks that are sent to at the same time.
WEBHOOK_THREADS = 3
#: A lane that finds nothing looks again after this pause, then after twice that, and so on up to its longest one.
_FIRST_PAUSE_SECONDS = 0.1
_CHARGE_PAUSE_SECONDS = 0.5
_DELIVERY_PAUSE_SECONDS = 2.0
_WEBHOOK_PAUSE_SECONDS = 2.0
#: The publisher has nothing to look for: it is woken.
_PUBLISHER_PAUSE_SECONDS = 60.0
#: Payments that come meanwhile are published together.
_GATHERING_SECONDS = 0.05
_AFTER_FAILURE_SECONDS = 1.0
_AT_EXIT_SECONDS = 2.0


@attrs.frozen
class Signals:
    """What wakes the loops of one process: the end of it, and work that another of its loops has for them.

    Work of other processes wakes no loop: it is found at the next look.
    """

    stop: threading.Event = attrs.field(factory=threading.Event)
    publish: threading.Event = attrs.field(factory=threading.Event)
    charge: threading.Event = attrs.field(factory=threading.Event)
    deliver: threading.Event = attrs.field(factory=threading.Event)
    collect: threading.Event = attrs.field(factory=threading.Event)
    tell: threading.Event = attrs.field(factory=threading.Event)

    def end(self) -> None:
        """Have every loop end after the step in progress."""
        # In this order: a loop forgets what has woken it, then looks whether it is to stop, then waits.
        self.stop.set()
        for wakes in (self.publish, self.charge, self.deliver, self.collect, self.tell):
            wakes.set()


def work_batch(box_office: BoxOffice) -> WorkReport:
    """Process one batch of messages and log each failure by the order's digest."""
    report = box_office.work(map_in_threads)
    for failure in report.failures:
        _log(failure)
    return report


def deliver_batch(box_office: BoxOffice, may_begin: Callable[[], bool] | None = None) -> WorkReport:
    """Try one batch of mails that are due, as far as ``may_begin`` allows, and log each failure by the order's digest."""
    report = box_office.deliver(may_begin)
    for failure in report.failures:
        _log(failure)
    return report


def send_webhooks(box_office: BoxOffice, may_begin: Callable[[], bool] | None = None) -> WebhookReport:
    """Send some messages to webhooks that are due, as far as ``may_begin`` allows, and log each that was not accepted."""
    report = box_office.send_webhooks(may_begin)
    for failure in report.failures:
        # Neither the URL nor the receiver's own words: both may hold a secret.
        reason = failure.answer.failure or f"status {failure.answer.status}"
        _LOG.warning("webhook %s, message %s: %s", failure.webhook_id, failure.message_id, reason)
    return report


def _log(failure: Failure) -> None:
    digest = ids.digest(failure.order_id)
    # The text of another library's exception may quote the order's id.
    reason = str(failure.error) if isinstance(failure.error, TicketcoreError) else type(failure.error).__name__
    unexpected = None if isinstance(failure.error, Unavailable) else failure.error
    _LOG.warning("order %s: %s", digest, reason, exc_info=unexpected, extra={"order": digest})


def run_worker(box_office: BoxOffice, signals: Signals) -> None:
    """Charge: process messages until the signal to stop."""

    def work() -> WorkReport:
        report = work_batch(box_office)
        if report.done:
            signals.deliver.set()
            signals.collect.set()
        return report

    _run(_lane(work, _CHARGE_PAUSE_SECONDS), signals.stop, signals.charge)


def run_deliveries(box_office: BoxOffice, signals: Signals) -> None:
    """Deliver mails until the signal to stop; run it in threads of its own."""
    deliver = partial(deliver_batch, box_office, lambda: not signals.stop.is_set())
    _run(_lane(deliver, _DELIVERY_PAUSE_SECONDS), signals.stop, signals.deliver)


def run_webhook_collector(box_office: BoxOffice, signals: Signals) -> None:
    """Make messages for webhooks until the signal to stop."""

    def collect() -> WorkReport:
        report = WorkReport(box_office.collect_webhooks(), ())
        if report.done:
            signals.tell.set()
        return report

    _run(_lane(collect, _WEBHOOK_PAUSE_SECONDS), signals.stop, signals.collect)


def run_webhooks(box_office: BoxOffice, signals: Signals) -> None:
    """Send messages to webhooks until the signal to stop; run it in threads of its own."""
    send = partial(send_webhooks, box_office, lambda: not signals.stop.is_set())
    _run(_lane(send, _WEBHOOK_PAUSE_SECONDS), signals.stop, signals.tell)


def _lane(work: Callable[[], WorkReport | WebhookReport], longest_pause: float) -> Callable[[], float]:
    """Return a step that works and returns the pause after it: none after work, longer ones the longer there is none."""
    pause = 0.0

    def once() -> float:
        nonlocal pause
        report = work()
        is_idle = not (report.done or report.failures)
        pause = min(longest_pause, max(_FIRST_PAUSE_SECONDS, 2 * pause)) if is_idle else 0.0
        return pause

    return once


def run_publisher(ports: Ports, box_office: BoxOffice, signals: Signals) -> None:
    """Publish the messages of payments until the signal to stop; buyers do not wait for it meanwhile."""
    publisher = box_office.publisher = Publisher(ports, signals.publish.set)

    def once() -> float:
        publisher.publish()
        signals.charge.set()
        signals.stop.wait(_GATHERING_SECONDS)
        return _PUBLISHER_PAUSE_SECONDS

    try:
        _run(once, signals.stop, signals.publish)
    finally:
        box_office.publisher = None
        publisher.publish()


def run_sweeper(box_office: BoxOffice, stop: threading.Event, pause_seconds: float = SWEEP_SECONDS) -> None:
    """Sweep until ``stop`` is set."""

    def once() -> float:
        report = box_office.sweep_in_turn()
        for repair in report.repaired:
            _LOG.warning("event %s: %s", repair.event_id, repair)
        return pause_seconds

    _run(once, stop)


def _sweep(box_office: BoxOffice, signals: Signals) -> None:
    run_sweeper(box_office, signals.stop)


def _run(once: Callable[[], float], stop: threading.Event, woken: threading.Event | None = None) -> None:
    while not stop.is_set():
        if woken:
            woken.clear()
        pause = _try(once)
        if not stop.is_set():
            (woken or stop).wait(pause)


def _try(once: Callable[[], float]) -> float:
    try:
        return once()
    except Unavailable as failure:
        _LOG.warning("%s", failure)
    except Exception:  # A loop that died of a bug would leave paid orders without tickets.
        _LOG.exception("a background loop failed and continues")
    return _AFTER_FAILURE_SECONDS


def _name_of(loop: Loop) -> str:
    function = loop.func if isinstance(loop, partial) else loop
    return str(function.__name__)


Loop = Callable[[BoxOffice, Signals], None]
#: The loops of a worker: charges, mails and webhooks in threads of their own, so that none waits for another.
WORKER: tuple[Loop, ...] = (
    run_worker,
    *[run_deliveries] * DELIVERY_THREADS,
    run_webhook_collector,
    *[run_webhooks] * WEBHOOK_THREADS,
)


@attrs.define(eq=False)
class Background:
    """The worker's lanes and the sweeper in threads; a context manager that starts and stops them.

    The threads do not keep a program alive: at its end without ``stop`` they have two seconds to finish the step in
    progress.  An interrupted step is repeated by the next worker.
    """

    _box_office: BoxOffice
    _loops: tuple[Loop, ...] = (*WORKER, _sweep)
    _signals: Signals = attrs.field(factory=Signals)
    _threads: list[threading.Thread] = attrs.field(factory=list)

    @classmethod
    def beside(cls, assembly: Assembly) -> Background:
        """Return the loops to run inside a service: sweeper and publisher, and the worker if the queue is in the database."""
        has_own_queue = assembly.settings.queue != backends.Database()
        worker = () if has_own_queue else WORKER
        return cls(assembly.box_office, (*worker, _sweep, partial(run_publisher, assembly.ports)))

    def start(self) -> None:
        """Start the threads."""
        atexit.register(self._stop_at_exit)
        for loop in self._loops:
            arguments = (self._box_office, self._signals)
            thread = threading.Thread(target=loop, args=arguments, name=_name_of(loop), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop the threads and wait for the step in progress."""
        self._signals.end()
        for thread in self._threads:
            thread.join()
        atexit.unregister(self._stop_at_exit)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _stop_at_exit(self) -> None:
        self._signals.end()
        deadline = time.monotonic() + _AT_EXIT_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
