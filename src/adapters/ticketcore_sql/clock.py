"""The database's clock: the one by which all processes that share a ledger judge deadlines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
from sqlalchemy import Connection

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.timestamps import whole_milliseconds
from ticketcore.ports import Clock
from ticketcore_sql.database import Database

#: How old a measurement may be.
MEASURE_SECONDS = 5.0
#: How far this machine's clock may be from the database's before health reports it.
MAX_DRIFT = timedelta(seconds=30)
# A larger difference between the system's clock and the monotonic one means that one was set or stood still.
_MAX_STEP_SECONDS = 1.0


@attrs.frozen
class _Moment:
    """One moment on both clocks of this machine."""

    system: float = attrs.field(factory=time.time)
    monotonic: float = attrs.field(factory=time.monotonic)


@attrs.frozen
class _Measurement:
    """The database's time at a moment of this machine."""

    database: datetime
    here: _Moment

    def now(self) -> datetime:
        return self.database + timedelta(seconds=time.monotonic() - self.here.monotonic)

    def is_fresh(self) -> bool:
        now = _Moment()
        elapsed = now.monotonic - self.here.monotonic
        return elapsed < MEASURE_SECONDS and abs(now.system - self.here.system - elapsed) < _MAX_STEP_SECONDS


@attrs.define(eq=False)
class DatabaseClock(Clock):
    """The clock of a Postgres server, asked every few seconds; in between this machine's monotonic clock counts on.

    ``now`` raises ``Unavailable`` if the server could not be asked even once.  While it is away the last measurement serves.
    """

    _database: Database
    _system: Callable[[], datetime] = attrs.field(default=lambda: datetime.now(UTC))
    _measuring: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _latest: _Measurement | None = attrs.field(init=False, default=None)

    def now(self) -> datetime:
        latest = self._latest or self._measure_first()
        if not latest.is_fresh() and self._measuring.acquire(blocking=False):
            # One caller measures; the others use what is known meanwhile.
            try:
                latest = self._latest = self._measure()
            except Unavailable:
                latest = self._latest = _Measurement(latest.now(), _Moment())
            finally:
                self._measuring.release()
        return whole_milliseconds(latest.now())

    def check(self) -> None:
        """Raise ``Unavailable`` if this machine's clock is too far from the database's, naming the drift."""
        drift = self._system() - self._measure().now()
        if abs(drift) > MAX_DRIFT:
            word = "ahead of" if drift > timedelta(0) else "behind"
            raise Unavailable("clock", f"this machine is {_spoken(abs(drift))} {word} the database")

    def _measure_first(self) -> _Measurement:
        with self._measuring:
            self._latest = self._latest or self._measure()
            return self._latest

    def _measure(self) -> _Measurement:
        return self._database.read(_measured)


def _measured(connection: Connection) -> _Measurement:
    before = _Moment()
    database = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    after = _Moment()
    # The server looked somewhere in between.
    half = (after.monotonic - before.monotonic) / 2
    return _Measurement(database, _Moment(before.system + half, before.monotonic + half))


def _spoken(drift: timedelta) -> str:
    seconds = round(drift.total_seconds())
    return f"{seconds} seconds" if seconds < 120 else f"{round(seconds / 60)} minutes"
