"""Callbacks before the instructions that one thread executes in some packages."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

#: Called with a frame before it executes the instruction at ``f_lasti``.
OnInstruction = Callable[[FrameType], None]


@contextmanager
def tracing(packages: frozenset[str], on_instruction: OnInstruction) -> Iterator[None]:
    """Call back within the block, in this thread, before each instruction of a function of the packages."""
    # Since Python 3.13 a trace function that asks for instructions does not see those of a function's first call.
    with (_monitoring if sys.version_info >= (3, 12) else _settrace)(packages, on_instruction):
        yield


@contextmanager
def _settrace(packages: frozenset[str], on_instruction: OnInstruction) -> Iterator[None]:
    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if event == "call":
            if not _is_of(frame, packages):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        elif event == "opcode":
            on_instruction(frame)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def _monitoring(packages: frozenset[str], on_instruction: OnInstruction) -> Iterator[None]:
    monitoring: Any = getattr(sys, "monitoring")  # noqa: B009  Python 3.11 has none.
    tool = next(each for each in range(6) if monitoring.get_tool(each) is None)
    thread = threading.get_ident()

    def call_back(_code: CodeType, _offset: int) -> Any:
        frame = sys._getframe(1)
        if not _is_of(frame, packages):
            return monitoring.DISABLE
        if threading.get_ident() == thread:
            on_instruction(frame)
        return None

    monitoring.use_tool_id(tool, __name__)
    monitoring.register_callback(tool, monitoring.events.INSTRUCTION, call_back)
    monitoring.set_events(tool, monitoring.events.INSTRUCTION)
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)
        # Instructions that were disabled here are of interest to the next block, for other packages.
        monitoring.restart_events()


def _is_of(frame: FrameType, packages: frozenset[str]) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in packages
