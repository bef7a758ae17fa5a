"""What processes use, from /proc: CPU time, which hardly depends on what else the machine does, and memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
#: Where the fields begin in what follows the name of a program (proc_pid_stat(5), counted from its state).
_PARENT, _TIMES, _END = 1, 11, 15


def cpu_seconds(process_id: int) -> float:
    """Return the CPU seconds of a process and all below it, those that have ended since included."""
    return _of_tree(process_id, lambda tree: sum(map(_ticks, tree))) / _TICKS_PER_SECOND


def memory(process_id: int) -> int:
    """Return the bytes in memory of the largest process among one and all below it."""
    return _of_tree(process_id, lambda tree: max(map(_pages, tree))) * _PAGE


def parent_of(process_id: int) -> int:
    """Return the id of the process that has started a process."""
    return int(_fields(process_id)[_PARENT])


def _of_tree(process_id: int, read: Callable[[Iterator[int]], int]) -> int:
    """Return what is read of a process and all below it; again if one of them has ended meanwhile, its parent has its times."""
    while True:
        try:
            return read(_tree(process_id))
        except (FileNotFoundError, ProcessLookupError):
            if not Path(f"/proc/{process_id}").exists():
                raise


def _ticks(process_id: int) -> int:
    return sum(map(int, _fields(process_id)[_TIMES:_END]))


def _pages(process_id: int) -> int:
    return int(_read(process_id, "statm").split()[1])


def _tree(process_id: int) -> Iterator[int]:
    yield process_id
    for child in _children(process_id):
        yield from _tree(child)


def _children(process_id: int) -> list[int]:
    tasks = Path(f"/proc/{process_id}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _fields(process_id: int) -> list[str]:
    return _read(process_id, "stat").rpartition(")")[2].split()


def _read(process_id: int, name: str) -> str:
    return Path(f"/proc/{process_id}/{name}").read_text()
