"""Log records as lines on standard error: JSON for programs, readable ones on a terminal.

Nothing in them grants access or names a person: our own records are written with that in mind, others are made discreet.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from ticketcore_telemetry.redaction import describe, discreet

_NAME = "ticketcore"
_LOG = logging.getLogger(_NAME)
_FIELDS = ("act", "outcome", "order")


@contextmanager
def logging_to_standard_error(level: int = logging.INFO) -> Iterator[None]:
    """Write our records from ``level`` on, the warnings of libraries, and uncaught exceptions."""
    stream = sys.stderr
    handler = _Handler(stream)
    handler.setFormatter(_Formatter(stream.isatty()))
    root = logging.getLogger()
    level_before, hooks_before = _LOG.level, (threading.excepthook, sys.unraisablehook)
    root.addHandler(handler)
    _LOG.setLevel(level)
    # What Python itself would print of these quotes their messages.
    threading.excepthook = lambda ended: _LOG.critical("a thread ended", exc_info=ended.exc_value)
    sys.unraisablehook = lambda ignored: _LOG.error("an exception was ignored", exc_info=ignored.exc_value)
    try:
        yield
    finally:
        root.removeHandler(handler)
        _LOG.setLevel(level_before)
        threading.excepthook, sys.unraisablehook = hooks_before


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  The name is logging's.
        """Leave the record out: what is printed otherwise quotes it."""


class _Formatter(ProcessorFormatter):
    def __init__(self, for_people: bool) -> None:
        renderer = structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer()
        common: list[Processor] = [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(_FIELDS),
            structlog.processors.TimeStamper("iso", utc=True),
            _tell_exception,
        ]
        super().__init__(processors=[self.remove_processors_meta, renderer], foreign_pre_chain=common)
        self._for_people = for_people

    def format(self, record: logging.LogRecord) -> str:
        if record.name == _NAME and not record.exc_info and not self._for_people:
            return _line(record)
        return super().format(record if record.name == _NAME else discreet(record))


def _line(record: logging.LogRecord) -> str:
    """Return what structlog would make of a record without an exception: each sale has one, and it takes three times as long."""
    fields = {name: record.__dict__[name] for name in _FIELDS if name in record.__dict__}
    at = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    line = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
    return json.dumps({**line, **fields, "timestamp": f"{at}Z"})


def _tell_exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    error = event.pop("exc_info", None)
    error = error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event
