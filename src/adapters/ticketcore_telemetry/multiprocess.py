"""Where processes that are forked from one another count together."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

#: Names the directory.  prometheus_client looks at it once, when it is imported.
SHARED = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_counts(processes: int) -> Iterator[None]:
    """Let the processes that are forked meanwhile count in files, so that each can show the counts of all.

    One process alone counts in memory.  To be entered before anything imports prometheus_client.
    """
    os.environ.pop(SHARED, None)
    if processes == 1:
        yield
        return
    assert "prometheus_client" not in sys.modules, "prometheus_client was imported before its directory was set"
    directory = tempfile.mkdtemp(prefix="ticketcore-metrics-")
    os.environ[SHARED] = directory
    first = os.getpid()
    try:
        yield
    finally:
        # Forked processes leave through here too, while the others still count.
        if os.getpid() == first:
            shutil.rmtree(directory, ignore_errors=True)
