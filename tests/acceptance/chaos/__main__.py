"""``python -m tests.acceptance.chaos [SEED] [INJECTION …]``: every injection, or those named; exit 1 if a law was broken."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.acceptance.chaos.injections import INJECTIONS
from tests.acceptance.chaos.run import timed
from tests.acceptance.chaos.stack import running_stack


def main(arguments: list[str]) -> int:
    """Print what was injected and what was counted."""
    seed = int(arguments[0]) if arguments else 1
    broken = 0
    with tempfile.TemporaryDirectory() as directory, running_stack(Path(directory)) as stack:
        for name in arguments[1:] or INJECTIONS:
            report, told = timed(stack, name, seed)
            print("\n".join(told), flush=True)  # noqa: T201  This is a command.
            broken += len(report.verdict.broken)
    print(f"broken laws: {broken}")  # noqa: T201  Likewise.
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
