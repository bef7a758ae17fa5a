"""What may be told of records and exceptions that are not ours: they may quote a request, a row or an address."""

from __future__ import annotations

import logging
import re
from types import TracebackType

from ticketcore.domain.errors import TicketcoreError

_MAX_FRAMES = 50
_MAX_CAUSES = 10
# An address, a path, or a word as long as an id or a key.
_MAY_BE_SECRET = re.compile(r"\S*[/@]\S*|\S{16,}")


def discreet(record: logging.LogRecord) -> logging.LogRecord:
    """Return a copy of the record with every argument but numbers redacted."""
    copy = logging.makeLogRecord(record.__dict__)
    copy.msg, copy.args = _MAY_BE_SECRET.sub("…", _fixed_words(record)), ()
    return copy


def _fixed_words(record: logging.LogRecord) -> str:
    arguments = record.args if isinstance(record.args, tuple) else ()
    try:
        return str(record.msg) % tuple(each if type(each) in {int, float} else "…" for each in arguments)
    except (TypeError, ValueError):
        return str(record.msg)


def describe(error: BaseException) -> str:
    """Return an exception and its causes, with their locations; a message only if the exception is ours."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < _MAX_CAUSES:
        told.append("\n".join((_title(cause), *_frames(cause.__traceback__))))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\nbecause of ".join(told)


class Discretion(logging.Filter):
    """A filter that replaces a record's exception by its redacted text, for every handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg, record.args = f"{record.getMessage()}\n{describe(error)}", ()
            record.exc_info = record.exc_text = None
        return True


def _title(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name}: {error}" if isinstance(error, TicketcoreError) else name


def _frames(traceback: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"  {code.co_filename}:{traceback.tb_lineno} in {code.co_name}")
        traceback = traceback.tb_next
    return frames[-_MAX_FRAMES:]
