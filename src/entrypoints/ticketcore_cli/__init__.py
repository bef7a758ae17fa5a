"""The command line."""

from __future__ import annotations

import sys

__all__ = ["run"]


def run() -> None:
    """Run the ``ticketcore`` command; exit with 2 and the command that installs its extra if a package is missing."""
    try:
        from ticketcore_cli import output  # noqa: PLC0415  Without its extra this package can only say so.
        from ticketcore_cli.main import main  # noqa: PLC0415  Likewise.
    except ModuleNotFoundError as error:
        sys.stderr.write(f"the package {error.name} is not installed: pip install 'ticketcore[cli]'\n")
        sys.exit(2)
    output.run(main)
